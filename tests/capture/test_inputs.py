"""Parsing lists of links as programs really write them: not quite valid OPML, reading lists, and any encoding."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.capture.inputs.day import parse_day
from newsletter.capture.inputs.detect import detect_links
from newsletter.capture.inputs.link import InputLink
from newsletter.errors import NewsletterError
from tests.conftest import Run
from tests.publications import write_publication

LINKS = Path(__file__).parent / "links"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom")
POCKET = """title,url,time_added,tags,status
"Space, ""time""\nand more",https://a.example/1,1704067200,science|space,unread
https://a.example/2,https://a.example/2,1704153600,,archive
Bad,file:///tmp/private,x,,unread
"""
INSTAPAPER = """URL,Title,Selection,Folder,Timestamp,Tags
https://a.example/1,"Deep, work",The key,Unread,1704067200,"[""coding""]"
https://a.example/2,Short
"""
RAINDROP = """id,title,note,excerpt,url,folder,tags,created,cover,highlights,favorite
1,Lenses,"Mine,
of two lines",Theirs,https://a.example/a b,Apps / AI,"a, b",2024-01-01T23:30:00.000Z,https://a.example/c.jpg,,true
"""
NETSCAPE = """<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><p>
<DT><A HREF="https://a.example/1" ADD_DATE="1704067200">Seconds</A>
<DT><A HREF="https://a.example/2" ADD_DATE="1704067200123">Milliseconds</A>
<DT><A HREF="https://a.example/3" ADD_DATE="1704067200123456">Microseconds</A>
<DT><A HREF="https://a.example/4" ADD_DATE="0" TIME_ADDED="x">Never</A>
<DT><A HREF="https://a.example/5" ADD_DATE="2024-01-01T12:00:00Z">ISO</A>
</DL>"""


def encode(text: str, encoding: str) -> bytes:
    """Encode a text, with a byte order mark where the name of the encoding says so."""
    return b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_opml_that_is_not_valid_xml_is_read(encoding: str) -> None:
    """Ampersands that are not escaped, names in another case, entities of HTML, a wrong declared encoding."""
    content = (LINKS / "bare-ampersand.opml").read_text()
    assert detect_links(encode(content, encoding)).feeds == (
        "http://127.0.0.1:8099/f.xml?a=1&b=2",
        "http://127.0.0.1:8099/g.xml",
    )
    outlines = """<outline text="Caf&eacute; &nbsp;&LT; x" xmlUrl="https://a.example/f?x=1&amp;copy=2"/>
    <OUTLINE text="a < b" XMLURL=" https://a.example/g?a&copy=2\x0b"/><outline text="&nosuch;" xmlUrl="HTTPS://a.example/h"/>
    <outline text='again' xmlUrl="https://a.example/h2"/><outline xmlUrl="feed:x"/>"""
    opml = f'<?xml version="1.0" encoding="UTF-16"?>\n<opml version="2.0"><body>{outlines}</body></opml>\n'
    assert detect_links(encode(opml, encoding)).feeds == (
        "https://a.example/f?x=1&copy=2",
        "https://a.example/g?a&copy=2",
        "HTTPS://a.example/h",
        "https://a.example/h2",
    )


@pytest.mark.parametrize(
    ("opml", "message"),
    [
        ("<opml><body><outline xmlUrl='https://a.example/f'/>", "its end is missing"),
        ("<!DOCTYPE opml [<!ENTITY a 'b'>]><opml></opml>", "it defines entities"),
    ],
)
def test_opml_that_is_incomplete_or_hostile_is_an_error(opml: str, message: str) -> None:
    """A part of a list is not read as the whole."""
    with pytest.raises(NewsletterError, match=message):
        detect_links(opml.encode())


def test_the_time_in_a_page_of_pocket_counts_for_since(run: Run, folder: Path) -> None:
    """Pocket's attribute is `time_added`."""
    write_publication(folder)
    run("add", "--inbox", LINKS / "pocket.html", "--no-fetch", "--since", "2024-01-01", code=0)
    inbox = (folder / "inbox.yaml").read_text()
    assert "https://kites.example.com/fly" in inbox
    assert "https://kites.example.com/old" not in inbox
    run("add", "--inbox", LINKS / "pocket.html", "--no-fetch", code=0)
    assert "An old one & more" in (folder / "inbox.yaml").read_text()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("text", "links"),
    [
        (
            POCKET,
            [
                InputLink("https://a.example/1", 'Space, "time" and more', date(2024, 1, 1)),
                InputLink("https://a.example/2", "", date(2024, 1, 2)),
            ],
        ),
        (
            INSTAPAPER,
            [
                InputLink("https://a.example/1", "Deep, work", date(2024, 1, 1), "The key"),
                InputLink("https://a.example/2", "Short"),
            ],
        ),
        (RAINDROP, [InputLink("https://a.example/a%20b", "Lenses", date(2024, 1, 1), "Mine, of two lines")]),
        (
            NETSCAPE,
            [
                InputLink("https://a.example/1", "Seconds", date(2024, 1, 1)),
                InputLink("https://a.example/2", "Milliseconds", date(2024, 1, 1)),
                InputLink("https://a.example/3", "Microseconds", date(2024, 1, 1)),
                InputLink("https://a.example/4", "Never"),
                InputLink("https://a.example/5", "ISO", date(2024, 1, 1)),
            ],
        ),
        ("Title;URL\nA; https://a.example/1 \n", [InputLink("https://a.example/1", "A")]),
        ("<!-- mine --><html><a href='https://a.example/1'>A</a>", [InputLink("https://a.example/1", "A")]),
    ],
    ids=["pocket", "instapaper", "raindrop", "netscape", "semicolons", "page"],
)
def test_exports_of_reading_lists_are_read(encoding: str, text: str, links: list[InputLink]) -> None:
    """With titles, days and notes, in any encoding, with any line endings."""
    assert list(detect_links(encode(text, encoding)).links) == links
    assert list(detect_links(encode(text.replace("\n", "\r\n"), encoding)).links) == links


def test_a_text_with_commas_is_not_a_csv_file() -> None:
    """A list of URLs, or prose about titles and URLs, is text."""
    text = "url, see below\nhttps://a.example/1, https://a.example/2\n"
    assert [link.url for link in detect_links(text.encode()).links] == ["https://a.example/1", "https://a.example/2"]


@pytest.mark.parametrize("text", ["", "0", "17040672", "soon", "2024-13-01", "99999999999999999", "1.5"])
def test_other_times_are_no_days(text: str) -> None:
    """They are not guessed."""
    assert parse_day(text) is None


@given(st.text(max_size=40), st.sampled_from(["url,title\n", "title;url\n", "<opml>", "<!DOCTYPE html><a href='"]))
def test_any_list_is_read_or_an_error(text: str, start: str) -> None:
    """Arbitrary text never causes another exception."""
    with suppress(NewsletterError):
        detect_links(f"{start}{text}{'</opml>' if start == '<opml>' else ''}".encode("utf-8", "replace"))
