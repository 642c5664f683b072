"""`newsletter bounces --unknown`, and the commands for the data of a person, which contain this mail."""

import json
from pathlib import Path

import pytest

from tests.bounces.shapes import plain
from tests.conftest import Run
from tests.publications import write_publication

EVE = "eve@example.com"


@pytest.fixture
def publication(run: Run, folder: Path) -> None:
    """A publication with an empty list."""
    write_publication(folder)
    run("db", "upgrade", code=0)


@pytest.fixture
def letter(run: Run, folder: Path, publication: None) -> None:
    """A letter that was read from a file."""
    message = plain("A question", "Who are you?\n\n" * 9, sender="Eve \x1b[1m <eve@example.com>")
    (folder / "a.eml").write_bytes(message)
    assert run("bounces", "a.eml", "--dry-run", code=0).stderr.count("--unknown") == 0
    assert run("bounces", "--unknown", code=0).stderr == "All mail was understood.\n"
    run("bounces", "a.eml", code=0)


@pytest.mark.usefixtures("letter")
def test_it_lists_messages(run: Run) -> None:
    """With their sender, subject and first lines, in JSON with all that is kept; then they can be deleted."""
    result = run("bounces", "--unknown", code=0)
    head, *lines = result.stdout.splitlines()
    assert head.endswith("Eve [1m <eve@example.com>: A question")
    assert lines == ["  Who are you?"] * 6 + ["  …"]
    assert result.stderr.startswith("1 message was not understood.")
    (found,) = json.loads(run("bounces", "--unknown", "--json", code=0).stdout)
    assert (found["subject"], found["text"].count("Who")) == ("A question", 9)
    assert run("bounces", "--unknown", "--forget", code=0).stderr.startswith("1 message was not understood")
    assert json.loads(run("bounces", "--unknown", "--json", code=0).stdout) == []


@pytest.mark.usefixtures("letter")
def test_a_persons_data_contains_it(run: Run) -> None:
    """`subscribers show` shows it, also of an address that is not on the list, and `remove` deletes it."""
    assert "not understood: A question" in run("subscribers", "show", EVE, code=0).stdout
    shown = json.loads(run("subscribers", "show", EVE, "--json", code=0).stdout)
    assert [mail["subject"] for mail in shown["unrecognised_mail"]] == ["A question"]
    run("subscribers", "remove", EVE, "--yes", code=0)
    assert "All mail was understood" in run("bounces", "--unknown", code=0).stderr
    run("subscribers", "show", EVE, code=1)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--forget"],
        ["--unknown", "a.eml"],
        ["--unknown", "--forget", "--json"],
        ["--unknown", "--imap"],
        ["--unknown", "--delete"],
    ],
)
def test_the_options_are_checked(run: Run, publication: None, arguments: list[str]) -> None:
    """--unknown reads no mail, and --forget needs it."""
    run("bounces", *arguments, code=2)
