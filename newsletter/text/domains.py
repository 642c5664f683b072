"""Domains: hosts of URLs, shorteners, lookalikes and registered domains."""

import ipaddress
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

# Services that hide the target of a link, and may shut down.
SHORTENERS = frozenset(
    """
    adf.ly amzn.to apple.co bbc.in bit.do bit.ly bitly.com bl.ink buff.ly clck.ru cutt.ly db.tt deck.ly dlvr.it
    econ.st eepurl.com fb.me flip.it git.io goo.gl gu.com hubs.la hubs.li hubs.ly ht.ly ift.tt is.gd j.mp lnkd.in
    mz.cm n.pr nyti.ms on.ft.com ow.ly p.dw.com po.st qr.ae rb.gy rebrand.ly reut.rs s.id shorturl.at smarturl.it
    snip.ly spr.ly t.cn t.co t.ly tcrn.ch tiny.cc tinyurl.com tr.im trib.al u.nu url.cn v.gd wapo.st wp.me xhslink.com
    zpr.io
    """.split()  # noqa: SIM905 (names read better as words)
)
# Endings that only domains have. `Node.js`, `README.md` and `fast.ai` may be names of other things.
_ENDINGS = "com|org|net|edu|gov|int|info|ac|at|au|be|br|ca|ch|cn|de|dk|es|eu|fi|fr|ie|in|it|jp|kr|nl|no|nz|se|tw|uk|us"
_SHOWN = re.compile(
    rf"(?:https?://|www\.)[^\s/]+(?:/\S*)?|(?:[\w-]+\.)+(?:{_ENDINGS})(?:/\S*)?", re.IGNORECASE | re.ASCII
)
# Scripts that languages mix (Unicode Technical Standard 39, 5.2: highly restrictive).
_TOGETHER = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "HANGUL"},
    {"LATIN", "CJK", "BOPOMOFO"},
)
# Lower-case letters that look like Latin ones in most typefaces (Unicode Technical Standard 39, confusables).
_LIKE_LATIN = str.maketrans("асԁеһіјӏорԛѕԝхуѵҽгпαικνρυωηοτ", "acdehijlopqswxyvernaikvpuwnot")

# RFC 2606, sections 2 and 3.
_RESERVED_ENDINGS = frozenset({"test", "example", "invalid", "localhost"})
_RESERVED_DOMAINS = frozenset({"example.com", "example.net", "example.org"})
# Domains of free mail providers, whose DMARC policies reject mail from other servers.
_FREEMAIL = frozenset(
    """
    126.com 163.com aol.com bk.ru daum.net duck.com fastmail.com fastmail.fm foxmail.com free.fr freenet.de gmail.com
    googlemail.com hanmail.net hey.com hotmail.com hushmail.com icloud.com inbox.ru laposte.net libero.it list.ru
    live.com mac.com mail.com mail.ru me.com msn.com naver.com orange.fr outlook.com pm.me posteo.de proton.me
    protonmail.com qq.com rambler.ru rediffmail.com seznam.cz sina.com t-online.de tuta.com tutanota.com virgilio.it
    wanadoo.fr web.de wp.pl ya.ru yandex.com yandex.ru yeah.net ymail.com zoho.com
    """.split()  # noqa: SIM905 (names read better as words)
)
_FREEMAIL_EVERYWHERE = re.compile(r"(?:gmx|hotmail|live|outlook|yahoo|yandex)(?:\.(?:co|com))?\.[a-z]{2,3}")
# Most URLs match this and need not be parsed.
_PLAIN = re.compile(r"https?://(?:www\.)?+([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?:[/?#]|\Z)", re.ASCII)


def host_of(url: str) -> str:
    """Return the host of a URL in lower case, without `www.`, or "" if it has none."""
    if plain := _PLAIN.match(url):
        return plain[1]
    try:
        return (urlsplit(url.strip()).hostname or "").removeprefix("www.").rstrip(".")
    except ValueError:
        return ""


def is_page(url: str) -> bool:
    """Return whether a URL names more than a site."""
    parts = urlsplit(url)
    return bool(parts.path.strip("/") or parts.query)


def is_reserved(domain: str) -> bool:
    """Whether a domain is reserved for examples and tests (RFC 2606), so that nobody can receive mail there."""
    labels = domain.lower().rstrip(".").split(".")
    return labels[-1] in _RESERVED_ENDINGS or ".".join(labels[-2:]) in _RESERVED_DOMAINS


def same_site(one: str, other: str) -> bool:
    """Return whether two hosts are equal, or one is a subdomain of the other."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def is_freemail(domain: str) -> bool:
    """Return whether a domain belongs to a free mail provider."""
    domain = domain.lower()
    return domain in _FREEMAIL or bool(_FREEMAIL_EVERYWHERE.fullmatch(domain))


def organisational_domain(domain: str) -> str:
    """Return the organisational domain of a domain in Unicode, by the Public Suffix List (RFC 7489, §3.2).

    A public suffix such as `co.uk` is returned unchanged.
    """
    name = ".".join(_labels(domain.rstrip(".")))
    return _public_suffixes().privatesuffix(name) or name


def host_in_text(text: str) -> str:
    """Return the host in the words of a link, or "" if the words are not a URL or domain."""
    shown = text.strip()
    if not _SHOWN.fullmatch(shown):
        return ""
    return host_of(shown if "://" in shown else f"https://{shown}")


def mixed_scripts(host: str) -> list[str]:
    """Return the scripts of a label of the host that no language mixes, sorted; [] if there are none."""
    for label in _labels(host) if _beyond_ascii(host) else ():
        scripts = {_script(character) for character in label if character.isalpha()}
        if len(scripts) > 1 and not any(scripts <= known for known in _TOGETHER):
            return sorted(script.title() for script in scripts)
    return []


def latin_double(host: str) -> str:
    """Return the Latin host that a Cyrillic or Greek host looks like.

    Returns "" if it looks like none, or its top-level domain is not Latin.
    """
    labels = _labels(host) if _beyond_ascii(host) else []
    if not labels or not labels[-1].isascii():
        return ""
    doubles = [label.translate(_LIKE_LATIN) for label in labels]
    return ".".join(doubles) if doubles != labels and ".".join(doubles).isascii() else ""


def _beyond_ascii(host: str) -> bool:
    return not host.isascii() or "xn--" in host


def is_this_machine(host: str) -> bool:
    """Return whether a host is this machine, so that traffic to it does not use a network."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@cache
def _public_suffixes() -> "PublicSuffixList":
    # Loaded on demand, since the list has 10,000 names. Names are looked up in Unicode only.
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_encoded_idn=False)


def _labels(host: str) -> list[str]:
    return [_decoded(label) for label in host.lower().split(".")]


def _decoded(label: str) -> str:
    if label.startswith("xn--"):
        try:
            label = label[4:].encode("ascii").decode("punycode")
        except UnicodeError:
            return label
    return unicodedata.normalize("NFKC", label)


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0].partition("-")[0]
