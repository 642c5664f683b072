"""Import the published pages, and check that nothing is lost.

Usage: import_seeds.py FOLDER. Each import must have the entries, sections and highlights of its page, and contain every
URL of it. Campaign and tracking parameters are ignored. Paths of images in `img/` are not changed.
"""

import re
import sys
import tempfile
from pathlib import Path

from newsletter.importing.blocks import address
from newsletter.importing.export_files import open_export
from newsletter.importing.import_issue import IssueImporter
from newsletter.importing.sources.medium import BASE, pages
from newsletter.issue.draft_document import read_draft
from newsletter.publication.section import DEFAULT_SECTIONS
from newsletter.workspace.workspace import Workspace

REPOSITORY = Path(__file__).parent.parent
# What each page has: slug, entries per section, highlights per section, and entries without a title.
PAGES = {
    "2021-week-10.zh.md": ("2021-week-10", [3, 3, 6, 2, 1], [3, 3, 2, 0, 0], 1),
    "issue-29.zh.md": ("029", [2, 1, 7, 2, 1], [2, 0, 0, 0, 0], 1),
}


def main() -> None:
    """Print the contents of each import. Exit with 1 if they differ from those of the page."""
    importing = IssueImporter(Workspace(REPOSITORY), folder=Path(tempfile.mkdtemp()))
    failed = False
    for name, (slug, entries, highlights, untitled) in PAGES.items():
        file = Path(sys.argv[1]) / name
        (page,) = pages(open_export(str(file)))
        imported = importing.import_page(page, alone=True)
        assert imported is not None
        draft, text = read_draft(imported.path).draft, imported.path.read_text(encoding="utf-8")
        found = (
            imported.path.stem,
            [len(draft.sections.get(section, ())) for section in DEFAULT_SECTIONS],
            [len(draft.highlights.get(section, ())) for section in DEFAULT_SECTIONS],
            sum(not entry.title for _, _, entry in draft.entries()),
        )
        linked = re.findall(r"\]\(\s*(\S+?)\s*\)|<(https?://[^>]+)>", file.read_text(encoding="utf-8"))
        urls = {address(url or other, BASE) for url, other in linked}
        lost = sorted(url for url in urls if url not in text)
        marks = re.findall(r"\*{3,}|T21|【arxiv", text)
        print(
            f"{name}: {imported.entries} entries, {imported.highlights} highlights, {len(urls)} URLs, {len(lost)} lost"
        )
        for problem in (*lost, *marks, *([] if found == (slug, entries, highlights, untitled) else [found])):
            print(f"  differs from the page: {problem}")
            failed = True
        failed |= bool(imported.unplaced)
    sys.exit(failed)


if __name__ == "__main__":
    main()
