"""Adapts outputs for frames in the browser: local images, and the colours of an inbox. Pure functions."""

import re
from enum import StrEnum
from html import escape
from urllib.parse import urlsplit

CLIP = 102_000
"""The size of the HTML, in bytes, above which Gmail clips a message (docs/email.md)."""

# Elements that can take an attribute without a change to the layout.
_BLOCK = re.compile(rb"<(?:h[1-6]|p|div|li|ul|ol|blockquote|table|tr|td|img)\b")
_URL_ALONE = re.compile(r"<p>(https?://[^<\s]+)</p>")
_STYLE = re.compile(r"<style\b.*?</style\s*>", re.DOTALL | re.IGNORECASE)
# Media conditions that are always and never true, also inside other conditions.
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
# Gmail on iOS inverts the lightness of all colours except in images, and ignores the email's own dark styles.
_INVERSION = (
    "<style>html{background:#fff;filter:invert(.94) hue-rotate(180deg)}img{filter:hue-rotate(180deg) invert(1)}</style>"
)


class ColourScheme(StrEnum):
    """The colour scheme that an inbox uses to show an email."""

    LIGHT = "light"
    DARK = "dark"
    GMAIL = "gmail"


def frame_email(html: str, assets_url: str, scheme: ColourScheme, *, images: bool) -> str:
    """Return an email's HTML as an inbox with a colour scheme shows it, with `data-clip` where Gmail clips it."""
    page = with_scheme(with_local_images(mark_clip(html), assets_url), scheme)
    return page if images else re.sub(r'(<img\b[^>]*?\ssrc=)"[^"]*"', r'\1""', page)


def frame_story(html: str, assets_url: str) -> str:
    """Return the Medium story's HTML with local images, and with a card for each URL that is a whole paragraph."""

    def card(match: re.Match[str]) -> str:
        host = escape(urlsplit(match[1]).hostname or "")
        return f'<p class="card"><a href="{match[1]}"><span>{match[1]}</span><small>{host}</small></a></p>'

    return _URL_ALONE.sub(card, with_local_images(html, assets_url))


def without_styles(html: str) -> str:
    """Return HTML without its `<style>` elements."""
    return _STYLE.sub("", html)


def with_local_images(html: str, assets_url: str) -> str:
    """Return HTML with hosted images replaced by those that the preview serves."""
    return html.replace(f'src="{escape(assets_url)}', 'src="/assets/')


def mark_clip(html: str) -> str:
    """Return HTML with `data-clip` on the last block that begins before Gmail's limit, if it is larger than that."""
    content = html.encode()
    if len(content) <= CLIP:
        return html
    ends = [found.end() for found in _BLOCK.finditer(content, content.find(b"<body"), CLIP)]
    return (content[: ends[-1]] + b" data-clip" + content[ends[-1] :]).decode() if ends else html


def with_scheme(html: str, scheme: ColourScheme) -> str:
    """Return HTML that always uses a colour scheme, independently of the author's system."""
    head, end, body = html.partition("</head>")
    dark = scheme is ColourScheme.DARK
    head = re.sub(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", _ALWAYS if dark else _NEVER, head)
    head = re.sub(r"\(\s*prefers-color-scheme\s*:\s*light\s*\)", _NEVER if dark else _ALWAYS, head)
    head = re.sub(r"(?<=[\"': ])light dark\b", "dark" if dark else "light", head)
    return head + (_INVERSION if scheme is ColourScheme.GMAIL else "") + end + body
