"""The message: what a reader's program makes of it, whatever stands in it."""

import re
from html import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import CampaignError
from newsletter.mail.headers import header_text
from newsletter.mail.message import PreparedMessage, compose
from newsletter.mail.tokens import Purpose, sign
from newsletter.render.merge_fields import MergeField
from tests.mail.messages import ADA, HEAD, KEYS, addressed, head, parsed, parts, recipient

HTML = """\
<!DOCTYPE html>
<p>Hello {{subscriber_name}} &lt;{{subscriber_email}}&gt;</p>
<a href="{{unsubscribe_url}}">x</a>
"""
TEXT = "Hello {{subscriber_name}},\n\nLeave: {{unsubscribe_url}}\n{{preferences_url}}\nView: {{view_url}}\n"
# All of Unicode but for halves of surrogate pairs, which no file holds, and line ends, which every transport changes.
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=300)
NAMES = st.one_of(st.text(max_size=200), st.from_regex(r"[ -~\r\n]{0,120}"))
LOCALS = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", fullmatch=True)
FIELDS = st.sampled_from([field.text for field in MergeField])
TEMPLATES = st.lists(st.one_of(WORDS, FIELDS, st.sampled_from([".", "\n", "\n.", " ", "From ", "=", "é"])), max_size=12)


@pytest.fixture(scope="module")
def letter() -> PreparedMessage:
    """A letter with every merge field."""
    return compose(HTML, TEXT, HEAD, KEYS)


def filled(template: str, letter: PreparedMessage, content: bytes, name: str, email: str, *, html: bool) -> str:
    """A rendering with Ada's merge fields set; the link to unsubscribe is that of the message's own header."""
    (leave,) = re.findall(r"<(https://[^>]*)>,", parsed(content)["List-Unsubscribe"])
    values = {
        "unsubscribe_url": leave,
        "preferences_url": f"{letter.head.pages_url}preferences/{sign(KEYS, Purpose.PREFERENCES, 41, ADA.address, 3)}",
        "view_url": letter.head.view_url,
        "subscriber_name": name,
        "subscriber_email": email,
    }
    for field, value in values.items():
        template = template.replace(f"{{{{{field}}}}}", escape(value) if html else value)
    return template


def test_a_message_has_its_fields_once(letter: PreparedMessage) -> None:
    """Every header that RFC 5322, 2369, 2919 and 8058 ask for stands there once, in ASCII, and is right."""
    message = parsed(letter.to(ADA).content)
    assert len(message.keys()) == len(set(message.keys()))
    assert message["From"] == "The Weekly Lens <lens@example.org>"
    assert message["To"] == "Ada <ada@example.com>"
    assert message["Subject"] == "The Weekly Lens — Issue 1"
    assert message["Date"].datetime == HEAD.date
    assert message["List-Id"] == "The Weekly Lens <lens.example.org>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = r"1-41-3-[a-z2-7]{5}\.[a-z2-7]{16}"
    leave = (
        rf"<https://lens\.example\.org/unsubscribe/({token})>, <mailto:bounces@example\.org\?subject=unsubscribe%20\1>"
    )
    assert re.fullmatch(leave, message["List-Unsubscribe"])
    assert re.fullmatch(r"<[a-z2-7]{24}@example\.org>", message["Message-ID"])
    assert message["Feedback-ID"] == "1:issue:lensexampleorg"
    assert message["Reply-To"] is None
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not any(part.defects for part in message.walk())


@given(TEMPLATES.map("".join), TEMPLATES.map("".join), NAMES)
@example("{{subscriber_name}}", ".{{subscriber_name}}.", "")
@example("a {{subscriber_name}}\n", "{{subscriber_name}}{{subscriber_name}} ", ". ")
def test_a_part_is_its_rendering_with_the_fields_set(text: str, html: str, name: str) -> None:
    """The text has values as they are and the HTML escapes them; no line is too long, begins with a dot or `From `."""
    letter = compose(html, text, HEAD, KEYS)
    content = letter.to(recipient(name=name)).content
    shown = header_text(name)
    for part, template, is_html in zip(parts(content), (text, html), (False, True), strict=True):
        expected = filled(template, letter, content, shown, ADA.address, html=is_html)
        assert part.replace("\r\n", "\n") == expected
    head, _, body = content.partition(b"\r\n\r\n")
    assert content.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", content)
    assert max(map(len, head.split(b"\r\n"))) <= 200
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert not re.search(rb"^(\.|From )", content, re.MULTILINE)


def test_a_part_without_merge_fields_is_one_piece() -> None:
    """Soft line breaks stand around values only."""
    content = compose("<p>Read.</p>", "Read.", HEAD, KEYS).to(ADA).content
    assert b"\r\n\r\nRead.\r\n--=_" in content
    assert b"\r\n\r\n<p>Read.</p>\r\n--=_" in content


@given(NAMES, LOCALS, st.sampled_from(["example.com", "bücher.example", "例え.jp"]))
@example("a,b;c <d@e.f>", "a", "example.com")
@example("x\r\nBcc: all@example.org", "a", "example.com")
@example("=?utf-8?q?x?=", "a", "example.com")
@example("Doe, Jane " * 9, "a" * 64, "example.com")
def test_a_name_is_a_name_and_nothing_else(name: str, local: str, domain: str) -> None:
    """Whatever a name holds, it comes back as one recipient of that name and address, and no header is added.

    No line begins with a dot, as the message says of itself.
    """
    letter = compose(HTML, TEXT, HEAD, KEYS)
    message = letter.to(recipient(name=name, address=f"{local}@{domain}"))
    content = message.content
    assert not message.dotted
    assert not re.search(rb"^\.", content, re.MULTILINE)
    assert parsed(content).keys() == parsed(letter.to(ADA).content).keys()
    assert addressed(content, "To") == (header_text(name), f"{local}@{domain.encode('idna').decode()}")


@given(st.text(max_size=300))
@example("Hello\r\nBcc: all@example.org")
@example("a " * 200)
@example("x" * 1200)
@example("0000 000000¡¡¡¡ࠀ𐀀𐀀𐀀𐀀𐀀 ¡")
def test_a_subject_is_a_subject_and_nothing_else(words: str) -> None:
    """Whatever a subject holds, it comes back as one line, and adds no header."""
    letter = compose(HTML, TEXT, head(subject=words, sender_name=words, list_name=words), KEYS)
    content = letter.to(ADA).content
    message = parsed(content)
    assert message.keys() == parsed(compose(HTML, TEXT, HEAD, KEYS).to(ADA).content).keys()
    assert message["Subject"] == header_text(words)
    assert addressed(content, "From") == (header_text(words), "lens@example.org")
    assert max(map(len, content.split(b"\r\n"))) <= 200


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.com",
        "ada@",
        "a b@example.com",
        "a@b\r\nBcc: c@d.org",
        "<a@b.org>",
        "a@b.org, c@d.org",
        "a@\ud800.org",
        "a@-.é",
    ],
)
def test_what_is_no_address_is_not_written_to(address: str, letter: PreparedMessage) -> None:
    """An address that would end a header, or name two people, is refused."""
    with pytest.raises(CampaignError):
        letter.to(recipient(address=address))


def test_a_domain_goes_in_ascii_and_a_local_part_as_it_is(letter: PreparedMessage) -> None:
    """RFC 5891 for the domain; a local part beyond ASCII is for servers with SMTPUTF8 (RFC 6531)."""
    sent = letter.to(recipient(address="ada@bücher.example"))
    assert sent.recipient == "ada@xn--bcher-kva.example"
    assert b"To: Ada <ada@xn--bcher-kva.example>\r\n" in sent.content
    sent = letter.to(recipient(address="δα@παράδειγμα.example"))
    assert sent.recipient == "δα@xn--hxajbheg2az3al.example"
    assert "To: Ada <δα@xn--hxajbheg2az3al.example>\r\n".encode() in sent.content
    with pytest.raises(CampaignError, match="few servers"):
        compose(HTML, TEXT, head(sender="δα@example.org"), KEYS)


def test_a_url_goes_in_ascii() -> None:
    """Its host in Punycode, with its port, and its path and query in percent-encoded UTF-8 (RFC 3987)."""
    letter = compose(HTML, TEXT, head(archive_url="https://bücher.example:8443/ü/?q=é%20a"), KEYS)
    archive = parsed(letter.to(ADA).content)["List-Archive"]
    assert archive == "<https://xn--bcher-kva.example:8443/%C3%BC/?q=%C3%A9%20a>"


def test_the_digest_is_that_of_the_words(letter: PreparedMessage) -> None:
    """A test send and the campaign have one digest, at any time and with any keys; any change of the words another."""
    assert compose(HTML, TEXT, head(date=HEAD.date.replace(year=2025)), (b"other",)).digest == letter.digest
    changed = [
        compose(HTML + ".", TEXT, HEAD, KEYS),
        compose(HTML, TEXT + ".", HEAD, KEYS),
        compose(HTML.replace("{{subscriber_name}}", "{{subscriber_email}}"), TEXT, HEAD, KEYS),
        *(
            compose(HTML, TEXT, head(**change), KEYS)
            for change in (
                {"subject": "x"},
                {"sender": "x@example.org"},
                {"pages_url": "https://x.example/"},
                {"view_url": "https://x.example/"},
                {"reply_to": "x@example.org"},
            )
        ),
    ]
    assert len({letter.digest, *(other.digest for other in changed)}) == len(changed) + 1


def test_a_retry_gives_the_same_bytes(letter: PreparedMessage) -> None:
    """The same campaign to the same recipient is the same message; to another, or in another campaign, it is not."""
    assert compose(HTML, TEXT, HEAD, KEYS).to(ADA) == letter.to(ADA)
    others = [ADA, recipient(subscriber_id=42), recipient(campaign_id=4), recipient(address="bea@example.com")]
    later = compose(HTML, TEXT, head(date=HEAD.date.replace(year=2025)), KEYS)
    assert len({*map(letter.message_id, others), later.message_id(ADA)}) == 5
    assert parsed(letter.to(ADA).content)["Message-ID"] == letter.message_id(ADA)
