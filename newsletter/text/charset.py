"""Bytes of a page as text, by the charset that it declares or that is found in it."""

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

# Of the bytes that a declared charset cannot read, as many are forgiven: one slip does not make it the wrong one.
_FORGIVEN = 1 / 1000
_LOOKED_AT = 100_000
# Codecs of Python's that no page is written in; some take minutes for a page.
_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "unicode_escape", "raw-unicode-escape", "raw_unicode_escape"}


def decoded(content: bytes, content_type: str = "") -> str:
    """The text of a page: by its byte order mark, as UTF-8 where it is that, as declared, or as it looks.

    A page that can be read as UTF-8 is UTF-8, whatever it or its server says: hardly any other text can be.
    """
    mark, _ = read_bom(content)
    if mark:
        return content.decode(mark, "replace").lstrip("\ufeff")
    if not content.isascii():
        try:
            return content.decode()
        except UnicodeDecodeError:
            pass
    for charset in (http_content_type_encoding(content_type), html_body_declared_encoding(content)):
        if charset and charset not in _NO_CHARSETS:
            try:
                text = content.decode(charset, "replace")
            except (LookupError, UnicodeError):
                continue  # what Python calls a codec, and is no charset
            if text.count("\ufffd") <= _FORGIVEN * len(text):
                return text
    # Most of ASCII is nothing else; what switches its letters by escapes, as ISO-2022-JP does, is.
    if content.isascii() and b"\x1b" not in content:
        return content.decode("ascii")
    from charset_normalizer import from_bytes

    best = from_bytes(content[:_LOOKED_AT]).best()
    return content.decode(best.encoding if best else "cp1252", "replace")
