"""Golden files: the rendered samples, reference pages, schemas, and documents with the figures of benchmarks.

`make golden` (`python -m tests.golden`) writes them. Review the differences before you commit them.
"""

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.page import DOCUMENTS, fill_page, has_figures
from newsletter.issue.json_schema import Kind, schema_text
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.architecture_diagram import FILE as ARCHITECTURE_DIAGRAM
from tests.architecture_diagram import draw
from tests.check.reference import command_reference, rules_reference, settings_reference

REPOSITORY = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
SAMPLES = tuple(sorted(path.stem for path in (REPOSITORY / "issues").glob("*.yaml")))
_REFERENCE: Mapping[Path, Callable[[], str]] = {
    **{REPOSITORY / "schemas" / kind.file: partial(schema_text, kind) for kind in Kind},
    REPOSITORY / "docs" / "commands.md": command_reference,
    REPOSITORY / "docs" / "publication.md": settings_reference,
    REPOSITORY / "docs" / "checks.md": rules_reference,
    ARCHITECTURE_DIAGRAM: draw,
    **{path: partial(fill_page, path) for path in DOCUMENTS if has_figures(path)},
}
GOLDEN_FILES = (*(GOLDEN / slug / format.value for slug in SAMPLES for format in Format), *_REFERENCE)


def golden_text(path: Path, issue_folder: Callable[[str], Path]) -> str:
    """Generate the content of a golden file.

    Args:
        path: One of `GOLDEN_FILES`.
        issue_folder: Returns the folder of a sample that has been rendered to all formats.
    """
    if path in _REFERENCE:
        return _REFERENCE[path]()
    return (issue_folder(path.parent.name) / path.name).read_bytes().decode()


def render_issue(root: Path, slug: str, build: Path) -> Path:
    """Render an issue of the workspace at `root` to all formats. Returns its folder in the build folder."""
    workspace = Workspace(root)
    renderer = Renderer(workspace, build=build)
    renderer.write(renderer.render(workspace.issue(slug), tuple(Format)))
    return build / slug


def main() -> None:
    """Write the golden files, and print the names of those that changed."""
    with TemporaryDirectory() as build:
        folders = {slug: render_issue(REPOSITORY, slug, Path(build)) for slug in SAMPLES}
        for path in GOLDEN_FILES:
            text = golden_text(path, folders.__getitem__)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
                print(path.relative_to(REPOSITORY), file=sys.stderr)


if __name__ == "__main__":
    main()
