"""The examples of docs/extending.md work when added to a copy of the program."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.publications import write_publication

PAGE = (REPOSITORY / "docs" / "extending.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (Add .+?)\n(.*?)(?=^## Add |\Z)", PAGE, re.DOTALL | re.MULTILINE))
FENCE = re.compile(r"^```(?P<kind>\w+)(?: (?P<path>\S+))?\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
PARTS = ("newsletter", "templates", "tests", "docs", "issues", "schemas", "newsletter.yaml", "pyproject.toml")


@dataclass(frozen=True)
class Example:
    """A copy of the program, and a publication to use it with."""

    program: Path
    publication: Path

    def follow(self, section: str) -> str:
        """Follow the steps of a section. Returns the section with the actual output of its commands."""
        return FENCE.sub(self._follow, section)

    def _follow(self, fence: re.Match[str]) -> str:
        kind, text = fence["kind"], fence["text"]
        if kind == "console":
            commands = re.findall(r"^\$ (.*)$", text, re.MULTILINE)
            printed = "".join(f"$ {command}\n{self._run(command, self.publication)}" for command in commands)
            return f"```console\n{printed}```"
        if kind == "sh":
            self._run(f"set -e\n{text}", self.program)
            return fence[0]
        ours = fence["path"].startswith(("newsletter/", "tests/", "templates/"))
        path = (self.program if ours else self.publication) / fence["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed(path.read_text(encoding="utf-8"), text) if kind == "diff" else text, encoding="utf-8")
        return fence[0]

    def _run(self, command: str, folder: Path) -> str:
        """Run commands with the copy of the program. They must succeed."""
        shim = f'newsletter() {{ "{sys.executable}" -m newsletter "$@"; }}\npython() {{ "{sys.executable}" "$@"; }}\n'
        done = subprocess.run(
            ["sh", "-c", shim + command],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(self.program)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stdout)
        return done.stdout


def changed(text: str, diff: str) -> str:
    """Apply a diff to a text. Its lines without `+` must occur in the text exactly once, in this order."""
    lines = diff.splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(before) == 1, f"the diff does not match exactly once:\n{diff}"
    return text.replace(before, after)


@pytest.fixture
def example(tmp_path: Path) -> Example:
    """A copy of the program, and a publication without issues."""
    program = tmp_path / "program"
    program.mkdir()
    for part in PARTS:
        source = REPOSITORY / part
        if source.is_dir():
            shutil.copytree(source, program / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, program / part)
    return Example(program, write_publication(tmp_path / "publication"))


@pytest.mark.parametrize("name", SECTIONS)
def test_an_example_works_as_printed(name: str, example: Example) -> None:
    """After adding the files and lines of a section, its commands print what the page shows."""
    assert example.follow(SECTIONS[name]) == SECTIONS[name]


def test_every_kind_of_extension_has_an_example() -> None:
    """The table at the top links to each section, and each section has an example with a command."""
    linked = re.findall(r"\]\(#(add-[\w-]+)\)", PAGE)
    assert linked == [name.lower().replace(" ", "-") for name in SECTIONS]
    assert all("```console\n$ newsletter " in section for section in SECTIONS.values())
