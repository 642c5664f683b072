"""A DNS server on the loopback interface with a fixed zone."""

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from dns.flags import QR, RA
from dns.message import from_wire, make_response
from dns.rcode import NXDOMAIN
from dns.rdatatype import to_text
from dns.rrset import from_text

Zone = Mapping[tuple[str, str], Sequence[str]]


@contextmanager
def name_server(zone: Zone) -> Iterator[str]:
    """Run a DNS server until the block ends. Yields its address and port.

    Args:
        zone: The text of records by name and type.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as served:
        served.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(served, zone))
        thread.start()
        yield f"127.0.0.1:{served.getsockname()[1]}"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", served.getsockname())
        thread.join()


def _serve(served: socket.socket, zone: Zone) -> None:
    """Answer queries until an empty datagram arrives."""
    while True:
        datagram, sender = served.recvfrom(4096)
        if not datagram:
            return
        query = from_wire(datagram)
        answer = make_response(query)
        answer.flags |= QR | RA
        (question,) = query.question
        name = question.name.to_text(omit_final_dot=True)
        records = zone.get((name, to_text(question.rdtype)))
        if records:
            answer.answer.append(from_text(question.name, 60, "IN", to_text(question.rdtype), *records))
        elif not any(name == known for known, _ in zone):
            answer.set_rcode(NXDOMAIN)
        served.sendto(answer.to_wire(), sender)
