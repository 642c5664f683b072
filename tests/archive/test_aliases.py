"""Aliases: redirect pages at the earlier slugs of an issue, and the aliases that are refused."""

import json
from pathlib import Path

import pytest
from lxml import html

from tests.archive.test_build import DRAFT, PLAIN, SECOND, SITE, files, write_two
from tests.conftest import Run
from tests.publications import ISSUE, write_publication


def with_aliases(text: str, aliases: str) -> str:
    """Return an issue's text with aliases on its third line."""
    assert text.count("\ndate: ") == 1
    before, _, after = text.partition("\ndate: ")
    day, _, rest = after.partition("\n")
    return f"{before}\ndate: {day}\naliases: {aliases}\n{rest}"


@pytest.fixture
def two(folder: Path) -> Path:
    """A publication with two published issues and a draft, without search and cards."""
    return write_two(folder)


def test_an_alias_redirects(run: Run, two: Path) -> None:
    """The page of an alias leads to the issue, with a link to follow, and is hidden from search engines."""
    (two / "newsletter.yaml").write_text(PLAIN.replace("lens.example.org/", "lens.example.org/größe/"))
    (two / "issues/2.yaml").write_text(with_aliases(SECOND, "[002, spring]").replace("Issue 2", 'Issue <2> & "x"', 1))
    run("build", code=0)
    issue = html.fromstring((SITE / "2/index.html").read_bytes())
    for alias in ("002", "spring"):
        page = html.fromstring((SITE / alias / "index.html").read_bytes())
        assert page.xpath("//meta[@http-equiv='refresh']/@content") == ["0; url=/gr%C3%B6%C3%9Fe/2/"]
        assert page.xpath("//link[@rel='canonical']/@href") == issue.xpath("//link[@rel='canonical']/@href")
        assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
        assert page.xpath("//body//a/@href") == ["/gr%C3%B6%C3%9Fe/2/"]
        assert page.xpath("//body//a/text()") == page.xpath("//title/text()")
        assert page.xpath("//title/text()") == ['Issue <2> & "x"']
        assert b"<title>Issue &lt;2&gt; &amp; &quot;x&quot;</title>" in (SITE / alias / "index.html").read_bytes()
        assert f"  {alias}/index.html\n" in (SITE / ".newsletter-files").read_text()
    for name in ("sitemap.xml", "feed.xml", "feed.json", "index.html"):
        assert "spring" not in (SITE / name).read_text()


def test_the_canonical_link_is_that_of_the_issue(run: Run, two: Path) -> None:
    """If the issue's main address is elsewhere, the alias names that, but redirects to the page in the archive."""
    text = with_aliases(SECOND, "[spring]\ncanonical_url: https://elsewhere.example/2")
    (two / "issues/2.yaml").write_text(text)
    run("build", code=0)
    page = html.fromstring((SITE / "spring/index.html").read_bytes())
    assert page.xpath("//link[@rel='canonical']/@href") == ["https://elsewhere.example/2"]
    assert page.xpath("//meta[@http-equiv='refresh']/@content") == ["0; url=/2/"]


def test_an_alias_that_is_removed(run: Run, two: Path) -> None:
    """Removing an alias removes its page and changes no other file. A new title changes the page."""
    run("build", code=0)
    without = files(SITE)
    (two / "issues/2.yaml").write_text(with_aliases(SECOND, "[spring, summer]"))
    run("build", code=0)
    assert files(SITE).keys() - without.keys() == {"spring/index.html", "summer/index.html"}
    (two / "issues/2.yaml").write_text(with_aliases(SECOND, "[spring]").replace("Issue 2", "Issue Two"))
    run("build", code=0)
    assert b"Issue Two" in (SITE / "spring/index.html").read_bytes()
    assert not (SITE / "summer").exists()
    (two / "issues/2.yaml").write_text(SECOND)
    run("build", code=0)
    assert files(SITE) == without
    assert not (SITE / "spring").exists()


def test_a_page_becomes_an_alias_when_its_issue_is_renamed(run: Run, two: Path) -> None:
    """The page at the old slug is replaced by a redirect, and comes back with the old name."""
    run("build", code=0)
    whole = files(SITE)
    (two / "issues/2.yaml").unlink()
    (two / "issues/spring.yaml").write_text(with_aliases(SECOND, '["2"]'))
    run("build", code=0)
    page = html.fromstring((SITE / "2/index.html").read_bytes())
    assert page.xpath("//meta[@http-equiv='refresh']/@content") == ["0; url=/spring/"]
    assert (SITE / "spring/index.html").is_file()
    (two / "issues/spring.yaml").rename(two / "issues/2.yaml")
    (two / "issues/2.yaml").write_text(SECOND)
    run("build", code=0)
    assert files(SITE) == whole


def test_the_alias_of_a_draft(run: Run, two: Path) -> None:
    """A draft that is left out has no redirect. With `--drafts` it has one."""
    (two / "issues/3.yaml").write_text(with_aliases(DRAFT, "[summer]"))
    run("build", code=0)
    assert not (SITE / "summer").exists()
    run("build", "--drafts", code=0)
    assert (SITE / "summer/index.html").is_file()
    run("build", code=0)
    assert not (SITE / "summer").exists()


@pytest.mark.parametrize(
    ("aliases", "others", "column", "message"),
    [
        ("[spring, 1]", {}, 19, "the alias `1` is the slug of another issue"),
        ('["3"]', {}, 11, "the alias `3` is the slug of another issue"),
        ("[spring]", {"1": "[spring]"}, 11, "the alias `spring` is already used by 1"),
        ("[spring]", {"3": "[winter, spring]"}, 11, "the alias `spring` is already used by 3"),
        ("[2]", {}, 11, "the alias `2` is the issue's own slug"),
        ("[a, b, a]", {}, 17, "repeated alias `a`"),
        ("[tags]", {}, 11, "the slug `tags` is reserved"),
        ("[Spring]", {}, 11, "`Spring` is not a valid slug"),
        ("[../x]", {}, 11, "`../x` is not a valid slug"),
        ("spring", {}, 10, ""),
    ],
)
def test_an_alias_that_is_refused(
    run: Run, two: Path, aliases: str, others: dict[str, str], column: int, message: str
) -> None:
    """`build` and `check` report an alias that cannot be used at its place. The archive stays as it was."""
    run("build", code=0)
    whole = files(SITE)
    (two / "issues/2.yaml").write_text(with_aliases(SECOND, aliases))
    for slug, text in {"1": ISSUE, "3": DRAFT}.items():
        (two / f"issues/{slug}.yaml").write_text(with_aliases(text, others[slug]) if slug in others else text)
    expected = f"issues/2.yaml:3:{column}: error: {message}"
    result = run("build", code=1)
    assert expected in result.stderr
    assert result.stderr.count(": error: ") == 1
    assert files(SITE) == whole
    found = json.loads(run("check", "2", "--json", code=1).stdout)
    errors = [problem for problem in found if problem["severity"] == "error"]
    assert [(error["line"], error["column"]) for error in errors] == [(3, column)]
    assert message in errors[0]["message"]
    assert errors[0]["advice"]


def test_an_alias_of_a_draft_does_not_stop_a_build(run: Run, two: Path) -> None:
    """A draft with the slug of a published issue as an alias is an error of the draft only."""
    (two / "issues/3.yaml").write_text(with_aliases(DRAFT, "[2]"))
    run("build", code=0)
    assert "issues/3.yaml:3:11: error" in run("check", "3", code=1).stdout
    assert "issues/3.yaml:3:11: error" in run("build", "--drafts", code=1).stderr


def test_the_other_issues_are_built(run: Run, two: Path) -> None:
    """With `--keep-going`, an issue with a refused alias is left out, and the first with the alias keeps it."""
    (two / "issues/1.yaml").write_text(with_aliases(ISSUE, "[spring]"))
    (two / "issues/2.yaml").write_text(with_aliases(SECOND, "[spring]"))
    assert "issues/2.yaml:3:11" in run("build", "--keep-going", code=1).stderr
    assert b"url=/1/" in (SITE / "spring/index.html").read_bytes()
    assert not (SITE / "2").exists()


def test_an_issue_is_found_by_its_alias(run: Run, folder: Path) -> None:
    """Commands find an issue by an old slug, before another issue of that number."""
    write_publication(folder, _1=ISSUE, spring=with_aliases(SECOND, "[001]"))
    assert "issues/spring.yaml" in run("check", "001").stdout + run("check", "001").stderr
    assert "issues/1.yaml" in run("check", "1").stdout + run("check", "1").stderr


def test_a_new_issue_does_not_get_an_alias_as_its_slug(run: Run, folder: Path) -> None:
    """`new-issue` refuses a slug that another issue has as an alias."""
    write_publication(folder, _1=ISSUE, _2=with_aliases(SECOND, "[spring]"))
    assert "the slug spring is an alias of 2" in run("new-issue", "spring", code=1).stderr
    assert not (folder / "issues/spring.yaml").exists()
