"""`check --fix`: what it writes, what it leaves, and when it asks."""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.check.fix_urls import UrlFixer
from newsletter.cli.main import main
from newsletter.errors import FetchError
from newsletter.http.http_response import HttpResponse, Redirect
from newsletter.text.canonical_url import tracking_parameters
from newsletter.workspace.workspace import Workspace
from tests.conftest import Run
from tests.loopback import page, serve_web
from tests.publications import ISSUE, PUBLICATION, write_publication

URL = "https://example.com/lenses"
TRACKED = ISSUE.replace(URL, f"{URL}?utm_source=x")
STYLES = r"""# Comments stay: https://example.com/lenses?utm_source=x
title: The Weekly Lens — Issue 1
date: 2024-05-05   # the day
highlights:
  featured:
    - "On [len\u0073es](https://example.com/le\x6eses?a=1\u0026utm_source=\x61) it's"
    - 'It''s [so](https://example.com/o''x?utm_source=x) too'
sections:
  featured:
    - {title: Flow, url: "https://example.com/flow?utm_source=x&b=1&\u0075tm_id=2&c=\u00e9", comment: On it.}
    - title:
      url:
    - title: How lenses are ground
      url:    https://example.com/lenses?utm_source=x#top   # https://example.com/lenses?utm_source=x#top
      image: 'https://www.google.com/url?q=https%3A%2F%2Fexample.com%2Fo%27x.png&x=1'
      comment: |  # about https://example.com/c?utm_source=x
        A [lens](https://example.com/c?utm_source=x) and `[l](https://example.com/c?utm_source=x)`,

        ![x](https://example.com/c.png?utm_source=x "T") <https://example.com/c?utm_source=x> and
        [q](https://example.com/c?a=1&amp;utm_source=x) https://example.com/c?utm_source=x,
        [https://example.com/d?utm_source=x](https://example.com/d?utm_source=x), [z](https://example.com/c?utm_source=xy).
      # a comment: https://example.com/c?utm_source=x
    - title: Folded
      url: http://example.com/f
      comment: >-
        Folded [x](https://www.google.com/url?q=https%3A%2F%2Fexample.com%2Fa(b)&x=1) and
        [y](https://web.archive.org/web/2020/https://x.example/).
    # check: ignore=tracking-parameters
    - title: Ignored
      url: https://example.com/g?utm_source=x
      comment: x
"""
FIXED = r"""# Comments stay: https://example.com/lenses?utm_source=x
title: The Weekly Lens — Issue 1
date: 2024-05-05   # the day
highlights:
  featured:
    - "On [len\u0073es](https://example.com/le\x6eses?a=1) it's"
    - 'It''s [so](https://example.com/o''x) too'
sections:
  featured:
    - {title: Flow, url: "https://example.com/flow?b=1&c=\u00e9", comment: On it.}
    - title:
      url:
    - title: How lenses are ground
      url:    https://example.com/lenses#top   # https://example.com/lenses?utm_source=x#top
      image: 'https://example.com/o''x.png'
      comment: |  # about https://example.com/c?utm_source=x
        A [lens](https://example.com/c) and `[l](https://example.com/c?utm_source=x)`,

        ![x](https://example.com/c.png "T") <https://example.com/c> and
        [q](https://example.com/c?a=1) https://example.com/c?utm_source=x,
        [https://example.com/d](https://example.com/d), [z](https://example.com/c).
      # a comment: https://example.com/c?utm_source=x
    - title: Folded
      url: http://example.com/f
      comment: >-
        Folded [x](https://example.com/a(b)) and
        [y](https://web.archive.org/web/2020/https://x.example/).
    # check: ignore=tracking-parameters
    - title: Ignored
      url: https://example.com/g?utm_source=x
      comment: x
"""


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_only_the_urls_change(line_break: str, mark: bytes, run: Run, folder: Path) -> None:
    """Quotes, escapes, comments, code, line breaks and the byte order mark stay, and so do URLs that are not safe."""
    write_publication(folder, _1="")
    file = folder / "issues/1.yaml"
    file.write_bytes(mark + STYLES.replace("\n", line_break).encode())
    result = run("check", "1", "--fix", "--yes")
    assert file.read_bytes() == mark + FIXED.replace("\n", line_break).encode()
    assert "Fixed 11 URLs in issues/1.yaml." in result.stderr
    assert "There is no URL to fix." in run("check", "1", "--fix", "--yes").stderr
    assert file.read_bytes() == mark + FIXED.replace("\n", line_break).encode()


def test_a_fix_that_would_change_the_structure_is_not_written(run: Run, folder: Path) -> None:
    """A comma ends a value without quotes in braces."""
    url = "https://www.google.com/url?q=https%3A%2F%2Fa.example%2Fb%2Cc"
    issue = f"{ISSUE}    - {{title: Sand, url: {url}, comment: On it.}}\n"
    write_publication(folder, _1=issue)
    result = run("check", "--fix", "--yes")
    assert "There is no URL to fix." in result.stderr
    assert "[wrapped-link]" in result.stdout
    assert "Add `--fix`" not in result.stderr
    assert (folder / "issues/1.yaml").read_text() == issue


def test_the_settings_are_fixed_too(run: Run, folder: Path) -> None:
    """Links of `links.other` and `about`, but not the call to subscribe."""
    settings = (
        "about: Me [here](https://x.example/?utm_source=b).\nlinks:\n"
        "  subscribe: {url: 'https://x.example/s?utm_source=b'}\n"
        "  other:\n    - {title: Mine, url: 'https://x.example/m?utm_source=b'}\n"
    )
    write_publication(folder, publication=settings + PUBLICATION, _1=ISSUE)
    run("check", "--fix", "--yes", code=0)
    fixed = settings.replace("/?utm_source=b", "/").replace("/m?utm_source=b", "/m")
    assert (folder / "newsletter.yaml").read_text() == fixed + PUBLICATION


def test_the_changes_are_shown_and_confirmed(run: Run, folder: Path) -> None:
    """The difference comes before the question. Without a yes, nothing is written and the command exits with 1."""
    write_publication(folder, _1=TRACKED)
    for answer in ("n\n", ""):
        result = CliRunner().invoke(main, ["check", "--fix"], input=answer)
        assert result.exit_code == 1
        assert (folder / "issues/1.yaml").read_text() == TRACKED
    assert result.stderr.startswith("--- issues/1.yaml\n+++ issues/1.yaml\n@@ ")
    assert f"\n-      url: {URL}?utm_source=x\n+      url: {URL}\n" in result.stderr
    assert result.stderr.index("+      url") < result.stderr.index("Write this file?")
    assert CliRunner().invoke(main, ["check", "--fix"], input="y\n").exit_code == 0
    assert (folder / "issues/1.yaml").read_text() == ISSUE


class SavingAuthor(io.RawIOBase):
    """Standard input of an author who saves the file in an editor, then answers yes."""

    def __init__(self, file: Path, text: str) -> None:
        self.file, self.text = file, text

    def readable(self) -> bool:
        """Return whether it can be read."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the stubs accept every buffer
        """Save the file, and answer."""
        self.file.write_text(self.text)
        buffer[:2] = b"y\n"
        return 2


def test_a_file_that_changed_meanwhile_is_not_written(folder: Path) -> None:
    """The text of the editor stays, the message says so, and the other file is fixed."""
    write_publication(folder, _1=TRACKED, _2=TRACKED.replace("2024-05-05", "2024-05-12"))
    edited = TRACKED + "# edited\n"
    author = io.BufferedReader(SavingAuthor(folder / "issues/1.yaml", edited))
    result = CliRunner().invoke(main, ["check", "1", "2", "--fix"], input=author)
    assert result.exit_code == 1
    assert "issues/1.yaml has changed since it was shown" in result.stderr
    assert "Fixed 1 URL in issues/2.yaml." in result.stderr
    assert (folder / "issues/1.yaml").read_text() == edited
    assert "utm_source" not in (folder / "issues/2.yaml").read_text()


def test_an_issue_with_errors_is_fixed(run: Run, folder: Path) -> None:
    """The findings that remain are printed as usual; JSON is alone on standard output."""
    write_publication(folder, _1=TRACKED + "staus: x\n", _2="title: [")
    result = run("check", "1", "2", "--fix", "--yes", "--json", code=1)
    assert {problem["rule"] for problem in json.loads(result.stdout)} == {"schema"}
    assert (folder / "issues/1.yaml").read_text() == ISSUE + "staus: x\n"
    assert (folder / "issues/2.yaml").read_text() == "title: ["


def test_an_issue_with_an_anchor_is_not_changed(run: Run, folder: Path) -> None:
    """Anchors are not supported: a change of one value could change another."""
    issue = TRACKED.replace("url: ", "url: &lens ") + "    - {title: Sand, url: *lens, comment: On it.}\n"
    write_publication(folder, _1=issue)
    result = run("check", "--fix", "--yes", code=1)
    assert "`&lens` is a YAML anchor, which is not supported" in result.stdout
    assert (folder / "issues/1.yaml").read_text() == issue


def test_the_file_behind_a_symbolic_link_is_fixed(run: Run, folder: Path) -> None:
    """The link stays a link."""
    write_publication(folder)
    (folder / "drafts").mkdir()
    (folder / "drafts/1.yaml").write_text(TRACKED)
    (folder / "issues/1.yaml").symlink_to("../drafts/1.yaml")
    run("check", "1", "--fix", "--yes")
    assert (folder / "issues/1.yaml").is_symlink()
    assert (folder / "drafts/1.yaml").read_text() == ISSUE


def test_rules_that_the_publication_ignores_fix_nothing(run: Run, folder: Path) -> None:
    """`checks.ignore` also turns off the fix."""
    write_publication(folder, publication=PUBLICATION + "checks: {ignore: [tracking-parameters]}\n", _1=TRACKED)
    assert "There is no URL to fix." in run("check", "--fix", "--yes", code=0).stderr


def test_yes_needs_fix(run: Run, folder: Path) -> None:
    """`--yes` alone is a usage error."""
    write_publication(folder, _1=ISSUE)
    assert "--yes can be used only with --fix." in run("check", "--yes", code=2).stderr


def test_a_copy_in_an_archive_is_replaced_if_its_page_responds(run: Run, folder: Path) -> None:
    """Only with --online; the copy of a page that is gone stays."""
    with serve_web() as server:
        server.pages |= {"/here": page("<p>Here")}
        copy = "https://web.archive.org/web/2021/" + server.url
        issue = ISSUE.replace(URL, f"{copy}/here").replace("A lens is", f"[Gone]({copy}/gone)")
        write_publication(folder, _1=issue)
        assert "There is no URL to fix." in run("check", "--fix", "--yes").stderr
        run("check", "--fix", "--yes", "--online", "--allow-private")
        assert (folder / "issues/1.yaml").read_text() == issue.replace(f"{copy}/here", f"{server.url}/here")


ANSWERS: Mapping[str, HttpResponse | FetchError] = {
    "https://works.example/a": HttpResponse("", "https://works.example/a", 200, "", b"", None, 0, ()),
    "https://broken.example/a": HttpResponse("", "https://broken.example/a", 500, "", b"", None, 0, ()),
    "https://down.example/a": FetchError("no answer"),
    "https://back.example/a": HttpResponse(
        "", "http://back.example/a", 200, "", b"", None, 0, (Redirect(301, "http://back.example/a"),)
    ),
    "https://front.example/a": HttpResponse("", "https://front.example/", 200, "", b"", None, 0, ()),
}


@pytest.mark.parametrize(
    ("url", "fixed"),
    [
        ("http://works.example/a", "https://works.example/a"),
        ("http://works.example/a?utm_source=x", "https://works.example/a"),
        ("http://www.google.com/url?q=http%3A%2F%2Fworks.example%2Fa", "https://works.example/a"),
        ("http://broken.example/a", "http://broken.example/a"),
        ("http://down.example/a", "http://down.example/a"),
        ("http://back.example/a", "http://back.example/a"),
        ("http://front.example/a", "http://front.example/a"),
        ("http://works.example/a  # check: ignore=http-link", "http://works.example/a  # check: ignore=http-link"),
        (
            "http://works.example/a  # check: ignore=online-https",
            "http://works.example/a  # check: ignore=online-https",
        ),
    ],
)
def test_https_is_written_if_the_page_responds(url: str, fixed: str, folder: Path) -> None:
    """After its tracking parameters and redirects are removed; not if https fails, leads back or to a front page."""

    def request(urls: list[str]) -> dict[str, HttpResponse | FetchError]:
        return {url: ANSWERS.get(url, FetchError("unknown")) for url in urls}

    write_publication(folder, _1=ISSUE.replace(URL, url))
    fixer = UrlFixer(Workspace(folder), request)
    assert fixer.issue(folder / "issues/1.yaml").text == ISSUE.replace(URL, fixed)


_URLS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["https://a.example/b", "https://medium.com/on-45bd45c0d35b", "https://a.example/(b)"]),
        st.sampled_from(
            ["", "?", "?utm_source=x", "?a=1&utm_source=x", "?utm_source=x&a=é&fbclid=y", "?q=o'x&utm_id=1"]
        ),
        st.sampled_from(["", "#top", "#utm_source=x", "#top?utm_source=x&a=1"]),
    ),
) | st.sampled_from(
    [
        "https://www.google.com/url?q=https%3A%2F%2Fa.example%2Fb%3Futm_source%3Dx",
        "https://href.li/?https://a.example/b",
    ]
)
_TEXTS = st.lists(
    st.sampled_from(
        ["See [it]({})", "`{}`", "<{}>", "{}", "![x]({})", "[{}]({})", "on", "it's", '"so"', "[x](<{}>)", "\\[x]({})"]
    ),
    min_size=1,
    max_size=6,
)


def _written(draw: st.DrawFn, value: str, indent: str) -> str:
    """Return YAML of a value in a style that can hold it."""
    style = draw(st.sampled_from(["json", "single", "literal", "folded"]))
    if style == "json":
        return json.dumps(value, ensure_ascii=draw(st.booleans())).replace("/", draw(st.sampled_from(["/", "\\/"])))
    if style == "single":
        return "'" + value.replace("'", "''") + "'"
    block = f"{'|' if style == 'literal' else '>-'}  # {draw(_URLS)}\n"
    return block + "".join(f"{indent}{word}\n" for word in value.split(" "))


@st.composite
def issues(draw: st.DrawFn) -> str:
    """An issue with URLs in every style of YAML, in Markdown and in comments."""
    lines = ["title: A lens", "date: 2024-05-05", "sections:", "  papers:"]
    for _ in range(draw(st.integers(1, 3))):
        words = draw(_TEXTS)
        text = " ".join(word.replace("{}", draw(_URLS)) for word in words)
        lines += [
            f"    # {draw(_URLS)}",
            "    - title: A story",
            f"      url: {json.dumps(draw(_URLS), ensure_ascii=draw(st.booleans()))}  # {draw(_URLS)}",
            f"      comment: {_written(draw, text, '        ')}".rstrip("\n"),
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def fixer(tmp_path_factory: pytest.TempPathFactory) -> UrlFixer:
    """Return a fixer of a publication without issues."""
    return UrlFixer(Workspace(write_publication(tmp_path_factory.mktemp("lens"))))


@settings(max_examples=150)
@given(text=issues())
def test_a_fix_is_complete_and_keeps_the_rest(fixer: UrlFixer, text: str) -> None:
    """Fixing again changes nothing, comments and lines stay, and no entry's URL has tracking parameters."""
    file = fixer.workspace.issues_folder / "1.yaml"
    file.write_text(text, encoding="utf-8")
    first = fixer.issue(file)
    file.write_text(first.text, encoding="utf-8")
    second = fixer.issue(file)
    assert (second.count, second.text) == (0, first.text)
    before, after = text.split("\n"), first.text.split("\n")
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        assert old == new or "https" in old.replace("\\/", "/")
        assert old.partition("  # ")[2] == new.partition("  # ")[2]
        assert not old.startswith("    # ") or old == new
        assert len(new) <= len(old)
    urls = [json.loads(line.partition("  # ")[0].removeprefix("      url: ")) for line in after if " url: " in line]
    assert [url for url in urls if tracking_parameters(url)] == []
