"""Decodes web pages, by declared or detected charset."""

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom

# The share of invalid characters up to which a declared charset is trusted.
_MAX_INVALID = 1 / 1000
# The number of bytes from which a charset is detected.
_SAMPLE = 100_000
# Python codecs that are not charsets of web pages. Some take minutes to decode a page.
_NO_CHARSETS = {"idna", "punycode", "unicode-escape", "unicode_escape", "raw-unicode-escape", "raw_unicode_escape"}


def decode_page(content: bytes, content_type: str = "") -> str:
    """Decode a page by its byte order mark, as UTF-8 if valid, by the declared charset, or by the detected one.

    Valid UTF-8 has precedence over the declared charset, since text in other charsets is hardly ever valid UTF-8.

    Args:
        content: The bytes of the page.
        content_type: The value of the Content-Type header, or "".
    """
    mark, _ = read_bom(content)
    if mark:
        return content.decode(mark, "replace").lstrip("\ufeff")
    if not content.isascii():
        try:
            return content.decode()
        except UnicodeDecodeError:
            pass
    declared = html_body_declared_encoding(content) or ""
    # A declaration that was read as ASCII cannot be in UTF-16 (HTML Standard, 13.2.3.2).
    declared = "utf-8" if declared.startswith(("utf-16", "utf-32")) else declared
    for charset in (http_content_type_encoding(content_type), declared):
        if charset and charset not in _NO_CHARSETS:
            try:
                text = content.decode(charset, "replace")
            except (LookupError, UnicodeError):
                continue  # a Python codec that is not a charset
            if text.count("\ufffd") <= _MAX_INVALID * len(text):
                return text
    # ASCII bytes with escapes may be ISO-2022-JP.
    if content.isascii() and b"\x1b" not in content:
        return content.decode("ascii")
    from charset_normalizer import from_bytes

    best = from_bytes(content[:_SAMPLE]).best()
    return content.decode(best.encoding if best else "cp1252", "replace")
