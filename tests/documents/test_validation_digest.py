"""The digest of what decides whether a document is valid."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import newsletter
from newsletter.documents.validation_digest import validation_digest

# Modules that read no document: errors, files, and the program's name and version.
_NEUTRAL = {"newsletter", "newsletter.errors", "newsletter.files"}


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the program's code, of which the digest is. Returns its folder."""
    validation_digest()  # Of the program itself, before the tests look for its copy.
    program = tmp_path / "newsletter"
    shutil.copytree(Path(newsletter.__file__).parent, program, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(newsletter, "__file__", str(program / "__init__.py"))
    return program


def digest() -> str:
    """Return the digest that a new process would have."""
    return validation_digest.__wrapped__()


def test_the_digest_is_stable(copied: Path) -> None:
    """It depends neither on the place of the code nor on the order of its files."""
    assert digest() == validation_digest()
    (copied / "cli/main.py").write_text("")
    assert digest() == validation_digest()


@pytest.mark.parametrize(
    "module", ["issue/read_head.py", "publication/settings.py", "fields/text.py", "text/slug_pattern.py"]
)
def test_changed_code_changes_the_digest(copied: Path, module: str) -> None:
    """Values that other code validated are not used, also if the version is the same."""
    with (copied / module).open("a") as file:
        file.write("# Changed.\n")
    assert digest() != validation_digest()


def test_another_library_changes_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version of a library is a part of the name of its folder."""
    before = digest()
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "pydantic-99.0.dist-info").mkdir()
    assert digest() != before


def test_all_modules_that_validate_are_in_the_digest() -> None:
    """Reading settings, heads and drafts imports no module of ours that is in another package."""
    program = (
        "import sys, newsletter.publication.publication_file, newsletter.issue.read_head, newsletter.issue.link_index"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{program}\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    ours = {name for name in done.stdout.split() if name.partition(".")[0] == "newsletter"}
    packages = {".".join(name.split(".")[:2]) for name in ours - _NEUTRAL}
    assert packages <= {f"newsletter.{name}" for name in ("documents", "fields", "issue", "publication", "text")}
