"""Compare the sample issues with the published pages from which they were transcribed.

Usage: compare_seeds.py FOLDER. Each sample must link to the same URLs as its page, except for the corrections in its
YAML comments. Campaign and tracking parameters are ignored.
"""

import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from newsletter.text import markdown, tree
from newsletter.workspace.workspace import Workspace

REPOSITORY = Path(__file__).parent.parent
PAGES = {"029": "issue-29.zh.md", "2021-week-10": "2021-week-10.zh.md"}
TRACKING = re.compile(r"utm_\w+|gi|sh|nc1|amp|source")
# Links that the samples leave out: the published week 10 repeats highlights of the week before.
REMOVED = {
    "029": set(),
    "2021-week-10": {
        "https://www.nytimes.com/2021/02/11/style/disabled-fashion-facebook-discrimination.html",
        "https://techhq.com/2021/02/ai-and-iot-5-use-cases-where-its-gathering-pace",
        "https://venturebeat.com/2021/02/22/eu-report-warns-that-ai-makes-autonomous-vehicles-highly-vulnerable-to-attack",
    },
}


def canonical(url: str) -> str:
    """Return a URL without tracking parameters and without a slash at its end."""
    parts = urlsplit(f"https://medium.com{url}" if url.startswith("/") else url)
    query = urlencode([pair for pair in parse_qsl(parts.query) if not TRACKING.fullmatch(pair[0])])
    return parts._replace(query=query).geturl().rstrip("/")


def published_urls(page: str) -> set[str]:
    """Return the URLs of a page, from its highlights to its call to subscribe or its list of past issues."""
    body = re.split(r"🌟|过去的时事通讯", page.partition("\n## ")[2])[0]
    links = re.findall(r"\]\(\s*(\S+?)\s*\)", re.sub(r"!\[\]\(\S+\)", "", body))
    return {canonical(url) for url in links}


def sample_urls(workspace: Workspace, slug: str) -> set[str]:
    """Return the URLs of a sample: of its entries, and of links in its highlights and comments."""
    document = workspace.issue(slug)
    urls = {entry.url for _, _, entry in document.issue.entries()}
    for _, text in document.texts():
        urls |= {child.url for child in tree.walk(markdown.parse(text)) if isinstance(child, tree.Link)}
    return {canonical(url) for url in urls if not url.startswith("@")}


def main() -> None:
    """Print the number of differences of each sample. Exit with 1 if one is not explained by a comment."""
    workspace = Workspace(REPOSITORY)
    failed = False
    for slug, page in PAGES.items():
        in_page, in_sample = (
            published_urls((Path(sys.argv[1]) / page).read_text(encoding="utf-8")),
            sample_urls(workspace, slug),
        )
        source = workspace.issue(slug).source.text
        unexplained = (in_page - in_sample - REMOVED[slug]) | (in_sample - in_page)
        uncommented = {url for url in REMOVED[slug] if url not in source}
        print(f"{slug}: {len(in_sample)} URLs, {len(in_page - in_sample)} removed, {len(in_sample - in_page)} added")
        for url in sorted(unexplained | uncommented):
            print(f"  not explained: {url}")
        failed |= bool(unexplained or uncommented)
    sys.exit(failed)


if __name__ == "__main__":
    main()
