"""Tests of capturing: the metadata of pages, and the entries created from them."""

import asyncio
import io
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import TypeAdapter

from newsletter.capture.captured_entry import CapturedEntry, CaptureOptions
from newsletter.capture.clean_text import clean_line
from newsletter.capture.draft_entry import draft_of_page, entry_url
from newsletter.capture.fetch_entry import capture
from newsletter.capture.html_metadata import first_element
from newsletter.capture.inputs.detect import detect_links
from newsletter.capture.inputs.link import InputLink
from newsletter.capture.landing_page import landing_url
from newsletter.capture.page_image import file_stem
from newsletter.capture.page_metadata import PageMetadata, read_page
from newsletter.capture.section_rules import choose_section
from newsletter.documents.nodes import Mapping
from newsletter.documents.source import Source
from newsletter.documents.yaml_tree import compose
from newsletter.errors import FetchError, NewsletterError
from newsletter.fields.address import WebAddress
from newsletter.fields.text import Line
from newsletter.http.address_guard import is_public_or_own
from newsletter.http.fetcher import Fetcher
from newsletter.issue.draft import EntryDraft
from newsletter.issue.draft_document import draft_from_tree
from newsletter.issue.draft_yaml import entry_text
from newsletter.publication.section import ARTICLES, DEFAULT_SECTIONS, FEATURED, OTHER, PAPERS, USE_CASES, SectionKey
from newsletter.text.charset import decode_page
from tests.capture import pages
from tests.conftest import REPOSITORY
from tests.loopback import Reply, Server, page, resolver_for, serve_web

SITES = {
    "arxiv.org/abs/2109.01234": pages.ARXIV,
    "arxiv.org/abs/2109.01234v2": pages.ARXIV,
    "openreview.net/forum?id=gl4ss": pages.OPENREVIEW,
    "openaccess.thecvf.com/content/CVPR2021/html/Prisms_paper.html": pages.CVF,
    "aclanthology.org/2021.lens-long.1/": pages.ACL,
    "github.com/opticians/lens": pages.GITHUB,
    "www.youtube.com/watch?v=gr1ndingIt0": pages.YOUTUBE,
    "bench-notes.example/week/": pages.BLOG,
}


def picture(width: int = 800, height: int = 400, kind: str = "PNG") -> Reply:
    """Return the response to a request for an image."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, kind)
    return Reply(file.getvalue(), f"image/{kind.lower()}")


@pytest.fixture(scope="module")
def web() -> Iterator[Server]:
    """A server that all host names resolve to."""
    with serve_web() as server:
        server.pages |= {place: page(text) for place, text in SITES.items()}
        server.pages["aclanthology.org/thumb/2021.lens-long.1.png"] = picture(300, 400)
        server.pages["github.com/card.png"] = picture(kind="WEBP")
        server.pages["www.youtube.com/vi/maxresdefault.png"] = picture()
        server.pages["bench-notes.example/week/bench.png"] = picture()
        yield server


def capture_url(url: str, web: Server, title: str = "", **options: object) -> CapturedEntry:
    """Capture a URL."""

    async def run() -> CapturedEntry:
        async with Fetcher("test-agent", rule=is_public_or_own, resolver=resolver_for(web)) as fetcher:
            capture_options = CaptureOptions(DEFAULT_SECTIONS, {}, "en", **options)  # type: ignore[arg-type]
            return await capture(InputLink(url, title), capture_options, fetcher, set[str]().__contains__)

    return asyncio.run(run())


@pytest.mark.parametrize(
    "address",
    [
        *("abs/2109.01234", "abs/2109.01234v2", "pdf/2109.01234", "pdf/2109.01234.pdf", "pdf/2109.01234v2.pdf"),
        *("html/2109.01234v2", "abs/2109.01234?context=cs.CV", "abs/2109.01234#comments"),
    ],
)
@pytest.mark.parametrize("host", ["arxiv.org", "www.arxiv.org", "export.arxiv.org"])
def test_any_url_of_an_arxiv_paper(host: str, address: str, web: Server) -> None:
    """Number, title, authors and abstract come from the abstract page, for every form of the URL.

    The entry has the canonical URL, unless the given URL has a version or a fragment.
    """
    url = f"http://{host}/{address}"
    found = capture_url(url, web)
    assert found.entry == EntryDraft(
        url="https://arxiv.org/abs/2109.01234" if host != "export.arxiv.org" and not set("v#") & set(address) else url,
        title="Small Lenses See Far: A Study of Optics in Networks",
        source_title="Small Lenses See Far: A Study of Optics in Networks",
        remarks=(
            "arXiv 2109.01234 · Ada Novak, Can Öztürk · 2021-09-02",
            "We grind small lenses, and find that they see as far as large ones do. Networks that were",
            "trained through them keep their accuracy on four benchmarks, and need a tenth of the light:",
            "this holds for still images and for video.",
        ),
    )
    assert (found.section, found.picture) == (PAPERS, None)


@pytest.mark.parametrize(
    ("url", "page_url"),
    [
        ("https://arxiv.org/pdf/cs/0112017v1.pdf", "https://arxiv.org/abs/cs/0112017v1"),
        ("https://arxiv.org/pdf/hep-th/9711200", "https://arxiv.org/abs/hep-th/9711200"),
        ("https://arxiv.org/abs/math.GT/0309136", "https://arxiv.org/abs/math.GT/0309136"),
        ("https://arxiv.org/format/2109.01234", "https://arxiv.org/abs/2109.01234"),
        ("https://arxiv.org/e-print/2109.01234v2", "https://arxiv.org/abs/2109.01234v2"),
        ("https://ar5iv.labs.arxiv.org/html/2109.01234", "https://arxiv.org/abs/2109.01234"),
        ("https://www.alphaxiv.org/abs/2109.01234v1", "https://arxiv.org/abs/2109.01234v1"),
        ("https://openreview.net/pdf?id=gl4ss", "https://openreview.net/forum?id=gl4ss"),
        (
            "https://openaccess.thecvf.com/content/CVPR2021/papers/Prisms_paper.pdf",
            "https://openaccess.thecvf.com/content/CVPR2021/html/Prisms_paper.html",
        ),
        ("https://aclanthology.org/2021.lens-long.1.pdf", "https://aclanthology.org/2021.lens-long.1/"),
        ("https://aclanthology.org/2021.lens-long.1v2.pdf", "https://aclanthology.org/2021.lens-long.1/"),
        ("http://proceedings.mlr.press/v139/a21a/a21a.pdf", "http://proceedings.mlr.press/v139/a21a.html"),
        ("https://youtu.be/gr1ndingIt0?t=4", "https://www.youtube.com/watch?v=gr1ndingIt0"),
        ("https://m.youtube.com/shorts/gr1ndingIt0", "https://www.youtube.com/watch?v=gr1ndingIt0"),
        ("https://example.org/a.pdf", "https://example.org/a.pdf"),
    ],
)
def test_the_landing_page_of_a_file_is_found(url: str, page_url: str) -> None:
    """PDFs and video players have little metadata, so the page that describes them is fetched."""
    assert landing_url(url) == page_url


def test_papers_have_authors_abstract_and_section(web: Server) -> None:
    """On OpenReview, CVF and the ACL Anthology, authors and abstract become remarks, and logos are not used."""
    review = capture_url("http://openreview.net/pdf?id=gl4ss", web)
    assert review.entry.title == "Glass Transformers"
    assert review.entry.remarks == ("Mei Tanaka, Jo Brandt · 2021-01-12", "A transformer made of glass.")
    assert review.picture is None
    prisms = capture_url("http://openaccess.thecvf.com/content/CVPR2021/papers/Prisms_paper.pdf", web)
    assert prisms.entry.title == "Seeing Through Prisms"
    assert prisms.entry.remarks == ("Lia Ferrari, Chidi Okoye · 2021", "Prisms split light. We put it together again.")
    words = capture_url("http://aclanthology.org/2021.lens-long.1.pdf", web)
    assert words.entry.title == "Words Under a Lens"
    assert words.entry.remarks == ("Ines Duarte · 2021-08", "Words look larger under a lens, and mean the same.")
    assert words.picture
    assert words.picture.name == "words-under-a-lens.png"
    assert {review.section, prisms.section, words.section} == {PAPERS}


def test_a_repository_a_video_and_a_blog(web: Server) -> None:
    """On GitHub, YouTube and a blog, the site's name is removed from the title, and images have alternative texts."""
    code = capture_url("http://github.com/opticians/lens", web)
    assert (code.entry.title, code.section) == ("opticians/lens: Lenses for every network", ARTICLES)
    assert code.entry.source_title == "GitHub - opticians/lens: Lenses for every network"
    assert code.entry.image_alt == "Lenses for every network"
    assert code.picture
    assert code.picture.name == "opticians-lens-lenses-for-every-network.jpg"
    video = capture_url("http://youtu.be/gr1ndingIt0", web)
    assert (video.entry.url, video.entry.title) == ("http://youtu.be/gr1ndingIt0", "How a lens is ground")
    assert video.entry.remarks == ("The Workshop · 2021-09-01", "The page is in another language: ja-JP.")
    blog = capture_url("http://bench-notes.example/week/?utm_source=mail&utm_medium=x", web)
    assert blog.entry.url == "http://bench-notes.example/week/"
    assert blog.entry.title == "A week at the bench & what it taught us"
    assert blog.entry.remarks == ("Sam Ito · 2021-09-10", "Five days, one lens.")
    assert (blog.entry.image_alt, blog.section) == ("A bench with a lens on it", ARTICLES)


def test_a_paper_is_known_by_its_metadata(web: Server) -> None:
    """On an unknown host, a page with the metadata of a paper is a paper."""
    web.pages["lab.example/a"] = page(pages.CVF)
    assert capture_url("http://lab.example/a", web).section == PAPERS
    assert capture_url("http://lab.example/a", web, section=FEATURED).section == FEATURED


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=404), "a.example answered 404 Not Found"),
        (Reply(status=599), "a.example answered 599"),
        (Reply(b"%PDF-1.4", "application/pdf"), "expected an HTML page, found application/pdf"),
        (
            Reply(pages.FEED.encode(), "text/xml"),
            "the page is a feed; use `newsletter add --feed URL` to add its items",
        ),
        (Reply(b"x" * 5_000_001), "the response is larger than 5 MB"),
        (Reply(b" \n"), "the page is empty"),
    ],
)
def test_a_page_that_cannot_be_read_is_an_error(reply: Reply, reason: str, web: Server) -> None:
    """The error has the reason."""
    web.pages["a.example/x"] = reply
    with pytest.raises(FetchError) as caught:
        capture_url("http://a.example/x", web)
    assert caught.value.message == reason


def test_a_page_without_a_title_gives_a_remark(web: Server) -> None:
    """If a bookmark or feed has a title, it is used instead."""
    web.pages["a.example/x"] = page("<p>Words.")
    assert capture_url("http://a.example/x", web).entry.remarks == ("The page has no title.",)
    assert capture_url("http://a.example/x", web, "One").entry == EntryDraft(url="http://a.example/x", title="One")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(b"<html>no"), "expected an image, found an HTML page"),
        (Reply(b"<html>no", "image/png"), "not a valid image"),
        (Reply(b"<svg xmlns='x'/>", "image/svg+xml"), "the image is an SVG, which email clients do not show"),
        (picture(8, 8), "the image is too small: 8 × 8 pixels"),
        (Reply(status=403), "pics.example answered 403 Forbidden"),
        (Reply(b"x" * 5_000_001, "image/png"), "the response is larger than 5 MB"),
    ],
)
def test_an_invalid_image_gives_a_remark(reply: Reply, reason: str, web: Server) -> None:
    """The entry has no image, and a remark with the reason."""
    web.pages["pics.example/"] = page('<title>T</title><meta property="og:image" content="/a.png">')
    web.pages["pics.example/a.png"] = reply
    found = capture_url("http://pics.example/", web)
    assert found.picture is None
    assert found.entry.remarks == (f"No image: {reason}. http://pics.example/a.png",)
    assert capture_url("http://pics.example/", web, images=False).entry.remarks == ()


def test_an_image_is_resized_for_email(web: Server) -> None:
    """A large photo is resized to twice the width of the column."""
    web.pages["photo.example/"] = page('<title>Ünïcode’s 写真</title><meta name="twitter:image" content="a.jpg">')
    web.pages["photo.example/a.jpg"] = picture(3000, 2000, "JPEG")
    found = capture_url("http://photo.example/", web).picture
    assert found
    assert (found.name, Image.open(io.BytesIO(found.content)).size) == ("unicodes.jpg", (1056, 704))


@pytest.mark.parametrize(
    ("title", "address", "stem"),
    [
        ("Barlow Twins: Self-Supervised Learning", "http://a.example/x.png", "barlow-twins-self-supervised-learning"),
        ("A " * 40 + "end", "http://a.example/x.png", "-".join("a" * 20)),
        ("日本語の題", "http://a.example/up/fig-one.large.png", "fig-one"),
        ("日本語の題", "http://a.example/", "image"),
        ("x" * 90, "http://a.example/", "x" * 40),
        ("../../etc/passwd", "http://a.example/", "etc-passwd"),
    ],
)
def test_an_image_file_is_named_after_the_title(title: str, address: str, stem: str) -> None:
    """The name has ASCII characters that are valid in all file systems."""
    assert file_stem(title, address) == stem


@pytest.mark.parametrize(
    ("url", "section"),
    [
        ("https://arxiv.org/abs/2109.01234", PAPERS),
        ("https://export.arxiv.org/abs/2109.01234", PAPERS),
        ("https://doi.org/10.48550/arXiv.2109.01234", PAPERS),
        ("https://notarxiv.org/abs/2109.01234", ARTICLES),
        ("https://cases.example.org/a", USE_CASES),
        ("https://www.example.org/a", OTHER),
        ("https://github.com/a/b", OTHER),
    ],
)
def test_the_section_depends_on_the_domain(url: str, section: SectionKey) -> None:
    """The publication's rules take precedence over the default rules, and subdomains over their parents."""
    rules = {"www.example.org": OTHER, "Cases.Example.org": USE_CASES, "github.com": OTHER}
    assert choose_section(url, DEFAULT_SECTIONS, rules) == section


def test_a_canonical_url_cannot_replace_the_story() -> None:
    """It is used if it is the same story on the same host. Any other canonical URL becomes a remark."""
    given = "https://a.example/story?utm_source=x&ref=y"
    for canonical, expected in (
        ("https://a.example/story", "https://a.example/story"),
        ("https://evil.example/casino", "https://a.example/story?ref=y"),
        ("https://a.example/", "https://a.example/story?ref=y"),
        ('https://a.example/story?utm_source="><script>', "https://a.example/story?ref=y"),
    ):
        shown = draft_of_page(PageMetadata(given, canonical=canonical), given, "en")
        assert shown.url == expected
        assert bool(shown.remarks) == (canonical in ("https://evil.example/casino", "https://a.example/"))
    assert (
        entry_url("https://t.co/x", PageMetadata("https://a.example/story?utm_source=x")) == "https://a.example/story"
    )
    assert entry_url("https://b.example/x", PageMetadata("https://a.example/story")) == "https://b.example/x"


@pytest.mark.parametrize(
    ("content", "type"),
    [
        ("<meta charset=utf-8><title>日本語の題</title>".encode(), "text/html"),
        ("<title>日本語の題</title>".encode(), "text/html; charset=iso-8859-1"),
        ("<title>日本語の題</title>".encode("utf-8-sig"), ""),
        ("<title>日本語の題</title>".encode("utf-16"), ""),
        ("<meta charset=shift_jis><title>日本語の題</title>".encode("shift_jis"), "text/html"),
        ("<title>日本語の題</title>".encode("euc-jp"), "text/html; charset=EUC-JP"),
        ("<title>日本語の題</title>".encode("iso-2022-jp"), "text/html; charset=iso-2022-jp"),
        (f"<title>日本語の題</title><p>{'とても長い本文です。' * 20}".encode("shift_jis"), "text/html; charset=utf-8"),
        (f"<title>日本語の題</title><p>{'とても長い本文です。' * 20}".encode("euc-jp"), "text/html; charset=hex"),
        (f"<title>日本語の題</title><p>{'とても長い本文です。' * 99}".encode() + b"\xff", "text/html; charset=utf-8"),
    ],
)
def test_the_charset_of_a_page_is_detected(content: bytes, type: str) -> None:
    """The order is: byte order mark, valid UTF-8, the declared charset if it is valid, and detection."""
    assert read_page(decode_page(content, type), "http://a.example/").title == "日本語の題"


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("", ""),
        ("<p>words</p>", ""),
        ("<title> A \n title\t</title>", "A title"),
        ("<title>A | b | The Site</title><meta property=og:site_name content='The Site'>", "A | b"),
        ("<title>The Site: A</title><meta property=og:site_name content='The Site'>", "A"),
        ("<title>A - Bench</title>", "A"),
        ("<title>A - bench.example</title>", "A"),
        ("<title>A - B</title>", "A - B"),
        ("<title>Bench</title>", "Bench"),
        ("<title>Tom &amp;amp; Jerry &amp;#39;s</title>", "Tom & Jerry 's"),
        ("<title>[2109.01234] A</title>", "A"),
        ("<h1>A <em>b</em></h1>", "A b"),
        ("<svg><title>icon</title></svg><h1>A</h1>", "A"),
        ("<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>", "<script>alert(1)</script>"),
        ("<title>a\x00b\x1b[31m\u202eevil\u2066 \ufffe\ue000</title>", "ab [31mevil"),
        ("<title>: - # {{unsubscribe_url}} @x</title>", ": - # {{unsubscribe_url}} @x"),
        (f"<title>{'word ' * 200_000}</title>", "word " * 58 + "word…"),
        ('<script type="application/ld+json">{"@type":"NewsArticle","headline":"A"}</script>', "A"),
        ('<script type="application/ld+json">{"a":' * 3 + "</script><title>A</title>", "A"),
        (f'<script type="application/ld+json">{"[" * 100_000}</script><title>A</title>', "A"),
        ('<script type="application/ld+json">[1,null,{"@type":null,"author":7}]</script><title>A</title>', "A"),
        ("<div>" * 100_000 + "<title>A</title>", ""),
        ("<?x><!--x--><!a [b]>" * 5_000 + "<title>A</title>", "A"),
    ],
)
def test_a_title_is_one_clean_line(markup: str, title: str) -> None:
    """The title has no site name and no invisible characters, and is not too long."""
    assert read_page(markup, "https://www.bench.example/a").title == title


HOSTILE = st.text(st.characters(codec=None, exclude_categories=())) | st.sampled_from(
    [
        "\u202e",
        "\ud800",
        "]]>",
        "</title><script>",
        "'\"><x",
        "- a: &b *c",
        "\r\n\x85\u2028",
        "\ufeff",
        "{{a}}",
        "\x7f\x9f",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(HOSTILE, min_size=8, max_size=8))
@example(["", "", "", "", "#\x1b", "", "", ""])
@example(["\u0600\u070f\u180e"] * 8)
def test_any_metadata_becomes_a_valid_entry(words: list[str]) -> None:
    """Title, alternative text, URL and remarks are valid in an issue, and are the same after parsing its file."""
    head = {"@type": "Article", "headline": words[0], "author": {"name": words[1]}, "datePublished": words[2]}
    metas = zip(
        ("og:site_name", "og:description", "og:image:alt", "citation_author", "og:title"), words[3:], strict=True
    )
    text = (
        "".join(f'<meta property="{name}" content="{content}">' for name, content in metas)
        + f'<link rel="canonical" href="http://a.example/{words[4]}"><meta property="og:image" content="{words[5]}">'
        + f'<script type="application/ld+json">{json.dumps(head)}</script><title>{words[6]}</title>'
    )
    metadata = read_page(text, "http://a.example/")
    entry = draft_of_page(metadata, "http://a.example/", "en")
    lines = (entry.title, entry.source_title, metadata.image_alt, metadata.site_name, *metadata.authors)
    for line in filter(None, lines):
        assert TypeAdapter[str](Line).validate_python(line) == line
    assert TypeAdapter[str](WebAddress).validate_python(entry.url) == entry.url
    written = "sections:\n  papers:\n" + entry_text(entry)
    root = compose(Source("x", written))
    assert isinstance(root, Mapping)
    (read,) = draft_from_tree(root).sections[PAPERS]
    assert (read.title, read.source_title, read.url) == (entry.title, entry.source_title, entry.url)


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=50), st.integers(5, 30))
def test_a_clean_line_is_valid(text: str, most: int) -> None:
    """The result is one line with at most `most` characters, and is valid in an issue."""
    line = clean_line(text, most)
    assert len(line) <= most
    assert TypeAdapter[str](Line).validate_python(line) == line


BASE = "https://b.example"


def parse_links(text: str) -> list[InputLink]:
    return list(detect_links(text.replace("{base}", BASE).encode()).links)


def test_urls_are_found_in_text() -> None:
    """URLs in prose, Markdown, brackets and East Asian sentences are found without the punctuation around them."""
    text = """
    https://a.example/1
    See https://a.example/2, (https://a.example/3) and <https://a.example/4>; "https://a.example/5".
    [words](https://a.example/6) and **https://a.example/7_(x)**. HTTPS://a.example/8?a=b&c=d#e!
    詳しくは https://a.example/9 を。「https://a.example/10」、https://a.example/11。 ftp://a.example/no
    https://a.example/12—and so on, https://a.example/13…
    """
    assert [link.url.rpartition("/")[2] for link in parse_links(text)] == [
        *("1", "2", "3", "4", "5", "6", "7_(x)", "8?a=b&c=d#e", "9", "10", "11", "12", "13")
    ]


def test_markup_without_an_element_takes_linear_time() -> None:
    """Many declarations and comments at the start of a text do not cause backtracking."""
    assert first_element("<?x><!--x--><!a [b]>" * 1_000) == ""
    assert first_element("\ufeff<?xml?><!-- <rss> --><!DOCTYPE opml [<!ENTITY a 'b'>]>\n<OPML>") == "opml"


def test_bookmarks_are_parsed() -> None:
    """Bookmarks have titles, days and notes. Other schemes than http(s) and the notes of folders are ignored."""
    notes = """<!DOCTYPE NETSCAPE-Bookmark-file-1><H1>Mine</H1><DD>All of them<DL><p>
    <DT><A HREF="https://a.example/a b">One</A>\n<DD>Good on\nlenses &amp; light
    <DT><H3>Folder</H3><DD>Of a folder<DL><p><DT><A HREF="https://a.example/2">Two</A></DL><p></DL>"""
    assert parse_links(notes) == [
        InputLink("https://a.example/a%20b", "One", note="Good on lenses & light"),
        InputLink("https://a.example/2", "Two"),
    ]
    assert parse_links(pages.BOOKMARKS) == [
        InputLink(f"{BASE}/new", "New & shiny レンズ", date(2021, 9, 15)),
        InputLink(f"{BASE}/old", "Old", date(2021, 9, 1)),
    ]


def test_feeds_are_parsed() -> None:
    """Each item of an RSS or Atom feed is a link with a title and a day."""
    assert parse_links(pages.FEED) == [
        InputLink(f"{BASE}/new", "New & shiny", date(2021, 9, 15)),
        InputLink(f"{BASE}/old", "Old", date(2021, 9, 1)),
    ]
    assert parse_links(pages.ATOM) == [InputLink(f"{BASE}/atomic", "Atomic", date(2021, 9, 16))]
    with pytest.raises(NewsletterError, match="the feed is incomplete"):
        parse_links(pages.FEED[:-20])


def test_a_list_of_feeds_is_parsed() -> None:
    """OPML lists feeds. An OPML file with an external entity is an error."""
    assert detect_links(pages.OPML.replace("{base}", BASE).encode()).feeds == (f"{BASE}/feed.xml",)
    hostile = (
        '<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        '<opml><body><outline text="&x;" xmlUrl="https://a.example/f"/></body></opml>'
    )
    with pytest.raises(NewsletterError, match="not a valid OPML file"):
        detect_links(hostile.encode())


def test_the_guide_quotes_the_output(web: Server) -> None:
    """The entries in docs/collecting.md are those that `newsletter add` writes."""
    guide = (REPOSITORY / "docs/collecting.md").read_text()
    for url in ("http://arxiv.org/pdf/2109.01234", "http://github.com/opticians/lens?utm_source=mail"):
        found = capture_url(url, web)
        image = f"images/002/{found.picture.name}" if found.picture else ""
        assert f"  {found.section}:\n" + entry_text(replace(found.entry, image=image)) in guide


def test_bookmarks_without_end_tags_are_parsed() -> None:
    """Thousands of tags without end tags do not hide the bookmarks after them."""
    many = "".join(f"<DT><A HREF='{BASE}/{number}'>B<b>{number}\n<DD>A note\n" for number in range(2_000))
    links = parse_links(f"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p>\n{many}</DL><p>")
    assert links == [InputLink(f"{BASE}/{number}", f"B{number}", note="A note") for number in range(2_000)]


MARKUP = st.lists(
    st.sampled_from(
        [
            *(
                "<html>",
                "<title>",
                "</title>",
                "<meta property='og:title' content='",
                "'>",
                "<link rel=canonical href='",
            ),
            *("<script type='application/ld+json'>", '{"@type":"Article","headline":[', "}", "]", "</script>", "\x00"),
            *(
                "http://[::1",
                "https://a.example",
                "<rss><channel><item><link>",
                "<opml>",
                "<?xml encoding='hex'?>",
                "&#0;",
            ),
            *("<!DOCTYPE a [", "<meta charset=utf-7>", "<meta charset=idna>", "\ufeff", "<img src='", "//", ":99999"),
        ]
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=30), MARKUP, st.sampled_from(["", "text/html; charset=utf-16", "text/html; charset=undefined"])
)
def test_any_input_is_parsed_or_gives_an_error(noise: bytes, markup: list[str], type: str) -> None:
    """Arbitrary bytes never cause an unexpected exception."""
    content = "".join(markup).encode() + noise
    draft_of_page(read_page(decode_page(content, type), "http://a.example/"), "http://a.example/", "en")
    with suppress(NewsletterError):
        detect_links(content)
