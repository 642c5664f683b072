"""Look up TXT and MX records in DNS, with the resolver of the system or a given server."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from newsletter.errors import NoAnswerError

_TIMEOUT = 5  # seconds


@dataclass(frozen=True, slots=True)
class NameServer:
    """A DNS server."""

    address: str
    port: int = 53


def parse_name_server(text: str) -> NameServer:
    """Parse `ADDRESS` or `ADDRESS:PORT`.

    Raises:
        ValueError: The text is neither.
    """
    address, colon, port = text.rpartition(":")
    if not colon or ":" in address:
        return NameServer(str(ip_address(text)))
    return NameServer(str(ip_address(address)), int(port))


def txt_records(name: str, server: NameServer | None = None) -> list[str]:
    """Look up the TXT records of a name, the strings of each joined. Returns an empty list for an unknown name.

    Raises:
        NoAnswerError: DNS does not answer, or the name is not valid.
    """
    return [b"".join(record.strings).decode("utf-8", "replace") for record in _look_up(name, "TXT", server)]


def accepts_mail(domain: str, server: NameServer | None = None) -> bool:
    """Return whether a domain has a mail server (RFC 5321, §5.1), other than the null MX of RFC 7505.

    Raises:
        NoAnswerError: DNS does not answer, or the name is not valid.
    """
    servers = _look_up(domain, "MX", server)
    if not servers:
        return bool(_look_up(domain, "A", server) or _look_up(domain, "AAAA", server))
    return any(str(record.exchange) != "." for record in servers)


def exists(domain: str, server: NameServer | None = None) -> bool:
    """Return whether a domain exists for DMARC (RFC 9989): whether it has an MX, A or AAAA record.

    Raises:
        NoAnswerError: DNS does not answer, or the name is not valid.
    """
    return any(_look_up(domain, kind, server) for kind in ("MX", "A", "AAAA"))


def _look_up(name: str, kind: str, server: NameServer | None) -> list[Any]:
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN, NoAnswer, Resolver

    resolver = Resolver(configure=server is None)
    if server:
        resolver.nameservers, resolver.port = [server.address], server.port
    try:
        return list(resolver.resolve(name.rstrip(".") + ".", kind, lifetime=_TIMEOUT))
    except (NXDOMAIN, NoAnswer):
        return []
    except DNSException as error:
        raise NoAnswerError(f"the DNS lookup of {name} failed: {error}", "Try again, or use --nameserver.") from error
