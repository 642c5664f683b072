"""Addresses that only one machine, or one network, reaches."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

# Special-use names (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`), and what routers call their own network.
_ENDINGS = (".localhost", ".test", ".local", ".internal", ".home.arpa", ".lan")


def is_private(url: str) -> bool:
    """Whether a web address names this machine, or one that only a private network knows; no name is looked up."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".") if parts.scheme.lower() in ("http", "https") else ""
    except ValueError:
        return False
    try:
        return not ip_address(host).is_global
    except ValueError:
        # A scheme written twice leaves one as the host: that URL leads nowhere, and not into a network.
        alone = bool(re.fullmatch(r"[\w-]+", host)) and host not in ("http", "https")
        return alone or host.endswith(_ENDINGS)
