"""Every source imports the same issue, and what is broken is refused whole."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from newsletter.cli.main import main
from newsletter.issue.draft_document import read_draft
from newsletter.publication.section import Section
from tests.conftest import Run
from tests.publications import ISSUE, write_publication

PAGES = Path(__file__).parent / "pages"
BODY = (PAGES / "body.html").read_text(encoding="utf-8")
MARKDOWN = """\
## Papers

- A point on [lenses](https://p.example/1).

---

# 1. Papers

[**How lenses are ground**](https://a.example/lens?utm_source=x) — [a.example](https://a.example/lens)

![A lens](https://i.example/1.png)

Image: A. Person

*Lenses, explained*
They are *ground*.

# 2. Other Topics

[**A tail**](https://a.example/tail)

Its `comment`.

---

# About me

An engineer.
"""
TITLE = "The Weekly Lens — Issue 7"


def zipped(files: dict[str, str]) -> bytes:
    """A zip of some files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


POST = (PAGES / "post.html").read_text(encoding="utf-8").replace("@title@", TITLE).replace("@body@", BODY)
POSTS = (
    "post_id,post_date,is_published,email_sent_at,type,audience,title,subtitle,podcast_url\n"
    f"77.lens,2024-05-05T09:00:00.000Z,true,,newsletter,everyone,{TITLE},,\n"
    "78.talk,2024-05-06T09:00:00.000Z,true,,podcast,everyone,A talk,,https://x.example/a.mp3\n"
)
FRONT = f"---\nid: abc\nsubject: {TITLE}\nstatus: sent\npublish_date: 2024-05-05T09:00:00Z\nslug: lens\n---\n\n"
JSON = json.dumps(
    {"posts": [{"title": TITLE, "html": BODY, "sent_at": "2024-05-05T09:00:00Z", "url": "https://www.getrevue.co/p/7"}]}
)
RSS = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>L</title>'
    f"<item><title>{TITLE}</title><link>https://l.example/7</link><pubDate>Sun, 05 May 2024 09:00:00 GMT</pubDate>"
    f"<description>Cut</description><content:encoded><![CDATA[{BODY}]]></content:encoded></item></channel></rss>"
)
ATOM = (
    '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>L</title><entry>'
    f'<title>{TITLE}</title><link href="https://l.example/7"/><published>2024-05-05T09:00:00Z</published>'
    f'<content type="html"><![CDATA[{BODY}]]></content></entry></feed>'
)
EXPORTS: dict[str, tuple[str, str, bytes]] = {
    "medium, a story": ("medium", "s.md", f"# {TITLE}\n\n5 May 2024\n\n{MARKDOWN}".encode()),
    "medium, the export": (
        "medium",
        "e.zip",
        zipped({"posts/2024-05-05_lens.html": POST, "profile/me.html": "<p>Me</p>", "README.html": ""}),
    ),
    "substack": (
        "substack",
        "e.zip",
        zipped({"posts.csv": POSTS, "posts/77.lens.html": BODY, "posts/77.lens.opens.csv": "a"}),
    ),
    "buttondown, an email": ("buttondown", "e.md", (FRONT + MARKDOWN).encode()),
    "buttondown, an archive": ("buttondown", "e.zip", zipped({"emails/lens.md": FRONT + MARKDOWN})),
    "revue": ("revue", "e.zip", zipped({"issues.json": JSON})),
    "rss": ("rss", "e.xml", RSS.encode()),
    "atom": ("rss", "e.atom", ATOM.encode()),
}


@pytest.fixture(autouse=True)
def publication(folder: Path) -> Path:
    """A publication with no issue yet."""
    return write_publication(folder)


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
def test_every_source_brings_in_the_same_issue(run: Run, export: tuple[str, str, bytes]) -> None:
    """Title, date, highlights, sections and entries, whatever the container."""
    source, name, content = export
    Path(name).write_bytes(content)
    result = run("import", source, name, code=0)
    assert result.stdout == "issues/007.yaml\n"
    assert result.stderr.startswith(
        "issues/007.yaml: 2 entries in 2 sections, 1 highlight.\nThe footer of the page was kept as comments"
    )
    issue = read_draft(Path("issues/007.yaml")).draft
    assert (issue.title, issue.date, issue.number, issue.status) == (TITLE, "2024-05-05", "7", "published")
    assert list(issue.points()) == [(Section.PAPERS, 0, "A point on [lenses](https://p.example/1).")]
    (_, _, lens), (_, _, tail) = issue.entries()
    assert (lens.title, lens.url, lens.source_title, lens.comment) == (
        "How lenses are ground",
        "https://a.example/lens",
        "Lenses, explained",
        "They are *ground*.",
    )
    assert (lens.image, lens.image_alt, lens.image_credit) == ("https://i.example/1.png", "A lens", "A. Person")
    assert (tail.title, tail.url, tail.comment) == ("A tail", "https://a.example/tail", "Its `comment`.")
    run("check", "007", code=0)


def test_a_page_comes_from_standard_input() -> None:
    """A `-` in place of a file."""
    result = CliRunner().invoke(
        main, ["import", "medium", "-"], input=f"# {TITLE}\n\n{MARKDOWN}", catch_exceptions=False
    )
    assert (result.exit_code, result.stdout) == (0, "issues/007.yaml\n")
    assert "From line 28 of the page, its foot: # About me" in Path("issues/007.yaml").read_text()


def test_a_zip_on_standard_input_is_named_one() -> None:
    """The export itself is named, not piped."""
    result = CliRunner().invoke(main, ["import", "medium", "-"], input=zipped({"posts/a.html": POST}))
    assert result.exit_code == 1
    assert "standard input is a zip, and a page is read from it\nName the zip's file." in result.stderr


def test_two_issues_of_one_week_are_two_files(run: Run, folder: Path) -> None:
    """Where the date gives the slug, the second of a week has a mark; bringing them in again changes nothing."""
    one = FRONT.replace(" — Issue 7", " in May") + MARKDOWN
    Path("e.zip").write_bytes(zipped({"a.md": one, "b.md": one.replace("2024-05-05", "2024-05-03")}))
    result = run("import", "buttondown", "e.zip", code=0)
    assert result.stdout == "issues/2024-week-18.yaml\nissues/2024-week-18-2.yaml\n"
    before = {path: path.read_bytes() for path in (folder / "issues").iterdir()}
    again = run("import", "buttondown", "e.zip", code=1)
    assert again.stdout == ""
    assert "Error: issues/2024-week-18-2.yaml is there already\nIt stays as it is." in again.stderr
    assert {path: path.read_bytes() for path in (folder / "issues").iterdir()} == before


def test_two_pages_of_one_number_are_not_told_apart(run: Run) -> None:
    """One of them is a mistake, or a draft of the other: the first is taken, and the other named."""
    Path("e.zip").write_bytes(zipped({"posts/a.html": POST, "posts/draft_a.html": POST}))
    result = run("import", "medium", "e.zip", code=1)
    assert result.stdout == "issues/007.yaml\n"
    assert "Not imported: posts/draft_a.html." in result.stderr


def test_a_folder_of_rendered_files_is_one_story(run: Run, folder: Path) -> None:
    """Of all that `render all` writes, the Medium story is taken, and once."""
    write_publication(folder, _1=ISSUE)
    run("render", "all", "1", code=0)
    assert run("import", "medium", "build/1", "-o", "back", code=0).stdout == "back/1.yaml\n"
    ((_, _, entry),) = read_draft(folder / "back/1.yaml").draft.entries()
    assert (entry.title, entry.comment) == ("How lenses are ground", "A lens is *ground* before it is polished.")


def test_a_card_of_mediums_export_is_one(run: Run) -> None:
    """`mixtapeEmbed`: its title is the source's, and its teaser a remark."""
    link = '<a href="https://a.example/x"><strong>Its title</strong><br><em>Its teaser</em>a.example</a>'
    card = f'<div class="graf graf--mixtapeEmbed">{link}<a href="https://a.example/x" class="mixtapeImage"></a></div>'
    title = '<a href="https://medium.com/r/?url=https%3A%2F%2Fa.example%2Fx"><strong>T</strong></a>'
    body = f"<h3>1. Papers</h3><p>{title}</p>{card}<p>C.</p>"
    Path("p.html").write_text(f"<h3>{TITLE}</h3>{body}")
    run("import", "medium", "p.html", code=0)
    ((_, _, entry),) = read_draft(Path("issues/007.yaml")).draft.entries()
    assert (entry.title, entry.url, entry.source_title, entry.comment) == (
        "T",
        "https://a.example/x",
        "Its title",
        "C.",
    )
    assert "its link card: Its teaser" in Path("issues/007.yaml").read_text()


def test_of_an_export_only_the_issues_are_taken(run: Run) -> None:
    """A post without an entry is left out and named; the other issues are written; a draft stays one."""
    other = POST.replace(BODY, "<p>An essay.</p>")
    draft = POST.replace("Issue 7", "Issue 8")
    Path("e.zip").write_bytes(zipped({"posts/a.html": POST, "posts/b.html": other, "posts/draft_c.html": draft}))
    result = run("import", "medium", "e.zip", code=0)
    assert result.stdout == "issues/007.yaml\nissues/008.yaml\n"
    assert "Skipped: posts/b.html contains no entries." in result.stderr
    assert read_draft(Path("issues/008.yaml")).draft.status == "draft"


def hostile(change: Callable[[zipfile.ZipFile], None]) -> bytes:
    """A zip that a function fills."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("posts/a.html", POST)
        change(archive)
    return content.getvalue()


def encrypted() -> bytes:
    """A zip whose members say that they are encrypted."""
    content = bytearray(zipped({"posts/a.html": POST}))
    struct.pack_into("<H", content, content.index(b"PK\x01\x02") + 8, 1)
    return bytes(content)


def crowded() -> bytes:
    """A zip that says it has very many members."""
    content = bytearray(zipped({"posts/a.html": POST}))
    struct.pack_into("<2H", content, content.index(b"PK\x05\x06") + 8, 0xFFFF, 0xFFFF)
    return bytes(content)


def cut_short() -> bytes:
    """A zip without its end."""
    return zipped({"posts/a.html": POST * 50})[:-200]


def damaged() -> bytes:
    """A zip one of whose members was changed after it was written."""
    content = bytearray(zipped({"posts/a.html": POST, "posts/b.html": POST}))
    begin = content.index(b"posts/b.html") + 60
    content[begin : begin + 40] = bytes(40)
    return bytes(content)


def packed_otherwise() -> bytes:
    """A zip one of whose members says that it is packed with LZMA (APPNOTE 4.4.5)."""
    content = bytearray(zipped({"posts/a.html": POST}))
    content[content.rindex(b"PK\x01\x02") + 10] = 14
    return bytes(content)


def bomb(archive: zipfile.ZipFile) -> None:
    """Zeros that unpack to more than is taken of all files."""
    zeros = bytes(30_000_000)
    for number in range(40):
        archive.writestr(f"posts/{number}.html", zeros)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a path that leads out": (
        partial(hostile, lambda made: made.writestr("../../posts/x.html", "x")),
        "would lead out of its folder",
    ),
    "an absolute path": (
        partial(hostile, lambda made: made.writestr("/etc/x.html", "x")),
        "would lead out of its folder",
    ),
    "a path of Windows": (
        partial(hostile, lambda made: made.writestr("C:\\x.html", "x")),
        "would lead out of its folder",
    ),
    "packed otherwise": (packed_otherwise, "packed in a way that no export is"),
    "cut short": (cut_short, "cut short"),
    "only its beginning": (lambda: b"PK\x03\x04", "cut short"),
    "encrypted": (encrypted, "encrypted"),
    "a million members": (crowded, "more than 100,000 files"),
    "a damaged member": (damaged, "cannot be read"),
    "a large member": (
        partial(hostile, lambda made: made.writestr("posts/x.html", bytes(21_000_000))),
        "more than 20,000,000 bytes",
    ),
    "a bomb": (partial(hostile, bomb), "more than 1,000,000,000 bytes"),
    "no story": (partial(zipped, {"a.txt.bin": "x", "b.bin": "x"}), "holds no story"),
}
SLOW = {"a bomb": pytest.mark.slow}


@pytest.mark.parametrize(
    ("make", "message"),
    [pytest.param(*case, id=name, marks=SLOW.get(name, ())) for name, case in HOSTILE.items()],
)
def test_a_broken_or_hostile_zip_is_refused_whole(
    run: Run, folder: Path, make: Callable[[], bytes], message: str
) -> None:
    """One message, and nothing is written, not even the issues that could be read."""
    Path("e.zip").write_bytes(make())
    before = sorted(folder.parent.rglob("*"))
    result = run("import", "medium", "e.zip", code=1)
    assert result.stdout == ""
    assert message in result.stderr
    assert result.stderr.count("Error:") == 1
    assert sorted(folder.parent.rglob("*")) == before


BROKEN: dict[str, tuple[str, str, bytes, str]] = {
    "a feed cut short": ("rss", "f.xml", RSS[:-300].encode(), "cut short"),
    "no feed": ("rss", "f.xml", b"<p>hello</p>", "no RSS or Atom feed"),
    "an empty feed": ("rss", "f.xml", b"<rss><channel></channel></rss>", "has no entry"),
    "JSON cut short": ("revue", "i.json", JSON[:-20].encode(), "no JSON that can be read"),
    "other JSON": ("revue", "i.json", b'{"a": [1]}', "holds no issue of Revue"),
    "deep JSON": ("revue", "i.json", b"[" * 200_000, "no JSON that can be read"),
    "a post that is missing": ("substack", "e.zip", zipped({"posts.csv": POSTS}), "its HTML is missing"),
    "no posts": ("substack", "e.zip", zipped({"a.csv": "x", "b.csv": "x"}), "holds no post"),
    "front matter that is no YAML": ("buttondown", "e.md", b"---\nsubject: [\n---\n\nx\n", "e.md:2:10: error:"),
    "not UTF-8": ("medium", "s.md", b"# Title\n\n\xff\xfe", "is not valid UTF-8"),
    "a very long page": ("medium", "s.md", b"a" * 1_000_001, "at most 1,000,000 of a page are read"),
    "a very long post": ("medium", "s.html", b"a" * 5_000_001, "at most 5,000,000 of a page are read"),
    "a file of 20 MB": ("medium", "s.md", bytes(20_000_001), "more than 20,000,000 bytes"),
    "a deep page": ("medium", "s.html", b"<div>" * 50_000, "nested too deep"),
    "a page of quotes in quotes": ("medium", "s.html", b"<blockquote>" * 100, "nested too deep"),
    "an empty file": ("medium", "s.md", b"\n\n", "there is nothing in s.md"),
    "a page without a word": ("medium", "s.html", b"<p></p>", "there is nothing in s.html"),
    "an empty entry": (
        "rss",
        "f.xml",
        b"<rss version='2.0'><channel><item/></channel></rss>",
        "there is nothing in entry 1",
    ),
    "a feed as a story": ("medium", "s.md", RSS.encode(), "no story of Medium's, but a feed"),
    "JSON as a story": ("medium", "s", JSON.encode(), "no story of Medium's, but JSON"),
    "an email as a story": ("medium", "s.md", (FRONT + MARKDOWN).encode(), "See `newsletter import buttondown`"),
    "no file": ("medium", "none.md", b"", "there is no such file"),
}


@pytest.mark.parametrize(("source", "name", "content", "message"), BROKEN.values(), ids=BROKEN)
def test_what_cannot_be_read_is_said(
    run: Run, folder: Path, source: str, name: str, content: bytes, message: str
) -> None:
    """A clear message, and nothing is written."""
    if content:
        Path(name).write_bytes(content)
    result = run("import", source, name, code=1)
    assert (result.stdout, list((folder / "issues").iterdir())) == ("", [])
    assert message in result.stderr


@pytest.mark.parametrize(
    "page",
    [
        "<",
        "\u0001",
        "# \u202eT\n\n# 1. Papers\n\n[**\u0007x**](https://a.example)\n\nC\ufdd0.\n",
        "# <b>T</b>: {{x}}\n\n# 1. Papers\n\n[**- #a: &b *c**](https://a.example/\"'>)\n\n--- !!python x\n",
        "> " * 3000 + "x",
        "- " * 3000 + "x",
    ],
)
def test_a_hostile_page_becomes_a_file_that_can_be_read(run: Run, page: str) -> None:
    """Markup, YAML's marks, control characters, nesting: what is written is YAML."""
    Path("story.md").write_text(page)
    path = run("import", "medium", "story.md", code=0).stdout.strip()
    read_draft(Path(path))
