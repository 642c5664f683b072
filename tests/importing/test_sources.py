"""Tests of the sources: each imports the same issue, and damaged input is an error."""

import io
import json
import re
import struct
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from newsletter.cli.main import main
from newsletter.issue.draft_document import read_draft
from newsletter.publication.section import PAPERS
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
    """Return a zip of files."""
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
GHOST = {
    "title": TITLE,
    "status": "published",
    "type": "post",
    "published_at": "2024-05-05T09:00:00.000Z",
    "slug": "lens",
}


def ghost(**content: str) -> str:
    """Return an export of Ghost with one post and one page."""
    posts = [{**GHOST, **content}, {**GHOST, "type": "page", "html": "<p>About</p>"}]
    return json.dumps({"db": [{"meta": {"version": "5.0"}, "data": {"posts": posts, "tags": []}}]})


LEXICAL = (PAGES / "lexical.json").read_text(encoding="utf-8")
MOBILEDOC = (PAGES / "mobiledoc.json").read_text(encoding="utf-8")
WORDPRESS = (
    '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" xmlns:wp="http://wordpress.org/export/1.2/"><channel>'
    "<title>L</title><language>en-US</language>"
    "<item><title>A picture</title><wp:post_type>attachment</wp:post_type></item>"
    f"<item><title>{TITLE}</title><link>https://l.example/7</link><content:encoded><![CDATA[{{body}}]]></content:encoded>"
    "<excerpt:encoded><![CDATA[]]></excerpt:encoded><wp:post_date>2024-05-05 23:30:00</wp:post_date>"
    "<wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item></channel></rss>"
)
# The classic editor leaves out paragraphs, and writes captions as shortcodes.
CLASSIC = re.sub(
    r"<figure>(<img[^>]*>)<figcaption>(.*?)</figcaption></figure>",
    r'[caption id="a" align="none" width="9"]\1 \2[/caption]',
    re.sub(r"</?p>", "\n\n", BODY.replace("<br>", "\n")),
)
YAML = f"---\ntitle: {TITLE}\ndate: 2024-05-05T09:00:00Z\ntags: [lens]\n---\n\n"
TOML = f'+++\ntitle = "{TITLE}"\ndate = 2024-05-05T09:00:00Z\ndraft = false\n+++\n\n'
JSON_FRONT = f'{{\n"title": "{TITLE}",\n"date": "2024-05-05"\n}}\n\n'
SHORTCODE = '{{< figure src="https://i.example/1.png" alt="A lens" caption="Image: A. Person" >}}'
HUGO = MARKDOWN.replace("![A lens](https://i.example/1.png)\n\nImage: A. Person", SHORTCODE)
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
    "ghost, HTML": ("ghost", "e.json", ghost(html=BODY).encode()),
    "ghost, Lexical": ("ghost", "e.zip", zipped({"ghost.json": ghost(lexical=LEXICAL)})),
    "ghost, Mobiledoc": ("ghost", "e.json", ghost(mobiledoc=MOBILEDOC).encode()),
    "wordpress": ("wordpress", "e.xml", WORDPRESS.replace("{body}", f"<!-- wp:html -->{BODY}").encode()),
    "wordpress, classic": ("wordpress", "e.xml", WORDPRESS.replace("{body}", CLASSIC).encode()),
    "markdown, YAML": ("markdown", "e.md", (YAML + MARKDOWN).encode()),
    "markdown, TOML": ("markdown", "e.zip", zipped({"content/_index.md": "# All", "content/lens.md": TOML + HUGO})),
    "markdown, JSON": ("markdown", "e.md", (JSON_FRONT + MARKDOWN).encode()),
    "markdown, dated": (
        "markdown",
        "e.zip",
        zipped({"_posts/2024-05-05-lens.md": f"---\ntitle: {TITLE}\n---\n{MARKDOWN}"}),
    ),
    "substack, its other export": (
        "substack",
        "e.zip",
        zipped({"posts.csv": POSTS.replace("77.lens", "77"), "posts/77.lens.html": BODY}),
    ),
    "rss": ("rss", "e.xml", RSS.encode()),
    "atom": ("rss", "e.atom", ATOM.encode()),
}


@pytest.fixture(autouse=True)
def publication(folder: Path) -> Path:
    """A publication without issues."""
    return write_publication(folder)


@pytest.mark.parametrize("export", EXPORTS.values(), ids=EXPORTS)
def test_all_sources_import_the_same_issue(run: Run, export: tuple[str, str, bytes]) -> None:
    """Title, date, highlights, sections and entries are the same for all formats."""
    source, name, content = export
    Path(name).write_bytes(content)
    result = run("import", source, name, code=0)
    assert result.stdout == "issues/007.yaml\n"
    assert result.stderr.startswith(
        "issues/007.yaml: 2 entries in 2 sections, 1 highlight.\nThe footer of the page was kept as comments"
    )
    issue = read_draft(Path("issues/007.yaml")).draft
    assert (issue.title, issue.date, issue.number, issue.status) == (TITLE, "2024-05-05", "7", "published")
    assert list(issue.points()) == [(PAPERS, 0, "A point on [lenses](https://p.example/1).")]
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


def test_a_page_is_read_from_standard_input() -> None:
    """`-` is standard input."""
    result = CliRunner().invoke(
        main, ["import", "medium", "-"], input=f"# {TITLE}\n\n{MARKDOWN}", catch_exceptions=False
    )
    assert (result.exit_code, result.stdout) == (0, "issues/007.yaml\n")
    assert "From line 28 of the page, its footer: # About me" in Path("issues/007.yaml").read_text()


def test_a_zip_on_standard_input_is_an_error() -> None:
    """The advice is to give the path of the zip."""
    result = CliRunner().invoke(main, ["import", "medium", "-"], input=zipped({"posts/a.html": POST}))
    assert result.exit_code == 1
    assert "expected a page on standard input, found a zip\nGive the path of the zip instead of `-`." in result.stderr


def test_two_issues_of_one_week_are_two_files(run: Run, folder: Path) -> None:
    """If the slug is the week, the second issue has a suffix. Importing them again is an error."""
    one = FRONT.replace(" — Issue 7", " in May") + MARKDOWN
    Path("e.zip").write_bytes(zipped({"a.md": one, "b.md": one.replace("2024-05-05", "2024-05-03")}))
    result = run("import", "buttondown", "e.zip", code=0)
    assert result.stdout == "issues/2024-week-18.yaml\nissues/2024-week-18-2.yaml\n"
    before = {path: path.read_bytes() for path in (folder / "issues").iterdir()}
    again = run("import", "buttondown", "e.zip", code=1)
    assert again.stdout == ""
    assert "Error: issues/2024-week-18-2.yaml already exists\nChoose another folder" in again.stderr
    assert {path: path.read_bytes() for path in (folder / "issues").iterdir()} == before


def test_of_two_pages_with_the_same_number_the_first_is_imported(run: Run) -> None:
    """The second, which is probably a draft of the first, is reported."""
    Path("e.zip").write_bytes(zipped({"posts/a.html": POST, "posts/draft_a.html": POST}))
    result = run("import", "medium", "e.zip", code=1)
    assert result.stdout == "issues/007.yaml\n"
    assert "Not imported: posts/draft_a.html." in result.stderr


def test_the_output_folder_of_an_issue_is_one_story(run: Run, folder: Path) -> None:
    """Of the files that `render all` writes, only the Medium story is imported, once."""
    write_publication(folder, _1=ISSUE)
    run("render", "all", "1", code=0)
    assert run("import", "medium", "build/1", "-o", "back", code=0).stdout == "back/1.yaml\n"
    ((_, _, entry),) = read_draft(folder / "back/1.yaml").draft.entries()
    assert (entry.title, entry.comment) == ("How lenses are ground", "A lens is *ground* before it is polished.")


def test_a_link_card_in_mediums_export_is_recognized(run: Run) -> None:
    """The title of a `mixtapeEmbed` becomes the source title, and its description a comment."""
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


def test_only_the_issues_of_an_export_are_imported(run: Run) -> None:
    """A post without entries is skipped and reported. Drafts stay drafts."""
    other = POST.replace(BODY, "<p>An essay.</p>")
    draft = POST.replace("Issue 7", "Issue 8")
    Path("e.zip").write_bytes(zipped({"posts/a.html": POST, "posts/b.html": other, "posts/draft_c.html": draft}))
    result = run("import", "medium", "e.zip", code=0)
    assert result.stdout == "issues/007.yaml\nissues/008.yaml\n"
    assert "Skipped: posts/b.html contains no entries." in result.stderr
    assert read_draft(Path("issues/008.yaml")).draft.status == "draft"


def hostile(change: Callable[[zipfile.ZipFile], None]) -> bytes:
    """Return a zip that a function adds files to."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("posts/a.html", POST)
        change(archive)
    return content.getvalue()


def encrypted() -> bytes:
    """Return a zip whose members are marked as encrypted."""
    content = bytearray(zipped({"posts/a.html": POST}))
    struct.pack_into("<H", content, content.index(b"PK\x01\x02") + 8, 1)
    return bytes(content)


def crowded() -> bytes:
    """Return a zip that declares too many members."""
    content = bytearray(zipped({"posts/a.html": POST}))
    struct.pack_into("<2H", content, content.index(b"PK\x05\x06") + 8, 0xFFFF, 0xFFFF)
    return bytes(content)


def truncated() -> bytes:
    """Return a zip without its end."""
    return zipped({"posts/a.html": POST * 50})[:-200]


def damaged() -> bytes:
    """Return a zip with a damaged member."""
    content = bytearray(zipped({"posts/a.html": POST, "posts/b.html": POST}))
    begin = content.index(b"posts/b.html") + 60
    content[begin : begin + 40] = bytes(40)
    return bytes(content)


def lzma_compressed() -> bytes:
    """Return a zip with a member that is marked as compressed with LZMA (APPNOTE 4.4.5)."""
    content = bytearray(zipped({"posts/a.html": POST}))
    content[content.rindex(b"PK\x01\x02") + 10] = 14
    return bytes(content)


def bomb(archive: zipfile.ZipFile) -> None:
    """Add zeros that exceed the limit for all files after decompression."""
    zeros = bytes(30_000_000)
    for number in range(40):
        archive.writestr(f"posts/{number}.html", zeros)


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a path outside its folder": (
        partial(hostile, lambda made: made.writestr("../../posts/x.html", "x")),
        "a path outside its folder",
    ),
    "an absolute path": (
        partial(hostile, lambda made: made.writestr("/etc/x.html", "x")),
        "a path outside its folder",
    ),
    "a path of Windows": (
        partial(hostile, lambda made: made.writestr("C:\\x.html", "x")),
        "a path outside its folder",
    ),
    "an unsupported compression": (lzma_compressed, "uses an unsupported compression"),
    "truncated": (truncated, "is incomplete: the end of the zip is missing"),
    "only its first bytes": (lambda: b"PK\x03\x04", "is incomplete: the end of the zip is missing"),
    "encrypted": (encrypted, "is encrypted"),
    "a million members": (crowded, "more than 100,000 files"),
    "a damaged member": (damaged, "cannot be read"),
    "a large member": (
        partial(hostile, lambda made: made.writestr("posts/x.html", bytes(21_000_000))),
        "larger than 20,000,000 bytes",
    ),
    "a bomb": (partial(hostile, bomb), "larger than 1,000,000,000 bytes"),
    "no story": (partial(zipped, {"a.txt.bin": "x", "b.bin": "x"}), "contains no stories"),
}
SLOW = {"a bomb": pytest.mark.slow}


@pytest.mark.parametrize(
    ("make", "message"),
    [pytest.param(*case, id=name, marks=SLOW.get(name, ())) for name, case in HOSTILE.items()],
)
def test_a_damaged_or_hostile_zip_is_one_error(run: Run, folder: Path, make: Callable[[], bytes], message: str) -> None:
    """Nothing is written, not even the issues that could be read."""
    Path("e.zip").write_bytes(make())
    before = sorted(folder.parent.rglob("*"))
    result = run("import", "medium", "e.zip", code=1)
    assert result.stdout == ""
    assert message in result.stderr
    assert result.stderr.count("Error:") == 1
    assert sorted(folder.parent.rglob("*")) == before


BROKEN: dict[str, tuple[str, str, bytes, str]] = {
    "a truncated feed": ("rss", "f.xml", RSS[:-300].encode(), "is incomplete: its end is missing"),
    "no feed": ("rss", "f.xml", b"<p>hello</p>", "is not a valid RSS or Atom feed"),
    "an empty feed": ("rss", "f.xml", b"<rss><channel></channel></rss>", "has no entries"),
    "truncated JSON": ("revue", "i.json", JSON[:-20].encode(), "is not valid JSON"),
    "other JSON": ("revue", "i.json", b'{"a": [1]}', "contains no issues from Revue"),
    "deep JSON": ("revue", "i.json", b"[" * 200_000, "is not valid JSON"),
    "no WordPress": ("wordpress", "w.xml", b"<", "is not a valid WordPress export"),
    "a truncated WordPress": ("wordpress", "w.xml", WORDPRESS[:-200].encode(), "is incomplete: its end is missing"),
    "a WordPress without posts": (
        "wordpress",
        "w.xml",
        b"<rss><channel></channel></rss>",
        "contains no posts from WordPress",
    ),
    "other JSON as Ghost": ("ghost", "g.json", b'{"db": [1]}', "contains no posts from Ghost"),
    "a damaged document of Ghost": ("ghost", "g.json", ghost(lexical="{").encode(), "is not valid JSON"),
    "TOML that is not valid": ("markdown", "m.md", b"+++\ntitle =\n+++\n", "is not valid TOML"),
    "front matter that is not JSON": ("markdown", "m.md", b"{\n'a'\n}\n", "is not valid JSON"),
    "a missing post": (
        "substack",
        "e.zip",
        zipped({"posts.csv": POSTS}),
        "the HTML of the post 77.lens in posts.csv is missing",
    ),
    "no posts": ("substack", "e.zip", zipped({"a.csv": "x", "b.csv": "x"}), "contains no posts"),
    "front matter that is not YAML": ("buttondown", "e.md", b"---\nsubject: [\n---\n\nx\n", "e.md:2:10: error:"),
    "not UTF-8": ("medium", "s.md", b"# Title\n\n\xff\xfe", "is not valid UTF-8"),
    "a very long page": ("medium", "s.md", b"a" * 1_000_001, "a page can have at most 1,000,000"),
    "a very long post": ("medium", "s.html", b"a" * 5_000_001, "a page can have at most 5,000,000"),
    "a file of 20 MB": ("medium", "s.md", bytes(20_000_001), "larger than 20,000,000 bytes"),
    "a deep page": ("medium", "s.html", b"<div>" * 50_000, "nested too deeply"),
    "a page of quotes in quotes": ("medium", "s.html", b"<blockquote>" * 100, "nested too deeply"),
    "an empty file": ("medium", "s.md", b"\n\n", "s.md is empty"),
    "a page without text": ("medium", "s.html", b"<p></p>", "s.html is empty"),
    "an empty entry": (
        "rss",
        "f.xml",
        b"<rss version='2.0'><channel><item/></channel></rss>",
        "entry 1 of f.xml is empty",
    ),
    "a feed as a story": ("medium", "s.md", RSS.encode(), "expected a story from Medium, found a feed"),
    "JSON as a story": ("medium", "s", JSON.encode(), "expected a story from Medium, found JSON"),
    "an email as a story": ("medium", "s.md", (FRONT + MARKDOWN).encode(), "Use `newsletter import buttondown`"),
    "a missing file": ("medium", "none.md", b"", "none.md does not exist"),
}


@pytest.mark.parametrize(("source", "name", "content", "message"), BROKEN.values(), ids=BROKEN)
def test_damaged_input_is_an_error(
    run: Run, folder: Path, source: str, name: str, content: bytes, message: str
) -> None:
    """The message explains the problem, and nothing is written."""
    if content:
        Path(name).write_bytes(content)
    result = run("import", source, name, code=1)
    assert (result.stdout, list((folder / "issues").iterdir())) == ("", [])
    assert message in result.stderr


@pytest.mark.parametrize(
    "page",
    [
        "<",
        "\u0001x",
        "# \u202eT\n\n# 1. Papers\n\n[**\u0007x**](https://a.example)\n\nC\ufdd0.\n",
        "# <b>T</b>: {{x}}\n\n# 1. Papers\n\n[**- #a: &b *c**](https://a.example/\"'>)\n\n--- !!python x\n",
        "> " * 3000 + "x",
        "- " * 3000 + "x",
    ],
)
def test_a_hostile_page_becomes_a_valid_file(run: Run, page: str) -> None:
    """Markup, YAML syntax, control characters and deep nesting in a page result in valid YAML."""
    Path("story.md").write_text(page)
    path = run("import", "medium", "story.md", code=0).stdout.strip()
    read_draft(Path(path))
