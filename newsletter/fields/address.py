"""Field types for URLs, image paths, email addresses and list ids."""

import re
import unicodedata
from typing import Annotated
from urllib.parse import urlsplit

from newsletter.fields.text import PROSE, SCALAR, Checked, Parsed, json_schema, parse_line, refuse
from newsletter.text.local_urls import describe_local_url
from newsletter.text.plain_urls import is_plain_url

_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+\.[^\s@<>()\[\]\\,;:\".]{2,}")
NOT_A_URL = "not a valid URL"
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def web_address(value: str) -> str:
    """Validate an http or https URL (RFC 3986). Letters of all scripts are accepted, as in browsers.

    Returns:
        The URL without white space around it, otherwise unchanged.

    Raises:
        PydanticCustomError: The URL is not valid.
    """
    value = value.strip()
    if is_plain_url(value):
        return value
    if not re.match(r"https?:", value, re.IGNORECASE):
        if local := describe_local_url(value):
            raise refuse(*local)
        scheme = re.match(r"([A-Za-z][\w+.-]*):", value)
        if scheme and "." not in scheme[1]:
            raise refuse(
                f"expected an http or https URL, found `{scheme[1]}:`",
                "Use a URL that begins with https://.",
            )
        raise refuse(NOT_A_URL, f"Write the full URL and nothing else: {_whole(value)}")
    wrong = re.search(r"[\s\"<>\\^`{|}\u00a0\u2000-\u200f\u2028-\u202f\u2060-\u206f\ufeff]", value)
    if wrong:
        advice = f"Remove it, or write it as %{ord(wrong[0]):02X}." if wrong[0].isascii() else "Remove it."
        raise refuse(f"a URL cannot contain {_named(wrong[0])}", advice)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise refuse(f"not a valid URL: {error}", "Copy it again from the address bar of your browser.") from error
    if not value[len(parts.scheme) + 1 :].startswith("//") or not host or host.strip(".") == "":
        raise refuse("the URL has no host", f"Write it as {_whole(value)}")
    return value


def _whole(value: str) -> str:
    """Guess the URL that was meant: with scheme, colon and slashes, and nothing around it."""
    bare = re.sub(r"^[\s<\"'“”‘’/]+|[\s>\"'“”‘’]+$", "", value)
    scheme = re.match(r"(https?)(?:[:：]+/*|/{2,})", bare, re.IGNORECASE)
    rest = bare[scheme.end() :] if scheme else bare
    return f"{scheme[1].lower() if scheme else 'https'}://{rest or 'example.org/page'}"[:80]


def _named(character: str) -> str:
    if character.isspace():
        return "a space" if character == " " else f"white space (U+{ord(character):04X})"
    return (
        f"`{character}`"
        if character.isprintable()
        else f"U+{ord(character):04X} ({unicodedata.name(character, 'unnamed')})"
    )


def image_address(value: str) -> str:
    """Validate the address of an image: an http or https URL, or a path relative to the YAML file.

    Raises:
        PydanticCustomError: The address is not valid, or the path points outside the folder.
    """
    if re.match(r"[A-Za-z][\w+.-]+:", value):
        return web_address(value)
    if re.match(r"[A-Za-z]:", value) or value.startswith(("/", "\\", "~")) or ".." in value.split("/") or "\\" in value:
        raise refuse(
            "the image path points outside the YAML file's folder",
            "Use a path relative to the YAML file, such as images/029/figure.png.",
        )
    return value


def _source(value: str) -> str:
    """Validate a source: an http or https URL, or a name."""
    return web_address(value) if re.match(r"https?:", value, re.IGNORECASE) else value


def _email(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise refuse("not a valid email address", "Use an address such as news@example.org.")
    return value


def _mailto(value: str) -> str:
    if not value.lower().startswith("mailto:"):
        raise refuse("expected a mailto address", f"Write mailto:{value if '@' in value else 'leave@example.org'}.")
    return _email(value[len("mailto:") :])


def _site(value: str) -> str:
    if "?" in value or "#" in value:
        raise refuse("a base URL cannot contain `?` or `#`", "Remove everything after the last slash.")
    return value if value.endswith("/") else value + "/"


def _list_id(value: str) -> str:
    if len(value) > 255 or not _LIST_ID.fullmatch(value):
        raise refuse("not a valid list id", "Use a name below your domain, such as weekly.example.org.")
    return value


WebAddress = Annotated[
    str,
    Parsed(parse_line, web_address),
    json_schema(type="string", pattern=r"^\s*[Hh][Tt][Tt][Pp][Ss]?://\S"),
]
# Where a story was found: a URL, or a name.
SourceAddress = Annotated[str, Parsed(parse_line, _source), json_schema(**SCALAR), PROSE]
SiteAddress = Annotated[WebAddress, Checked(_site)]
ImageAddress = Annotated[str, Parsed(parse_line, image_address), json_schema(**SCALAR)]
EmailAddress = Annotated[str, Parsed(parse_line, _email), json_schema(type="string")]
# A mailbox as a URL (RFC 6068); the value is the address alone.
MailtoAddress = Annotated[
    str,
    Parsed(parse_line, _mailto),
    json_schema(type="string", pattern="^[Mm][Aa][Ii][Ll][Tt][Oo]:"),
]
# The List-Id header (RFC 2919, §2), which readers can use to filter mail.
ListId = Annotated[str, Parsed(parse_line, _list_id), json_schema(type="string")]
