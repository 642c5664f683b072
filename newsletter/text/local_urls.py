"""Describes URLs that work only on the author's computer, such as `file:` and `localhost`."""

import re
from urllib.parse import urlsplit

from newsletter.text.domains import is_this_machine

_APPLE = "an address that Apple's editors make up for pasted text; it leads nowhere"
_BROWSER = "a page inside your browser"
_MAIL = "a message in your mail program"
_APP = "a page in an app on your device"
# What the URLs of a scheme lead to.
LOCAL_SCHEMES = {
    **dict.fromkeys(("applewebdata", "x-webdoc", "webkit-fake-url"), _APPLE),
    "file": "a file on your computer",
    "content": "a file in an app on your phone",
    "blob": "temporary data of one browser tab",
    **dict.fromkeys(("about", "chrome", "edge", "brave", "opera", "vivaldi", "view-source", "resource"), _BROWSER),
    **dict.fromkeys(("chrome-extension", "moz-extension", "safari-web-extension", "extension"), _BROWSER),
    **dict.fromkeys(("message", "mid", "cid"), _MAIL),
    **dict.fromkeys(("evernote", "notion", "obsidian", "onenote", "zotero", "things", "bear", "craftdocs"), _APP),
}
_SCHEME = re.compile(r"\s*(?P<scheme>[a-z][a-z0-9+-]*):(?P<rest>.*)", re.IGNORECASE | re.DOTALL)
# A host that was typed without a scheme, after the invented host of an editor.
_TYPED = re.compile(r"//[^/]*/(?P<url>(?:[\w-]+\.)+[a-z]{2,}(?:[/?#]\S*)?)\s*", re.IGNORECASE)
# This machine, typed without a scheme.
_MACHINE = re.compile(
    r"\s*(?P<host>localhost(?::\d+)?|127(?:\.\d+){3}(?::\d+)?|0\.0\.0\.0(?::\d+)?)(?:[/?#]\S*)?\s*", re.IGNORECASE
)
# A path of Windows, with the letter of a drive.
_DRIVE = re.compile(r"\s*[A-Z]:(?:[\\/]|%5C).*", re.IGNORECASE | re.DOTALL)
_AGAIN = "Copy the URL again from the browser's address bar."


def describe_local_url(url: str) -> tuple[str, str] | None:
    """Return what a URL on the author's computer is and what to do, or None for other URLs."""
    if machine := _MACHINE.fullmatch(url):
        return _this_machine(machine["host"])
    if _DRIVE.fullmatch(url):
        return "this is a file on your computer", _AGAIN
    found = _SCHEME.fullmatch(url)
    if not found:
        return None
    scheme = found["scheme"].lower()
    if scheme in LOCAL_SCHEMES:
        typed = _TYPED.fullmatch(found["rest"]) if LOCAL_SCHEMES[scheme] == _APPLE else None
        return f"`{scheme}:` is {LOCAL_SCHEMES[scheme]}", f"Write https://{typed['url']}" if typed else _AGAIN
    try:
        parts = urlsplit(url.strip())
        host, authority = (parts.hostname or "").rstrip("."), parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    if scheme in ("http", "https") and (is_this_machine(host) or host == "0.0.0.0" or host.endswith(".localhost")):  # noqa: S104 (compared only)
        return _this_machine(authority)
    return None


def _this_machine(host: str) -> tuple[str, str]:
    return f"`{host}` is your own computer", "Write the public URL of the page."
