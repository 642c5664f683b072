"""Symbolic links that lead out of a publication: no command reads the files behind them."""

import os
from pathlib import Path

import pytest

from newsletter.dashboard.file_changes import FileChanges
from newsletter.dashboard.issue_previews import IssuePreviews
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication

SECOND = ISSUE.replace("Issue 1", "Issue 2").replace("2024-05-05", "2024-05-12").replace("number: 1", "number: 2")
# The content of the file outside. No message may quote it.
SECRET = "root:x:0:0:secret: :/root"
REFUSED = "a symbolic link leads out of the publication"


@pytest.fixture
def publication(folder: Path) -> Path:
    """Return a publication that is the working folder, in a folder that also has `outside`."""
    root = write_publication(folder / "publication", _1=ISSUE)
    (folder / "outside").mkdir()
    (root / "templates/labels").mkdir(parents=True)
    os.chdir(root)
    return root


def link(place: Path, target: Path) -> None:
    """Link a place, which must not exist, to a target."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(target)


@pytest.mark.parametrize("linked", ["issues/002.yaml", "newsletter.yaml", "templates/labels/en.yaml", "inbox.yaml"])
def test_a_linked_file_is_refused(run: Run, publication: Path, linked: str) -> None:
    """With one message that does not quote the file."""
    secret = publication.parent / "outside/secret"
    secret.write_text(SECRET)
    (publication / linked).unlink(missing_ok=True)
    link(publication / linked, secret)
    command = ("new-issue", "--from-inbox") if linked == "inbox.yaml" else ("check",)
    result = run(*command, code=1)
    assert f"{linked} cannot be read: {REFUSED}" in result.stderr
    assert "Copy what it leads to into the publication, or remove the link." in result.stderr
    assert "secret" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    "command", [("check", "002"), ("check", "issues/002.yaml"), ("list",), ("build",), ("render", "text", "2")]
)
def test_every_command_refuses_a_linked_issue(run: Run, publication: Path, command: tuple[str, ...]) -> None:
    (publication.parent / "outside/secret").write_text(SECRET)
    link(publication / "issues/002.yaml", publication.parent / "outside/secret")
    result = run(*command, code=1)
    assert f"issues/002.yaml cannot be read: {REFUSED}" in result.stderr
    assert "secret" not in result.stdout + result.stderr


@pytest.mark.parametrize("command", [("check",), ("check", "issues/001.yaml"), ("list",), ("build",)])
def test_a_linked_folder_of_issues_is_refused(run: Run, publication: Path, command: tuple[str, ...]) -> None:
    outside = publication.parent / "outside"
    (publication / "issues/1.yaml").unlink()
    (publication / "issues").rmdir()
    (outside / "001.yaml").write_text(SECRET)
    link(publication / "issues", outside)
    result = run(*command, code=1)
    assert REFUSED in result.stderr
    assert "secret" not in result.stdout + result.stderr


@pytest.mark.parametrize("linked", ["templates", "templates/labels"])
def test_a_linked_folder_of_labels_is_refused(run: Run, publication: Path, linked: str) -> None:
    outside = publication.parent / "outside"
    (outside / "labels").mkdir()
    (outside / "labels/en.yaml").write_text(SECRET)
    (publication / "templates/labels").rmdir()
    if linked == "templates":
        (publication / "templates").rmdir()
    link(publication / linked, outside if linked == "templates" else outside / "labels")
    result = run("check", code=1)
    assert f"templates/labels/en.yaml cannot be read: {REFUSED}" in result.stderr
    assert "secret" not in result.stdout + result.stderr


def test_a_linked_scaffold_is_refused(run: Run, publication: Path) -> None:
    """Its content would become that of a new issue."""
    (publication.parent / "outside/secret").write_text(SECRET)
    link(publication / "templates/scaffold/issue.yaml", publication.parent / "outside/secret")
    result = run("new-issue", code=1)
    assert f"templates/scaffold/issue.yaml cannot be read: {REFUSED}" in result.stderr
    assert [path.name for path in (publication / "issues").iterdir()] == ["1.yaml"]


@pytest.mark.parametrize("settings", [PUBLICATION, "name: [", ""], ids=["valid", "invalid", "none"])
def test_the_dashboard_shows_no_linked_issue(publication: Path, settings: str) -> None:
    """While the settings are invalid, the last valid ones apply."""
    previews = IssuePreviews(publication, FileChanges())
    (publication.parent / "outside/secret").write_text(SECRET)
    link(publication / "issues/002.yaml", publication.parent / "outside/secret")
    (publication / "newsletter.yaml").write_text(settings)
    preview = previews.preview("002")
    assert preview.text == ""
    assert REFUSED in str(preview.error)


def test_links_inside_the_publication_are_followed(run: Run, publication: Path) -> None:
    for name, text in (("settings", PUBLICATION), ("second", SECOND)):
        (publication / f"{name}.yaml").write_text(text)
    (publication / "newsletter.yaml").unlink()
    link(publication / "newsletter.yaml", Path("settings.yaml"))
    link(publication / "issues/2.yaml", Path("../second.yaml"))
    (publication / "issues").rename(publication / "texts")
    link(publication / "issues", Path("texts"))
    assert "Issue 2" in run("list", code=0).stdout
    os.chdir(publication)
    run("check", code=0)


def test_a_path_outside_the_publication_is_allowed(run: Run, publication: Path) -> None:
    """The author gives it. It may be a link as well."""
    outside = publication.parent / "outside"
    (outside / "2.yaml").write_text(SECOND)
    link(outside / "3.yaml", outside / "2.yaml")
    for path in ("../outside/2.yaml", str(outside / "3.yaml")):
        os.chdir(publication)
        run("check", path, code=0)


def test_the_publication_may_be_reached_through_a_link(run: Run, publication: Path) -> None:
    """A link in it is refused also then, if its path begins with the link to the publication."""
    link(publication.parent / "linked", publication)
    os.chdir(publication.parent)
    run("-C", "linked", "check", code=0)
    (publication.parent / "outside/secret").write_text(SECRET)
    link(publication / "drafts", publication.parent / "outside")
    path = publication.parent / "linked/drafts/secret.yaml"
    (publication.parent / "outside/secret.yaml").write_text(SECRET)
    result = run("-C", "linked", "check", str(path), code=1)
    assert REFUSED in result.stderr
    assert "secret:" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("linked", "command"),
    [
        (".newsletter", ("list",)),
        (".newsletter", ("check", "1")),
        (".newsletter", ("add", "--no-fetch", "https://example.com/new")),
        (".newsletter", ("build",)),
        (".newsletter/index", ("check", "1")),
        (".newsletter/edit.lock", ("add", "--no-fetch", "https://example.com/new")),
        (".newsletter/cache", ("check", "1", "--online")),
        (".newsletter/site", ("build",)),
        (".newsletter/sent-slugs.json", ("build",)),
    ],
)
def test_caches_are_not_written_outside_the_publication(
    run: Run, publication: Path, linked: str, command: tuple[str, ...]
) -> None:
    """Nor locks, which empty a file."""
    outside = publication.parent / "outside"
    (outside / "kept").write_text(SECRET)
    is_file = linked.endswith((".json", ".lock", "index"))
    link(publication / linked, outside / "kept" if is_file else outside)
    result = run(*command)
    assert [path.name for path in outside.iterdir()] == ["kept"]
    assert (outside / "kept").read_text() == SECRET
    assert result.stderr.count(REFUSED) == 1
    # A build without the sent slugs warns.
    assert result.exit_code == (0 if "slugs" in linked else 1)


def test_images_of_an_import_are_not_written_outside_the_publication(run: Run, publication: Path) -> None:
    """Nor the issue that they belong to."""
    story = publication.parent / "story"
    story.mkdir()
    (story / "lens.png").write_bytes(b"PNG")
    (story / "story.md").write_text(
        "# Issue 3\n\n# 1. Papers\n\n[**A lens**](https://example.com/a)\n\n![](lens.png)\n\nWords.\n"
    )
    link(publication / "issues/images", publication.parent / "outside")
    result = run("import", "medium", "../story/story.md", code=1)
    assert "lens.png cannot be written: a symbolic link leads out of" in result.stderr
    assert not list((publication.parent / "outside").iterdir())
    assert [path.name for path in (publication / "issues").glob("*.yaml")] == ["1.yaml"]
    (publication / "issues/images").unlink()
    link(publication / "issues/images", Path("../pictures"))
    (publication / "pictures").mkdir()
    os.chdir(publication)
    run("import", "medium", "../story/story.md", code=0)
    assert [path.name for path in (publication / "pictures").rglob("*.png")] == ["lens.png"]


@pytest.mark.parametrize(
    "linked", ["", "/validated", "/index", "/counts", "/spam.json", "/sent-slugs.json", "/imports", "/cache", "/site"]
)
def test_a_link_to_itself_causes_no_traceback(
    run: Run, publication: Path, monkeypatch: pytest.MonkeyPatch, linked: str
) -> None:
    """A cache is not used then, and the link is left alone. Only a command that needs it fails, with one message."""
    program = publication.parent / "scorer"
    program.write_text("#!/bin/sh\necho 'X-Spam-Status: score=1.5 tests=A=1.5'\n")
    program.chmod(0o755)
    monkeypatch.setenv("NEWSLETTER_SPAMASSASSIN", str(program))
    (publication / ".newsletter").mkdir()
    place = publication / f".newsletter{linked}"
    if not linked:
        place.rmdir()
    link(place, Path(place.name))
    for command in (("list",), ("check",), ("add", "--no-fetch", "https://example.com/new"), ("build",)):
        os.chdir(publication)
        result = run(*command)
        if result.exit_code:
            assert result.stderr.count("Error: .newsletter") == result.stderr.count("cannot be written") == 1
            assert (linked, command[0]) in {("", "add"), ("", "build"), ("/site", "build")}
    assert place.readlink() == Path(place.name)


def test_no_file_is_written_over_a_link_to_itself(run: Run, publication: Path) -> None:
    link(publication / "letter.html", Path("letter.html"))
    result = run("render", "email", "1", "-o", "letter.html", code=1)
    assert "letter.html cannot be written: a symbolic link leads to itself\nRemove the link." in result.stderr
