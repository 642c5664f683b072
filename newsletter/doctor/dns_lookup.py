"""DNS: the TXT and MX records of a name, asked of the machine's resolver or of a server that is named."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from newsletter.errors import NoAnswerError

_SECONDS = 5


@dataclass(frozen=True, slots=True)
class NameServer:
    """A server that answers for DNS."""

    address: str
    port: int = 53


def name_server(text: str) -> NameServer:
    """A server from `ADDRESS` or `ADDRESS:PORT`.

    Raises:
        ValueError: it is neither.
    """
    address, colon, port = text.rpartition(":")
    if not colon or ":" in address:
        return NameServer(str(ip_address(text)))
    return NameServer(str(ip_address(address)), int(port))


def txt_records(name: str, server: NameServer | None = None) -> list[str]:
    """The TXT records of a name, each as one text; none where there is no such name.

    Raises:
        NoAnswerError: DNS does not answer, or the name is none.
    """
    return [b"".join(record.strings).decode("utf-8", "replace") for record in _asked(name, "TXT", server)]


def takes_mail(domain: str, server: NameServer | None = None) -> bool:
    """Whether a domain names a server for its mail (RFC 5321, §5.1; RFC 7505 for one that takes none).

    Raises:
        NoAnswerError: DNS does not answer, or the name is none.
    """
    servers = _asked(domain, "MX", server)
    if not servers:
        return bool(_asked(domain, "A", server) or _asked(domain, "AAAA", server))
    return any(str(record.exchange) != "." for record in servers)


def _asked(name: str, kind: str, server: NameServer | None) -> list[Any]:
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN, NoAnswer, Resolver

    resolver = Resolver(configure=server is None)
    if server:
        resolver.nameservers, resolver.port = [server.address], server.port
    try:
        return list(resolver.resolve(name.rstrip(".") + ".", kind, lifetime=_SECONDS))
    except (NXDOMAIN, NoAnswer):
        return []
    except DNSException as error:
        raise NoAnswerError(f"DNS does not answer for {name}: {error}", "Try again, or name a --nameserver.") from error
