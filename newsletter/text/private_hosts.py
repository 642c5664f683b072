"""Detects URLs of private networks."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

# Special-use names (RFC 6761, RFC 6762, RFC 8375, `internal` of ICANN), and a common name in home networks.
_ENDINGS = (".localhost", ".test", ".local", ".internal", ".home.arpa", ".lan")


def is_private(url: str) -> bool:
    """Return whether a URL leads to this machine or into a private network. Host names are not resolved."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".") if parts.scheme.lower() in ("http", "https") else ""
    except ValueError:
        return False
    try:
        return not ip_address(host).is_global
    except ValueError:
        # With a repeated scheme, `http` is parsed as the host. Such a URL is invalid, not private.
        alone = bool(re.fullmatch(r"[\w-]+", host)) and host not in ("http", "https")
        return alone or host.endswith(_ENDINGS)
