"""Messages, as a mail program parses them."""

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
# All of Unicode except lone surrogates, which no file contains, and carriage returns, which every transport changes.
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=300)
NAMES = st.one_of(st.text(max_size=200), st.from_regex(r"[ -~\r\n]{0,120}"))
LOCALS = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", fullmatch=True)
FIELDS = st.sampled_from([field.text for field in MergeField])
TEMPLATES = st.lists(st.one_of(WORDS, FIELDS, st.sampled_from([".", "\n", "\n.", " ", "From ", "=", "é"])), max_size=12)


@pytest.fixture(scope="module")
def prepared() -> PreparedMessage:
    """A message with every merge field."""
    return compose(HTML, TEXT, HEAD, KEYS)


def filled(template: str, prepared: PreparedMessage, content: bytes, name: str, email: str, *, html: bool) -> str:
    """Fill the merge fields of a template with the sample recipient. The unsubscribe link is taken from the header."""
    (unsubscribe_url,) = re.findall(r"<(https://[^>]*)>,", parsed(content)["List-Unsubscribe"])
    token = sign(KEYS, Purpose.PREFERENCES, 41, ADA.address, 3)
    values = {
        "unsubscribe_url": unsubscribe_url,
        "preferences_url": f"{prepared.head.pages_url}preferences/{token}",
        "view_url": prepared.head.view_url,
        "subscriber_name": name,
        "subscriber_email": email,
    }
    for field, value in values.items():
        template = template.replace(f"{{{{{field}}}}}", escape(value) if html else value)
    return template


def test_a_message_has_each_header_once(prepared: PreparedMessage) -> None:
    """All headers that RFC 5322, 2369, 2919 and 8058 require are present and correct."""
    message = parsed(prepared.to(ADA).content)
    assert len(message.keys()) == len(set(message.keys()))
    assert message["From"] == "The Weekly Lens <lens@example.org>"
    assert message["To"] == "Ada <ada@example.com>"
    assert message["Subject"] == "The Weekly Lens — Issue 1"
    assert message["Date"].datetime == HEAD.date
    assert message["List-Id"] == "The Weekly Lens <lens.example.org>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = r"1-41-3-[a-z2-7]{5}\.[a-z2-7]{16}"
    unsubscribe = (
        rf"<https://lens\.example\.org/unsubscribe/({token})>, <mailto:bounces@example\.org\?subject=unsubscribe%20\1>"
    )
    assert re.fullmatch(unsubscribe, message["List-Unsubscribe"])
    assert re.fullmatch(r"<[a-z2-7]{24}@example\.org>", message["Message-ID"])
    assert message["Feedback-ID"] == "1:issue:lensexampleorg"
    assert message["Reply-To"] is None
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not any(part.defects for part in message.walk())


@given(TEMPLATES.map("".join), TEMPLATES.map("".join), NAMES)
@example("{{subscriber_name}}", ".{{subscriber_name}}.", "")
@example("a {{subscriber_name}}\n", "{{subscriber_name}}{{subscriber_name}} ", ". ")
def test_a_part_is_its_template_with_the_merge_fields_filled(text: str, html: str, name: str) -> None:
    """HTML values are escaped. No line is too long or begins with a dot or `From `."""
    prepared = compose(html, text, HEAD, KEYS)
    content = prepared.to(recipient(name=name)).content
    shown = header_text(name)
    for part, template, is_html in zip(parts(content), (text, html), (False, True), strict=True):
        expected = filled(template, prepared, content, shown, ADA.address, html=is_html)
        assert part.replace("\r\n", "\n") == expected
    head, _, body = content.partition(b"\r\n\r\n")
    assert content.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", content)
    assert max(map(len, head.split(b"\r\n"))) <= 200
    assert max(map(len, body.split(b"\r\n"))) <= 76
    assert not re.search(rb"^(\.|From )", content, re.MULTILINE)


def test_a_part_without_merge_fields_has_no_soft_line_breaks() -> None:
    """They only surround values."""
    content = compose("<p>Read.</p>", "Read.", HEAD, KEYS).to(ADA).content
    assert b"\r\n\r\nRead.\r\n--=_" in content
    assert b"\r\n\r\n<p>Read.</p>\r\n--=_" in content


@given(NAMES, LOCALS, st.sampled_from(["example.com", "bücher.example", "例え.jp"]))
@example("a,b;c <d@e.f>", "a", "example.com")
@example("x\r\nBcc: all@example.org", "a", "example.com")
@example("=?utf-8?q?x?=", "a", "example.com")
@example("Doe, Jane " * 9, "a" * 64, "example.com")
def test_a_name_cannot_add_a_header_or_a_recipient(name: str, local: str, domain: str) -> None:
    """Any name is parsed as one recipient with that name and address.

    No line begins with a dot, as `dotted` states.
    """
    prepared = compose(HTML, TEXT, HEAD, KEYS)
    message = prepared.to(recipient(name=name, address=f"{local}@{domain}"))
    content = message.content
    assert not message.dotted
    assert not re.search(rb"^\.", content, re.MULTILINE)
    assert parsed(content).keys() == parsed(prepared.to(ADA).content).keys()
    assert addressed(content, "To") == (header_text(name), f"{local}@{domain.encode('idna').decode()}")


@given(st.text(max_size=300))
@example("Hello\r\nBcc: all@example.org")
@example("a " * 200)
@example("x" * 1200)
@example("0000 000000¡¡¡¡ࠀ𐀀𐀀𐀀𐀀𐀀 ¡")
def test_a_subject_cannot_add_a_header(words: str) -> None:
    """Any subject is parsed as the same text on one line."""
    prepared = compose(HTML, TEXT, head(subject=words, sender_name=words, list_name=words), KEYS)
    content = prepared.to(ADA).content
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
def test_an_invalid_address_is_an_error(address: str, prepared: PreparedMessage) -> None:
    """For example, an address that would end a header, or two addresses."""
    with pytest.raises(CampaignError):
        prepared.to(recipient(address=address))


def test_a_domain_is_converted_to_ascii_and_a_local_part_is_not(prepared: PreparedMessage) -> None:
    """The domain follows RFC 5891. A local part that is not ASCII needs a server with SMTPUTF8 (RFC 6531)."""
    sent = prepared.to(recipient(address="ada@bücher.example"))
    assert sent.recipient == "ada@xn--bcher-kva.example"
    assert b"To: Ada <ada@xn--bcher-kva.example>\r\n" in sent.content
    sent = prepared.to(recipient(address="δα@παράδειγμα.example"))
    assert sent.recipient == "δα@xn--hxajbheg2az3al.example"
    assert "To: Ada <δα@xn--hxajbheg2az3al.example>\r\n".encode() in sent.content
    with pytest.raises(CampaignError, match="few servers"):
        compose(HTML, TEXT, head(sender="δα@example.org"), KEYS)


def test_a_url_is_converted_to_ascii() -> None:
    """The host is in Punycode, and path and query are percent-encoded UTF-8 (RFC 3987). The port is kept."""
    prepared = compose(HTML, TEXT, head(archive_url="https://bücher.example:8443/ü/?q=é%20a"), KEYS)
    archive = parsed(prepared.to(ADA).content)["List-Archive"]
    assert archive == "<https://xn--bcher-kva.example:8443/%C3%BC/?q=%C3%A9%20a>"


def test_the_digest_depends_on_the_content_only(prepared: PreparedMessage) -> None:
    """A test send and its campaign have the same digest, at any time and with any keys. Changed content changes it."""
    assert compose(HTML, TEXT, head(date=HEAD.date.replace(year=2025)), (b"other",)).digest == prepared.digest
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
    assert len({prepared.digest, *(other.digest for other in changed)}) == len(changed) + 1


def test_a_retry_has_the_same_bytes(prepared: PreparedMessage) -> None:
    """The Message-ID depends on the campaign, its start, the subscriber and the address."""
    assert compose(HTML, TEXT, HEAD, KEYS).to(ADA) == prepared.to(ADA)
    others = [ADA, recipient(subscriber_id=42), recipient(campaign_id=4), recipient(address="bea@example.com")]
    later = compose(HTML, TEXT, head(date=HEAD.date.replace(year=2025)), KEYS)
    assert len({*map(prepared.message_id, others), later.message_id(ADA)}) == 5
    assert parsed(prepared.to(ADA).content)["Message-ID"] == prepared.message_id(ADA)
