"""Quoted-printable (RFC 2045, §6.7) with slots. The text around the slots is encoded once.

Each value starts a line and is followed by a soft line break, so no line depends on the length of a value. No line
begins with a dot, which SMTP would double (RFC 5321, §4.5.2), or with `From `, which starts a message in an mbox file.
"""

import re
from email.quoprimime import body_encode

# Two less than the 76 of RFC 2045, because encoding a dot at the start of a line adds two characters.
_LONGEST = 74
_SOFT_BREAK = b"=\r\n"
_PLAIN = re.compile(rf"[!-\-/-<>-~][!-<>-~]{{0,{_LONGEST - 2}}}")
_GUARDED = re.compile(r"^(?:\.|F(?=rom ))", re.MULTILINE)


def encode(text: str) -> bytes:
    """Encode a text that starts a line. Line ends become CRLF."""
    octets = "\n".join(re.split(r"\r\n|\r|\n", text)).encode().decode("latin-1")
    lines = body_encode(octets, _LONGEST)
    return _GUARDED.sub(lambda found: f"={ord(found[0]):02X}", lines).replace("\n", "\r\n").encode("ascii")


def encode_value(text: str) -> bytes:
    """Encode a value of one line. Most values are plain ASCII and need no encoding."""
    return text.encode("ascii") if _PLAIN.fullmatch(text) else encode(text)


def encode_around(texts: list[str]) -> list[bytes]:
    """Encode the texts before, between and after values, with soft line breaks around each value."""
    around = []
    for index, text in enumerate(texts):
        before = _SOFT_BREAK if index and not text.startswith("\n") else b""
        after = _SOFT_BREAK if index < len(texts) - 1 and not text.endswith("\n") else b""
        around.append(before + encode(text) + after)
    return around
