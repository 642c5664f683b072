"""Tests of a publication with sections of its own: every command uses their keys, their order and their labels."""

import json
from pathlib import Path
from typing import Any

import click
import lxml.html
import pytest
import yaml
from jsonschema import Draft7Validator

from newsletter.cli.add import add
from newsletter.cli.arguments import complete_section
from newsletter.documents.source import Source
from newsletter.errors import DocumentError
from newsletter.issue.draft_document import read_draft
from newsletter.publication.publication_file import parse_publication
from tests.conftest import Run
from tests.publications import PUBLICATION, write_publication

COOKING = (
    PUBLICATION
    + """\
sections:
  recipes: Recipes of the week
  gear:
    en: Knives and pans
    ja: 道具
  wine_and_more: Wine & more
capture:
  sections: {knives.example: gear}
"""
)
ISSUE = """\
title: The Weekly Lens — Issue 1
date: 2024-05-05
status: draft
highlights:
  gear: [A sharp knife.]
  recipes: [A soup.]
sections:
  gear:
    - {title: A knife, url: https://knives.example/1, comment: Sharp.}
  recipes:
    - {title: A soup, url: https://soup.example/1, comment: Warm.}
"""
OLD = (
    ISSUE.replace("draft", "published").replace("05-05", "04-28")
    + "  reviews:\n    - {title: A place, url: https://place.example/, comment: Loud.}\n"
    + "  papers:\n    - {title: A paper, url: https://arxiv.org/abs/2103.01988, comment: Long.}\n"
)


@pytest.fixture
def cooking(folder: Path) -> Path:
    """A publication with three sections, and a draft."""
    return write_publication(folder, publication=COOKING, _1=ISSUE)


def texts_of(run: Run, slug: str = "1") -> str:
    return run("render", "text", slug, "-o", "-", code=0).stdout


def headings(text: str, *labels: str) -> list[str]:
    """Return the labels that stand in a rendered text, in the order of their last occurrence."""
    return sorted((label for label in labels if label in text), key=text.rindex)


def test_labels_and_order_are_those_of_the_publication(run: Run, cooking: Path) -> None:
    """An issue shows its sections in the order of `sections`, with their labels, whatever the order in its file."""
    text = texts_of(run)
    assert headings(text, "Knives and pans", "Recipes of the week", "Wine & more") == [
        "Recipes of the week",
        "Knives and pans",
    ]


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Knives and pans"), ("en-GB", "Knives and pans"), ("ja", "道具"), ("zh", "Knives")],
)
def test_the_label_is_that_of_the_issues_language(language: str, expected: str, run: Run, cooking: Path) -> None:
    """The label is in the language of the issue, or else in that of the publication."""
    (cooking / "issues/1.yaml").write_text(ISSUE + f"language: {language}\n")
    assert expected in texts_of(run)


def test_labels_by_language_replace_those_of_the_sections(run: Run, cooking: Path) -> None:
    """`labels.LANGUAGE.SECTION` takes precedence over `sections`."""
    (cooking / "newsletter.yaml").write_text(COOKING + "labels: {en: {gear: Tools, papers: Old papers}}\n")
    assert "Tools" in (text := texts_of(run))
    assert "Knives and pans" not in text


def test_more_than_five_sections_are_counted(run: Run, folder: Path) -> None:
    """The sentence above the contents of six sections has their number."""
    names = [f"part{number}" for number in range(1, 7)]
    settings = PUBLICATION + "sections:\n" + "".join(f"  {name}: {name}\n" for name in names)
    entries = "".join(f"  {name}:\n  - {{title: A, url: https://a.example/{name}, comment: B}}\n" for name in names)
    write_publication(
        folder, publication=settings, _1="title: A\ndate: 2024-05-05\ncontents: true\nsections:\n" + entries
    )
    assert "on 6 topics" in texts_of(run)


def test_an_undeclared_section_is_an_error_that_names_the_declared_ones(run: Run, cooking: Path) -> None:
    """The error is at the key, suggests the nearest declared section, and names all of them."""
    (cooking / "issues/1.yaml").write_text(ISSUE.replace("  gear:\n", "  geer:\n"))
    result = run("render", "text", "1", code=1)
    assert "issues/1.yaml:8:3: error: the section `geer` is not declared" in result.stderr
    assert "Did you mean `gear`? The sections are recipes, gear, wine_and_more." in result.stderr
    (problem,) = [p for p in json.loads(run("check", "1", "--json", code=1).stdout) if p["rule"] == "schema"]
    assert (problem["path"], problem["severity"]) == ("sections.geer", "error")


def test_a_misplaced_key_is_reported_once(run: Run, cooking: Path) -> None:
    """A field of an entry below `sections` is one error, not two."""
    (cooking / "issues/1.yaml").write_text(ISSUE + "  comment: Warm.\n")
    assert run("render", "text", "1", code=1).stderr.count("error:") == 1


def test_a_published_issue_with_an_old_section_is_rendered(run: Run, cooking: Path) -> None:
    """Its undeclared sections come last, named by the language's labels or by their keys, and each is a warning."""
    (cooking / "issues/0.yaml").write_text(OLD)
    result = run("render", "text", "0", "-o", "-", code=0)
    assert headings(result.stdout, "Recipes of the week", "Reviews", "Papers") == [
        "Recipes of the week",
        "Reviews",
        "Papers",
    ]
    assert "warning: the section `reviews` is not declared" in result.stderr
    found = [p for p in json.loads(run("check", "0", "--json", code=0).stdout) if p["rule"] == "section-undeclared"]
    assert [(p["path"], p["severity"]) for p in found] == [
        ("sections.reviews", "warning"),
        ("sections.papers", "warning"),
    ]
    run("build", code=0)
    assert "Reviews" in (cooking / "build/site/0/index.html").read_text()


def test_the_archive_follows_a_changed_label(run: Run, cooking: Path) -> None:
    """A build after a change of `sections` writes the new label."""
    (cooking / "issues/1.yaml").write_text(ISSUE.replace("draft", "published"))
    run("build", code=0)
    (cooking / "newsletter.yaml").write_text(COOKING.replace("Recipes of the week", "Soups"))
    run("build", code=0)
    assert "Soups" in (cooking / "build/site/1/index.html").read_text()


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        *((key, "a boolean") for key in ("no", "on", "y", "Yes", "OFF", "true", '"no"')),
        *((key, "a number") for key in ("1", "1.5", "1_000", "0x1f", "12:30", "1e3", ".inf")),
        *((key, "an empty value") for key in ("null", "~", '""')),
        *((key, "a date") for key in ("2024-05-05", "2024-05-05T10:00:00Z")),
    ],
)
def test_a_key_that_yaml_reads_as_another_type_is_refused(key: str, kind: str) -> None:
    """The error is at the key, says what YAML makes of it, and what to write instead."""
    with pytest.raises(DocumentError) as caught:
        parse_publication(Source("newsletter.yaml", PUBLICATION + f"sections:\n  {key}: Label\n"))
    (problem,) = caught.value.problems
    assert f"cannot be the key of a section: YAML reads it as {kind}" in problem.message
    assert (problem.line, problem.column) == (9, 3)
    assert "such as `news`" in problem.advice


@pytest.mark.parametrize(
    ("key", "near"),
    [("Deep dives", "deep_dives"), ("deep-dives", "deep_dives"), ("論文", "use_"), ("a" * 41, "use_")],
)
def test_another_invalid_key_is_refused(key: str, near: str) -> None:
    """The advice has a similar valid key."""
    with pytest.raises(DocumentError) as caught:
        parse_publication(Source("newsletter.yaml", PUBLICATION + f"sections:\n  {key}: Label\n"))
    (problem,) = caught.value.problems
    assert f"`{key}` cannot be the key of a section" in problem.message
    assert near in problem.advice


@pytest.mark.parametrize(
    ("more", "path", "message"),
    [
        ("sections:\n  news:\n", "sections.news", "the section `news` has no label"),
        ("sections: {news: [a]}\n", "sections.news", "expected text, found a list"),
        ("sections: {news: {english: News}}\n", "sections.news.english", "not a valid language tag"),
        ("sections: [news]\n", "sections", "expected keys and values, found a list"),
        ("sections: {news: News}\ncapture: {sections: {a.example: papers}}\n", "capture.sections.a.example", "unknown"),
        ("sections: {news: News}\nlabels: {en: {new: News}}\n", "labels.en.new", "unknown section `new`"),
    ],
)
def test_an_invalid_setting_is_explained(more: str, path: str, message: str) -> None:
    """Labels are required, and other settings name only sections that exist."""
    with pytest.raises(DocumentError) as caught:
        parse_publication(Source("newsletter.yaml", PUBLICATION + more))
    (problem,) = caught.value.problems
    assert problem.path == path
    assert message in problem.message


def test_a_new_issue_has_the_sections(run: Run, cooking: Path) -> None:
    """The scaffold lists the declared sections, and `add` fills in its first entry."""
    run("new-issue", "2", code=0)
    scaffold = yaml.safe_load((cooking / "issues/2.yaml").read_text())
    assert list(scaffold["sections"]) == list(scaffold["highlights"]) == ["recipes", "gear", "wine_and_more"]
    run("add", "--no-fetch", "-i", "2", "--section", "wine_and_more", "https://wine.example/1", code=0)
    run("add", "--no-fetch", "-i", "2", "https://knives.example/2", "https://arxiv.org/abs/2103.01988", code=0)
    filled = yaml.safe_load((cooking / "issues/2.yaml").read_text())["sections"]
    urls = {name: [entry["url"] for entry in entries if entry["url"]] for name, entries in filled.items()}
    assert urls == {
        "recipes": ["https://arxiv.org/abs/2103.01988"],
        "gear": ["https://knives.example/2"],
        "wine_and_more": ["https://wine.example/1"],
    }


def test_add_refuses_an_undeclared_section(run: Run, cooking: Path) -> None:
    """`add --section` names the declared sections, and is wrong usage."""
    result = run("add", "--no-fetch", "--section", "papers", "https://wine.example/1", code=2)
    assert "the section `papers` is not declared" in result.stderr
    assert "recipes, gear, wine_and_more" in " ".join(result.stderr.split())


def test_the_shell_completes_the_sections(cooking: Path) -> None:
    """`add --section` completes the declared keys."""
    context = click.Context(add)
    found = complete_section(context, add.params[0], "")
    assert [item.value for item in found] == ["recipes", "gear", "wine_and_more"]
    assert [item.value for item in complete_section(context, add.params[0], "g")] == ["gear"]


@pytest.mark.parametrize(
    "label", ["<script>alert(1)</script>", "a & b < c", "*so* [x](y)", "{{ name }}", "{{unsubscribe_url}}"]
)
def test_a_label_is_shown_as_its_text(label: str, run: Run, cooking: Path) -> None:
    """Markup, Markdown, template syntax and merge fields in a label are text in every output."""
    (cooking / "newsletter.yaml").write_text(PUBLICATION + f"sections: {{recipes: {json.dumps(label)}, gear: Gear}}\n")
    run("render", "all", code=0)
    build = cooking / "build/1"
    for name in ("email.html", "medium.html"):
        text = (build / name).read_text()
        assert "<script>alert" not in text
        assert "".join(lxml.html.fromstring(text.encode()).itertext()).count(label) >= 1
    assert label in (build / "email.txt").read_text()


def test_list_counts_the_sections(run: Run, cooking: Path) -> None:
    """`list` counts entries by declared section, and those of other sections after them."""
    (cooking / "issues/0.yaml").write_text(OLD)
    draft, old = json.loads(run("list", "--json", code=0).stdout)
    assert draft["sections"] == {"recipes": 1, "gear": 1, "wine_and_more": 0}
    assert old["sections"] == {"recipes": 1, "gear": 1, "wine_and_more": 0, "reviews": 1, "papers": 1}


def test_a_digest_has_the_sections_in_order(run: Run, cooking: Path) -> None:
    """A digest has all declared sections."""
    (cooking / "issues/1.yaml").write_text(ISSUE.replace("draft", "published"))
    run("new-issue", "--digest", "2024-05", code=0)
    digest = yaml.safe_load((cooking / "issues/2024-05-digest.yaml").read_text())
    assert list(digest["sections"]) == ["recipes", "gear", "wine_and_more"]
    assert list(digest["highlights"]) == ["recipes", "gear"]


def test_an_import_knows_the_labels(run: Run, cooking: Path) -> None:
    """Headings of a page are found by the labels of the publication, in any language, and by the keys."""
    entry = "## [{0}](https://{0}.example/) — {0}.example\n\nA comment.\n\n"
    page = "# The Weekly Lens — Issue 7\n\n" + "".join(
        f"# {number}. {label}\n\n" + entry.format(f"site{number}")
        for number, label in enumerate(("Recipes of the week", "道具", "Wine and more"), 1)
    )
    (cooking / "page.md").write_text(page)
    run("import", "medium", "page.md", code=0)
    found = read_draft(cooking / "issues/007.yaml").draft
    assert [(key, len(entries)) for key, entries in found.sections.items()] == [
        ("recipes", 1),
        ("gear", 1),
        ("wine_and_more", 1),
    ]


def complaints(schema: str, text: str) -> list[str]:
    document: Any = yaml.safe_load(text)
    return [error.message for error in Draft7Validator(json.loads(schema)).iter_errors(document)]


def test_the_schemas_have_the_sections(run: Run, cooking: Path) -> None:
    """An editor accepts the declared sections, and reports others."""
    issue = run("schema", "issue", code=0).stdout
    quoted = ISSUE.replace("2024-05-05", '"2024-05-05"')
    assert complaints(issue, quoted) == []
    assert complaints(issue, quoted.replace("  gear:\n", "  papers:\n"))
    assert "Recipes of the week" in issue
    settings = run("schema", "publication", code=0).stdout
    assert complaints(settings, COOKING) == []
    for wrong in ("knives.example: gear", "gear:\n", "recipes: "):
        changed = {"knives.example: gear": "knives.example: papers", "gear:\n": "Gear:\n", "recipes: ": '"on": '}[wrong]
        assert complaints(settings, COOKING.replace(wrong, changed)), wrong
