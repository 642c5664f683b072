"""What DNS has to say of a sender: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489), and whether it does."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, ip_address

from newsletter.mail.headers import wire_domain
from newsletter.publication.settings import Publication
from newsletter.text.domains import organisational_domain
from newsletter.text.private_hosts import is_private

# What services ask their customers to include, by the end of their servers' names; each service's own documentation.
_INCLUDES = {
    ".amazonaws.com": "amazonses.com",
    ".brevo.com": "spf.brevo.com",
    ".fastmail.com": "spf.messagingengine.com",
    ".gmail.com": "_spf.google.com",
    ".mailgun.org": "mailgun.org",
    ".mailjet.com": "spf.mailjet.com",
    ".office365.com": "spf.protection.outlook.com",
    ".postmarkapp.com": "spf.mtasv.net",
    ".sendgrid.net": "sendgrid.net",
}
# A string of a TXT record holds 255 bytes (RFC 1035, §3.3.14).
_STRING = 255


class RecordKind(StrEnum):
    """What a record is for."""

    SPF = "SPF"
    DKIM = "DKIM"
    DMARC = "DMARC"


@dataclass(frozen=True, slots=True)
class Record:
    """A TXT record to be put into DNS, and why."""

    kind: RecordKind
    name: str
    value: str
    why: str

    @property
    def zone_line(self) -> str:
        """The record as a zone file has it."""
        parts = [f'"{self.value[at : at + _STRING]}"' for at in range(0, len(self.value), _STRING)]
        return f"{self.name}. IN TXT {' '.join(parts)}"


def records_of(publication: Publication, public_key: str | None) -> tuple[Record, ...]:
    """The records that the settings ask for; the signature's only with its public key.

    Raises:
        CampaignError: a domain that there cannot be.
    """
    delivery = publication.delivery
    sender = wire_domain(publication.sender.email.rpartition("@")[2])
    envelope = wire_domain((delivery.envelope_sender or publication.sender.email).rpartition("@")[2])
    sources = list(dict.fromkeys(_source(server.host) for server in delivery.smtp)) or [_HERE]
    found = [
        Record(
            RecordKind.SPF,
            envelope,
            f"v=spf1 {' '.join(sources)} ~all",
            f"Says which servers send for {envelope}, the envelope sender's domain. Where it has such a record already,"
            " add to that one: a domain has one." + (_HERE_WHY if _HERE in sources else ""),
        )
    ]
    if delivery.dkim and public_key:
        domain = wire_domain(delivery.dkim.domain)
        name = f"{delivery.dkim.selector}._domainkey.{domain}"
        why = f"The public key of the signature: whoever can write it here owns {domain}."
        found.append(Record(RecordKind.DKIM, name, f"v=DKIM1; k=rsa; p={public_key}", why))
    registered = organisational_domain(sender)
    own = wire_domain(registered)
    verified = [f"SPF for {envelope}"] + ([f"DKIM for {delivery.dkim.domain}"] if delivery.dkim else [])
    aligned = [said for said in verified if organisational_domain(said.rpartition(" ")[2]) == registered]
    why = (
        f"Says what becomes of mail that is from {own} and is verified by neither of the two for a domain of {own}."
        f" Here {' and '.join(aligned) or 'nothing'} is aligned with it. Begin with `p=none`, read the reports, then"
        " write `p=quarantine`."
    )
    value = f"v=DMARC1; p=none; rua=mailto:{publication.reply_to or publication.sender.email}"
    return (*found, Record(RecordKind.DMARC, f"_dmarc.{own}", value, why))


@dataclass(frozen=True, slots=True)
class Difference:
    """What is wrong with what DNS says, and what to do; a `fault` makes receivers refuse or doubt messages."""

    message: str
    advice: str
    fault: bool = True


def compared(record: Record, found: Sequence[str]) -> Difference | None:
    """What the TXT records of the name lack of what they should say; nothing where all is well."""
    mark = {RecordKind.SPF: "v=spf1", RecordKind.DKIM: "", RecordKind.DMARC: "v=DMARC1"}[record.kind]
    said = [text for text in found if text.lower().startswith(mark.lower())]
    if not said:
        return Difference(f"{record.name} has no {record.kind} record", f"Put it there: {record.value}")
    if len(said) > 1:
        message = f"{record.name} has {len(said)} {record.kind} records, and receivers then believe none"
        return Difference(message, "Leave one.")
    if record.kind is RecordKind.SPF:
        missing = [part for part in record.value.split()[1:-1] if part not in said[0].lower().split()]
        if missing and missing != [_HERE]:
            message = f"{record.name} does not name {' '.join(missing)} itself: {said[0]}"
            return Difference(message, "Add it, unless what it includes names it.", fault=False)
    elif record.kind is RecordKind.DKIM and _tags(said[0]).get("p") != _tags(record.value)["p"]:
        return Difference(f"{record.name} has another key than the one that signs", f"Put this there: {record.value}")
    elif record.kind is RecordKind.DMARC and "p" not in _tags(said[0]):
        return Difference(f"{record.name} has no policy: {said[0]}", f"Put this there: {record.value}")
    return None


# The server on this machine sends from an address that only its owner knows.
_HERE = "ip4:ADDRESS"
_HERE_WHY = " In place of ADDRESS write the public address from which this machine sends."


def _source(host: str) -> str:
    """The mechanism by which SPF names a server (RFC 7208, §5)."""
    try:
        address = ip_address(host)
    except ValueError:
        if is_private(f"http://{host}/"):
            return _HERE
        include = next((name for end, name in _INCLUDES.items() if host.lower().endswith(end)), None)
        return f"include:{include}" if include else f"a:{wire_domain(host.lower())}"
    if not address.is_global:
        return _HERE
    return f"ip4:{address}" if isinstance(address, IPv4Address) else f"ip6:{address}"


def _tags(text: str) -> dict[str, str]:
    """The tags of a record (RFC 6376, §3.2), without white space."""
    return dict(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            yield name.strip().lower(), re.sub(r"\s+", "", value)
