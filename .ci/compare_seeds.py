"""Compare the samples with the published pages that they were transcribed from.

Usage: compare_seeds.py FOLDER. The stories' URLs of each sample must equal those of its page, but
for the corrections that its YAML comments name. Campaign and tracking parameters do not count.
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
# The highlights of the published week 10 that were left over from the week before.
REMOVED = {
    "029": set(),
    "2021-week-10": {
        "https://www.nytimes.com/2021/02/11/style/disabled-fashion-facebook-discrimination.html",
        "https://techhq.com/2021/02/ai-and-iot-5-use-cases-where-its-gathering-pace",
        "https://venturebeat.com/2021/02/22/eu-report-warns-that-ai-makes-autonomous-vehicles-highly-vulnerable-to-attack",
    },
}


def canonical(url: str) -> str:
    """A URL without tracking parameters and without a slash at its end."""
    parts = urlsplit(f"https://medium.com{url}" if url.startswith("/") else url)
    query = urlencode([pair for pair in parse_qsl(parts.query) if not TRACKING.fullmatch(pair[0])])
    return parts._replace(query=query).geturl().rstrip("/")


def published(page: str) -> set[str]:
    """The stories' URLs of a page: from its highlights to the call to subscribe, or to the past issues."""
    body = re.split(r"🌟|过去的时事通讯", page.partition("\n## ")[2])[0]
    links = re.findall(r"\]\(\s*(\S+?)\s*\)", re.sub(r"!\[\]\(\S+\)", "", body))
    return {canonical(url) for url in links}


def sampled(workspace: Workspace, slug: str) -> set[str]:
    """The URLs of a sample: its entries', and those that its highlights and comments link to."""
    document = workspace.issue(slug)
    urls = {entry.url for _, _, entry in document.issue.entries()}
    for _, text in document.texts():
        urls |= {child.url for child in tree.walk(markdown.parse(text)) if isinstance(child, tree.Link)}
    return {canonical(url) for url in urls if not url.startswith("@")}


def main() -> None:
    """Print the differences of each sample, and exit with 1 if one is not among the corrections."""
    workspace = Workspace(REPOSITORY)
    failed = False
    for slug, page in PAGES.items():
        there, here = published((Path(sys.argv[1]) / page).read_text(encoding="utf-8")), sampled(workspace, slug)
        source = workspace.issue(slug).source.text
        unexplained = (there - here - REMOVED[slug]) | (here - there)
        unnamed = {url for url in REMOVED[slug] if url not in source}
        print(f"{slug}: {len(here)} URLs, {len(there - here)} taken out, {len(here - there)} added")
        for url in sorted(unexplained | unnamed):
            print(f"  not explained: {url}")
        failed |= bool(unexplained or unnamed)
    sys.exit(failed)


if __name__ == "__main__":
    main()
