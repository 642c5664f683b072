"""The DNS records that a sender needs: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 9989)."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, ip_address

from newsletter.mail.headers import wire_domain
from newsletter.publication.settings import Publication
from newsletter.text.private_hosts import is_private

# The SPF include of each service, by the end of its servers' names, from the service's own documentation.
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
# A string of a TXT record has at most 255 bytes (RFC 1035, §3.3.14).
_STRING = 255


class RecordKind(StrEnum):
    """The kind of a record."""

    SPF = "SPF"
    DKIM = "DKIM"
    DMARC = "DMARC"


@dataclass(frozen=True, slots=True)
class Record:
    """A TXT record to publish. `why` explains it to the author."""

    kind: RecordKind
    name: str
    value: str
    why: str

    @property
    def zone_line(self) -> str:
        """The record as a line of a zone file."""
        parts = [f'"{self.value[at : at + _STRING]}"' for at in range(0, len(self.value), _STRING)]
        return f"{self.name}. IN TXT {' '.join(parts)}"


def records_of(publication: Publication, dkim_records: Mapping[str, str]) -> tuple[Record, ...]:
    """Return the records that the settings need.

    Args:
        publication: The settings.
        dkim_records: The values of the DKIM records by selector.

    Raises:
        CampaignError: A domain in the settings cannot exist.
    """
    delivery = publication.delivery
    sender = wire_domain(publication.sender.email.rpartition("@")[2]).lower()
    envelope = wire_domain((delivery.envelope_sender or publication.sender.email).rpartition("@")[2])
    sources = list(dict.fromkeys(_spf_mechanism(server.host) for server in delivery.smtp)) or [_HERE]
    found = [
        Record(
            RecordKind.SPF,
            envelope,
            f"v=spf1 {' '.join(sources)} ~all",
            f"SPF lists the servers that may send for {envelope}, the domain of the envelope sender. If the domain has"
            " an SPF record, extend that record: a domain may have only one." + (_HERE_WHY if _HERE in sources else ""),
        )
    ]
    if delivery.dkim:
        domain = wire_domain(delivery.dkim.domain)
        why = f"DKIM publishes the public key with which receivers verify signatures of {domain}."
        for selector, value in dkim_records.items():
            found.append(Record(RecordKind.DKIM, f"{selector}._domainkey.{domain}", value, why))
    others = {domain for _, domain in verified_domains(publication) if domain != sender}
    why = (
        f"DMARC tells receivers what to do with mail from {sender} and its subdomains that neither SPF nor DKIM"
        " verifies for the same organisation. Start with `p=none`, read the reports, then change it to `p=quarantine`."
    )
    if others:
        why += f" `--dns` checks whether {' and '.join(sorted(others))} and {sender} are one organisation."
    value = f"v=DMARC1; p=none; rua=mailto:{publication.reply_to or publication.sender.email}"
    return (*found, Record(RecordKind.DMARC, f"_dmarc.{_dmarc_domain(sender, others)}", value, why))


def verified_domains(publication: Publication) -> list[tuple[str, str]]:
    """Return the domains that SPF and DKIM verify, in ASCII. Without `delivery.dkim`, that of DKIM is not known.

    Raises:
        CampaignError: A domain in the settings cannot exist.
    """
    delivery = publication.delivery
    envelope = (delivery.envelope_sender or publication.sender.email).rpartition("@")[2]
    found = [("SPF", envelope)] + ([("DKIM", delivery.dkim.domain)] if delivery.dkim else [])
    return [(kind, wire_domain(domain).lower()) for kind, domain in found]


def _dmarc_domain(sender: str, others: Collection[str]) -> str:
    """Return where the record belongs: the domain of the sender, or that above it which SPF or DKIM verifies."""
    return min((domain for domain in others if sender.endswith(f".{domain}")), key=len, default=sender)


@dataclass(frozen=True, slots=True)
class Difference:
    """How a published record differs from the needed one. With `is_error`, receivers may reject messages."""

    message: str
    advice: str
    is_error: bool = True


def compare_record(record: Record, found: Sequence[str]) -> Difference | None:
    """Compare a record for SPF or DKIM with the TXT records of its name. Returns None if one of them satisfies it."""
    prefix = {RecordKind.SPF: "v=spf1", RecordKind.DKIM: ""}[record.kind]
    published = [text for text in found if text.lower().startswith(prefix.lower())]
    if not published:
        return Difference(f"{record.name} has no {record.kind} record", f"Add this record: {record.value}")
    if len(published) > 1:
        message = f"{record.name} has {len(published)} {record.kind} records, so receivers ignore them all"
        return Difference(message, "Keep one and remove the others.")
    if record.kind is RecordKind.SPF:
        missing = [part for part in record.value.split()[1:-1] if part not in published[0].lower().split()]
        if missing and missing != [_HERE]:
            message = f"{record.name} does not contain {' '.join(missing)}: {published[0]}"
            return Difference(message, "Add it, unless an included record contains it.", is_error=False)
    elif record.kind is RecordKind.DKIM and _public_key(published[0]) != _public_key(record.value):
        return Difference(
            f"{record.name} has a different key from the one that signs", f"Replace it with: {record.value}"
        )
    return None


# A placeholder for the public address of this machine, which cannot be determined here.
_HERE = "ip4:ADDRESS"
_HERE_WHY = " Replace ADDRESS with the public address from which this machine sends."


def _spf_mechanism(host: str) -> str:
    """Return the SPF mechanism for a server (RFC 7208, §5)."""
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


def _public_key(text: str) -> tuple[str, str | None]:
    """Return the type and the public key of a DKIM record; the type is RSA if it has none (RFC 6376, §3.6.1)."""
    tags = parse_tags(text)
    return tags.get("k", "rsa").lower(), tags.get("p")


def parse_tags(text: str) -> dict[str, str]:
    """Parse the tags of a record (RFC 6376, §3.2); whitespace is removed from their values."""
    return dict(_split_tags(text))


def _split_tags(text: str) -> Iterator[tuple[str, str]]:
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            yield name.strip().lower(), re.sub(r"\s+", "", value)
