"""Golden files: what the samples look like when rendered, and the pages of the reference that are generated.

`make golden` (`python -m tests.golden`) writes them anew; look at the difference before you commit it.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from newsletter.issue.json_schema import Kind, schema_text
from newsletter.render.format import Format
from newsletter.render.renderer import Renderer
from newsletter.workspace.workspace import Workspace
from tests.check.reference import command_reference, rules_reference, settings_reference

REPOSITORY = Path(__file__).parent.parent
GOLDEN = Path(__file__).parent / "golden"
SAMPLES = tuple(sorted(path.stem for path in (REPOSITORY / "issues").glob("*.yaml")))


def golden_files() -> Iterator[tuple[Path, str]]:
    """Every generated file of the repository with what it should hold."""
    with TemporaryDirectory() as build:
        workspace = Workspace(REPOSITORY)
        renderer = Renderer(workspace, build=Path(build))
        for slug in SAMPLES:
            for format, text in renderer.render(workspace.issue(slug), tuple(Format)).texts.items():
                yield GOLDEN / slug / format.value, text
    for kind in Kind:
        yield REPOSITORY / "schemas" / kind.file, schema_text(kind)
    yield REPOSITORY / "docs" / "commands.md", command_reference()
    yield REPOSITORY / "docs" / "publication.md", settings_reference()
    yield REPOSITORY / "docs" / "checks.md", rules_reference()


def main() -> None:
    """Write the golden files, and name those that changed."""
    for path, text in golden_files():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(REPOSITORY), file=sys.stderr)


if __name__ == "__main__":
    main()
