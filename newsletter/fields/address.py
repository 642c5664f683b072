"""Addresses in an author's file: of pages, images and mail boxes."""

import re
import unicodedata
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from newsletter.fields.text import SCALAR, Text, refuse, require_one_line, said

# Most URLs are as plain as this, and taken at a look.
_PLAIN = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?:/[\w./?=&%#~+:@,;!*()'-]*)?", re.ASCII)
_ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]+@[^\s@<>()\[\]\\,;:\"]+\.[^\s@<>()\[\]\\,;:\".]{2,}")
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+")


def web_address(value: str) -> str:
    """An http or https URL, kept as it was typed.

    Raises:
        PydanticCustomError: it is no such URL (RFC 3986; beyond it, letters of all scripts are
            accepted, as browsers do).
    """
    value = value.strip()
    if _PLAIN.fullmatch(value):
        return value
    if not re.match(r"https?:", value, re.IGNORECASE):
        scheme = re.match(r"([A-Za-z][\w+.-]*):", value)
        if scheme and "." not in scheme[1]:
            raise refuse(
                f"`{scheme[1]}:` addresses cannot stand here: only http and https URLs can",
                "Write a URL that begins with https://.",
            )
        raise refuse("this is not a URL", f"Write it whole, with its scheme and nothing around it: {_whole(value)}")
    wrong = re.search(r"[\s\"<>\\^`{|}\u00a0\u2000-\u200f\u2028-\u202f\u2060-\u206f\ufeff]", value)
    if wrong:
        advice = f"Take it out, or write %{ord(wrong[0]):02X} for it." if wrong[0].isascii() else "Take it out."
        raise refuse(f"a URL cannot hold {_named(wrong[0])}", advice)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise refuse(f"this is not a URL: {error}", "Copy it again from the browser's address line.") from error
    if not value[len(parts.scheme) + 1 :].startswith("//") or not host or host.strip(".") == "":
        raise refuse("this URL names no host", f"Write it as {_whole(value)}")
    return value


def _whole(value: str) -> str:
    """A URL as it was probably meant: with its scheme, colon and slashes, and nothing around it."""
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
    """An image's address: an http or https URL, or a path that stays beside the file that names it.

    Raises:
        PydanticCustomError: it is neither.
    """
    if re.match(r"[A-Za-z][\w+.-]+:", value):
        return web_address(value)
    if re.match(r"[A-Za-z]:", value) or value.startswith(("/", "\\", "~")) or ".." in value.split("/") or "\\" in value:
        raise refuse(
            "an image's path must lie beside the issue",
            "Write it relative to the YAML file, such as images/029/figure.png.",
        )
    return value


def _email(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise refuse("this is not an email address", "Write one such as news@example.org.")
    return value


def _site(value: str) -> str:
    if "?" in value or "#" in value:
        raise refuse("an address that others begin with has no `?` and no `#`", "Write it up to the last slash.")
    return value if value.endswith("/") else value + "/"


def _list_id(value: str) -> str:
    if len(value) > 255 or not _LIST_ID.fullmatch(value):
        raise refuse("this is no list's identifier", "Write a name below a domain of yours: weekly.example.org.")
    return value


WebAddress = Annotated[
    Text,
    AfterValidator(require_one_line),
    AfterValidator(web_address),
    said(type="string", pattern=r"^\s*[Hh][Tt][Tt][Pp][Ss]?://\S"),
]
SiteAddress = Annotated[WebAddress, AfterValidator(_site)]
ImageAddress = Annotated[Text, AfterValidator(require_one_line), AfterValidator(image_address), said(**SCALAR)]
EmailAddress = Annotated[Text, AfterValidator(require_one_line), AfterValidator(_email), said(type="string")]
# RFC 2919, §2: what an inbox sorts by, and never shows.
ListId = Annotated[Text, AfterValidator(require_one_line), AfterValidator(_list_id), said(type="string")]
