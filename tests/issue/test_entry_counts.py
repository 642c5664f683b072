"""The entry counts in `newsletter list`: each issue is parsed once, until it changes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.documents import yaml_tree
from newsletter.documents.source import Source
from tests.conftest import Run
from tests.publications import ISSUE, PUBLICATION, write_publication

SECOND = ISSUE.replace("2024-05-05", "2024-05-12").replace("number: 1", "number: 2")
THIRD = ISSUE.replace("2024-05-05", "2024-05-19").replace("number: 1", "number: 3")


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the issues whose entries were parsed to count them."""
    names: list[str] = []
    compose = yaml_tree.compose

    def counted(source: Source) -> object:
        names.append(source.name)
        return compose(source)

    monkeypatch.setattr("newsletter.issue.entry_counts.compose", counted)
    return names


def test_only_changed_issues_are_counted_again(run: Run, folder: Path, parsed: list[str]) -> None:
    """Also in a list as JSON, and after another command."""
    write_publication(folder, _1=ISSUE, _2=SECOND, _3=THIRD)
    first = run("list").stdout
    assert sorted(parsed) == ["issues/1.yaml", "issues/2.yaml", "issues/3.yaml"]
    run("check", "2", code=0)
    parsed.clear()
    assert run("list").stdout == first
    run("list", "--json")
    assert parsed == []
    (folder / "issues/2.yaml").write_text(SECOND.replace("  featured:\n    - id", "  papers:\n    - id"))
    assert "(0+0+1+0+0)" in run("list").stdout.splitlines()[2]
    assert parsed == ["issues/2.yaml"]


def test_known_counts_follow_the_sections(run: Run, folder: Path, parsed: list[str]) -> None:
    """A publication that declares other sections has them in its list, in their order, without counting again."""
    write_publication(folder, _1=ISSUE)
    assert " 1 (1+0+0+0+0)" in run("list").stdout
    parsed.clear()
    (folder / "newsletter.yaml").write_text(PUBLICATION + "sections: {news: News, featured: Featured}\n")
    assert " 1 (0+1)" in run("list").stdout
    assert parsed == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda found: found[:-3],
        lambda found: found.replace(b'"featured":1', b'"featured":7'),
        lambda found: found.replace(b"newsletter-counts 1", b"newsletter-counts 0"),
    ],
)
def test_damaged_counts_are_ignored(run: Run, folder: Path, damage: Callable[[bytes], bytes]) -> None:
    """They are written again."""
    write_publication(folder, _1=ISSUE)
    listed, cache = run("list").stdout, folder / ".newsletter/counts"
    before = cache.read_bytes()
    cache.write_bytes(damage(before))
    assert cache.read_bytes() != before
    assert run("list").stdout == listed
    assert cache.read_bytes() == before


def test_the_counts_of_deleted_issues_are_dropped(run: Run, folder: Path) -> None:
    write_publication(folder, _1=ISSUE, _2=SECOND)
    run("list")
    cache = folder / ".newsletter/counts"
    both = cache.stat().st_size
    (folder / "issues/2.yaml").unlink()
    run("list")
    assert cache.stat().st_size < both


def test_an_issue_that_cannot_be_parsed_is_reported_each_time(run: Run, folder: Path) -> None:
    """Its count is `?`."""
    write_publication(folder, _1=ISSUE, _2=SECOND.replace("    - id: lens", "    - [id: lens"))
    for _ in range(2):
        result = run("list", code=1)
        assert " ? " in result.stdout
        assert "issues/2.yaml:" in result.stderr
