"""Tests of `newsletter init`: what it asks, the values that it takes, and the sections that it writes."""

from pathlib import Path

import pytest
import yaml

from newsletter.issue.json_schema import Kind, schema_text
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.publications import with_one_entry
from tests.terminal import terminal


def settings(folder: Path) -> dict[str, object]:
    """Return the settings that a program reads from `newsletter.yaml`."""
    written: dict[str, object] = yaml.safe_load((folder / "newsletter.yaml").read_text())
    return written


def test_without_a_terminal_it_takes_defaults_and_says_what_to_fill_in(run: Run, folder: Path) -> None:
    """The sections are general ones, with neutral labels."""
    result = run("init", "my-kitchen", code=0)
    assert result.stderr == (
        "Next: fill in site_url, from and postal_address in newsletter.yaml, then `newsletter -C my-kitchen"
        " new-issue`.\n"
    )
    written = settings(folder / "my-kitchen")
    assert (written["name"], written["language"]) == ("My Kitchen", "en")
    assert written["from"] == {"name": None, "email": "news@example.org"}
    assert written["sections"] == {"featured": "Featured", "news": "News", "articles": "Articles", "other": "Other"}


def test_options_set_the_values(run: Run, folder: Path) -> None:
    """Name, language, sender and sections come from options, and the rest is left to fill in."""
    result = run(
        "init", "kitchen", "--name", "The Kitchen: weekly", "--language", "ja",
        "--from", "Ann Lee <ann@kitchen.example>", "--sections", "Recipes of the week, gear=Knives & pans, 論文, On",
        code=0,
    )  # fmt: skip
    assert "fill in site_url and postal_address in" in result.stderr
    written = settings(folder / "kitchen")
    assert (written["name"], written["language"]) == ("The Kitchen: weekly", "ja")
    assert written["from"] == {"name": "Ann Lee", "email": "ann@kitchen.example"}
    assert written["sections"] == {
        "recipes_of_the_week": "Recipes of the week",
        "gear": "Knives & pans",
        "section_3": "論文",
        "section_4": "On",
    }
    publication = Workspace(folder / "kitchen").publication
    for kind in Kind:
        assert (folder / "kitchen/schemas" / kind.file).read_text() == schema_text(kind, publication)


@pytest.mark.parametrize(("language", "first"), [("ja", "注目"), ("zh-Hant", "精选"), ("fr", "Featured")])
def test_general_labels_are_in_the_language(language: str, first: str, run: Run, folder: Path) -> None:
    """A language without labels gets English ones, and a note about the labels of the layout."""
    result = run("init", "a", "--language", language, code=0)
    assert Workspace(folder / "a").publication.sections["featured"] == {"[every]": first}  # type: ignore[index]
    assert ("labels for the language `fr` are missing" in result.stderr) == (language == "fr")


def test_the_machine_learning_set_is_the_default_of_the_settings(run: Run, folder: Path) -> None:
    """With `machine-learning`, `sections` stays empty, and the labels are those of the language."""
    run("init", "a", "--sections", "Machine-Learning", code=0)
    assert settings(folder / "a")["sections"] is None
    run("-C", "a", "new-issue", code=0)
    assert "  use_cases: []\n" in (folder / "a/issues/001.yaml").read_text()


def test_an_issue_of_own_sections_renders(run: Run, folder: Path) -> None:
    """From `init` to a rendered issue, without another edit of the settings."""
    run("init", "a", "--sections", "Soups, Knives", code=0)
    path = folder / "a" / run("-C", "a", "new-issue", code=0).stdout.strip()
    path.write_text(with_one_entry(path.read_text()))
    assert "no problems found in 1 entry." in run("-C", "a", "check", code=0).stderr
    run("-C", "a", "render", "all", code=0)
    assert "Soups" in (folder / "a/build/001/email.txt").read_text()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--name", "a\nb", "the name: "),
        ("--name", " ", "the name is empty"),
        ("--language", "English", "not a valid language tag"),
        ("--from", "Ann", "not a valid email address"),
        ("--sections", "no=No", "YAML reads it as a boolean"),
        ("--sections", "a=A, a=B", "the section `a` is given twice"),
        ("--sections", "a=", "the section `a` has no label"),
        ("--sections", " , ", "there are no sections"),
    ],
)
def test_an_invalid_option_is_wrong_usage(option: str, value: str, message: str, run: Run, folder: Path) -> None:
    """The message names the option, and nothing is written."""
    result = run("init", "a", option, value, code=2)
    assert f"Invalid value for {option}: " in result.stderr
    assert message in " ".join(result.stderr.split())
    assert not (folder / "a").exists()


def test_a_terminal_is_asked(folder: Path) -> None:
    """Each value that no option gives is asked for, again if the answer is invalid; Enter takes the default."""
    with terminal(folder, "init", "kitchen", "--language", "en") as shell:
        shell.wait_for("Name of the newsletter [Kitchen]: ")
        shell.type("The Kitchen\n")
        shell.wait_for("From, such as Ann Lee <ann@example.com>: ")
        shell.type("Ann\n")
        shell.wait_for("Error: not a valid email address")
        shell.type("Ann Lee <ann@kitchen.example>\n")
        shell.wait_for("Subject matter: general, machine-learning, or the names of your sections")
        shell.type("\n")
        assert shell.finish() == 0
    assert "Language" not in shell.shown
    written = settings(folder / "kitchen")
    assert (written["name"], written["language"]) == ("The Kitchen", "en")
    assert written["from"] == {"name": "Ann Lee", "email": "ann@kitchen.example"}
    assert list(written["sections"]) == ["featured", "news", "articles", "other"]  # type: ignore[call-overload]
