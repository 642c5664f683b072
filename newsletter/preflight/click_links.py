"""Check that the public pages have the entries of an issue, whose links lead through them."""

import asyncio

from newsletter.clicks.entry_links import CHECK_ANSWER, PAGE, check_name, urls_by_name
from newsletter.errors import FetchError
from newsletter.http.fetcher import Fetcher
from newsletter.issue.issue_file import IssueDocument
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState


def check_click_links(pages_url: str, document: IssueDocument, fetcher: Fetcher) -> Diagnosis:
    """Ask the pages whether they have exactly the entries that would be sent.

    Args:
        pages_url: The address of the public pages; it ends with a slash.
        document: The issue.
        fetcher: Requests the page; it must not have a cache.
    """
    urls = urls_by_name((entry.id, entry.url) for _, _, entry in document.issue.entries())
    url = f"{pages_url}{PAGE}/{document.slug}/{check_name(urls)}"

    async def request() -> tuple[int, bytes]:
        async with fetcher:
            response = await fetcher.fetch(url)
            return response.status, response.content

    advice = "Upload `issues/` to the machine of `newsletter serve`; docs/clicks.md says why."
    try:
        status, content = asyncio.run(request())
    except FetchError as error:
        return Diagnosis("clicks", DiagnosisState.ERROR, f"cannot reach {pages_url}: {error.message}", advice)
    if content == CHECK_ANSWER.encode():
        return Diagnosis("clicks", DiagnosisState.GOOD, "the links to entries work")
    if status == 409:
        message = f"the pages at {pages_url} have other entries of {document.slug}: some of its links would not work"
    else:
        message = f"the pages at {pages_url} do not have issue {document.slug}: its links to entries would not work"
    return Diagnosis("clicks", DiagnosisState.ERROR, message, advice)
