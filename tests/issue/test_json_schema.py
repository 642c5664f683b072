"""Tests of the JSON Schemas: an editor accepts and rejects the same files as newsletter."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from newsletter.errors import NewsletterError
from newsletter.issue.issue_file import read_issue
from newsletter.issue.json_schema import Kind, schema_text
from newsletter.publication.section import DEFAULT_SECTIONS
from newsletter.workspace.workspace import Workspace
from tests.conftest import REPOSITORY, Run
from tests.publications import ISSUE, write_publication

VALIDATORS = {kind: Draft7Validator(json.loads(schema_text(kind))) for kind in Kind}
MINIMAL = "title: A\ndate: 2024-05-05\nsections:\n  papers:\n    - {title: B, url: https://b.example, comment: C}\n"


class LanguageServer(yaml.SafeLoader):
    """Parses YAML as a YAML language server does: by the core schema of YAML 1.2."""


LanguageServer.yaml_implicit_resolvers = {}
for tag, pattern, first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
):
    LanguageServer.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), first)


def complaints(text: str, kind: Kind = Kind.ISSUE) -> list[str]:
    """Return the messages that an editor shows."""
    document: Any = yaml.load(text, Loader=LanguageServer)
    return [error.message for error in VALIDATORS[kind].iter_errors(document)]


@pytest.mark.parametrize("kind", Kind)
def test_the_schema_is_valid(kind: Kind) -> None:
    """Each schema is valid for its version of JSON Schema, and has a description of every field."""
    schema = json.loads(schema_text(kind))
    Draft7Validator.check_schema(schema)
    for part in (schema, *schema["$defs"].values()):
        for field in part.get("properties", {}).values():
            assert field.get("description") or "$ref" in field, field


@pytest.mark.parametrize("path", sorted((REPOSITORY / "issues").glob("*.yaml")), ids=lambda path: path.name)
def test_the_samples_have_no_errors_in_an_editor(path: Path) -> None:
    """The first line of a sample names the schema, and an editor shows no errors in it."""
    text = path.read_text()
    assert text.splitlines()[0] == "# yaml-language-server: $schema=../schemas/issue.schema.json"
    assert complaints(text) == []
    assert (path.parent / text.splitlines()[0].partition("$schema=")[2]).is_file()


def test_the_publications_have_no_errors_in_an_editor(run: Run, folder: Path) -> None:
    """An editor shows no errors in the sample publication, nor in the one that `init` writes."""
    run("init", "new", code=0)
    for root in (REPOSITORY, folder / "new"):
        text = (root / "newsletter.yaml").read_text()
        assert text.splitlines()[0] == "# yaml-language-server: $schema=schemas/publication.schema.json"
        assert complaints(text, Kind.PUBLICATION) == []
        for kind in Kind:
            assert (root / "schemas" / kind.file).read_text() == schema_text(kind, Workspace(root).publication)


def test_an_editor_reports_only_the_required_fields_of_a_scaffold(run: Run, folder: Path) -> None:
    """In a new issue, an editor reports the empty title, url and comment, and nothing else."""
    write_publication(folder)
    run("new-issue", "next", code=0)
    found = complaints((folder / "issues/next.yaml").read_text())
    assert len(found) == 3
    assert all(message.startswith(("None is not", "'' does not match")) for message in found)


TEXTS = ("No", "3.10", "12:30", "true", "1e3", "0x1F", "0o17", ".inf", "2024-05-05", "~x", "'029'", '"a: b"', "日本語")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("field", ["title: A", "title: B", "comment: C"])
def test_a_text_that_looks_like_another_type_is_valid(field: str, text: str, tmp_path: Path) -> None:
    """Both newsletter and the editor accept a text that YAML reads as a number, a boolean or a date."""
    document = MINIMAL.replace(field, f"{field.partition(':')[0]}: {text}")
    (tmp_path / "1.yaml").write_text(document)
    read_issue(tmp_path / "1.yaml", DEFAULT_SECTIONS)
    assert complaints(document) == []


@pytest.mark.parametrize(
    "field",
    ["number", "status", "language", "subject", "subtitle", "preheader", "canonical_url", "aliases", "highlights"],
)
def test_an_empty_value_is_valid(field: str, tmp_path: Path) -> None:
    """Both newsletter and the editor accept an optional field without a value."""
    document = f"{MINIMAL}{field}:\n"
    (tmp_path / "1.yaml").write_text(document)
    read_issue(tmp_path / "1.yaml", DEFAULT_SECTIONS)
    assert complaints(document) == []


@pytest.mark.parametrize(
    "change",
    [
        ("date: 2024-05-05", "date: 5 May"),
        ("title: A", "titel: A"),
        ("title: A\n", ""),
        ("title: A", "title:"),
        ("title: A", "title: [x]"),
        ("title: A", "title: A\nnumber: x"),
        ("title: A", "title: A\nnumber: 0"),
        ("title: A", "title: A\nstatus: out"),
        ("title: A", "title: A\nlanguage: English"),
        ("https://b.example", "ftp://b.example"),
        ("comment: C", "coment: C"),
        ("papers:", "paper:"),
    ],
)
def test_an_editor_reports_what_newsletter_rejects(change: tuple[str, str], tmp_path: Path) -> None:
    """A file that newsletter rejects has an error in the editor too."""
    document = MINIMAL.replace(*change)
    assert document != MINIMAL
    (tmp_path / "1.yaml").write_text(document)
    with pytest.raises(NewsletterError):
        read_issue(tmp_path / "1.yaml", DEFAULT_SECTIONS)
    assert complaints(document)


def test_the_schemas_are_printed_and_written(run: Run, folder: Path) -> None:
    """`schema issue` prints one schema, and `--write` writes both to schemas/."""
    write_publication(folder, _1=ISSUE)
    assert run("schema", "issue", code=0).stdout == schema_text(Kind.ISSUE)
    assert run("schema", "--write", code=0).stdout.split() == [f"schemas/{kind.file}" for kind in Kind]
    assert (folder / "schemas/publication.schema.json").read_text() == schema_text(Kind.PUBLICATION)


@pytest.mark.parametrize("linked", ["schemas", "schemas/issue.schema.json"])
def test_a_schema_is_not_written_outside_the_publication(run: Run, folder: Path, linked: str) -> None:
    root, outside = write_publication(folder / "publication", _1=ISSUE), folder / "outside"
    outside.mkdir()
    (root / linked).parent.mkdir(exist_ok=True)
    (root / linked).symlink_to(outside if linked == "schemas" else outside / "file")
    error = run("-C", "publication", "schema", "--write", code=1).stderr
    assert "schemas/issue.schema.json cannot be written: a symbolic link leads out of" in error
    assert not list(outside.iterdir())
