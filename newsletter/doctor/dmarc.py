"""DMARC records (RFC 9989): find those of a domain and its parents, its organisation, and its policy."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from newsletter.doctor.dns_records import parse_tags

# A longer name continues with this many labels, so that a walk has at most 8 queries.
_MOST_LABELS = 7
_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_POLICIES = ("none", "quarantine", "reject")
_VALUES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("p", "sp", "np"), _POLICIES),
    "psd": ("y", "n", "u"),
    "t": ("y", "n"),
    **dict.fromkeys(("adkim", "aspf"), ("r", "s")),
}
# Tags of RFC 7489 that RFC 9989 removed, and what to do instead.
_REMOVED: Mapping[str, str] = {
    "pct": "Remove it. To test a policy before it is applied, write `t=y`.",
    "rf": "Remove it. Reports have one format.",
    "ri": "Remove it. Receivers send reports once a day.",
}


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """A DMARC record.

    Attributes:
        domain: The domain that it is about, without `_dmarc`.
        text: The record.
    """

    domain: str
    text: str

    @property
    def tags(self) -> dict[str, str]:
        """The tags with their values, in lower case."""
        return {name: value.lower() for name, value in parse_tags(self.text).items()}

    @property
    def name(self) -> str:
        """Its name in DNS."""
        return f"_dmarc.{self.domain}"

    @property
    def removed_tags(self) -> dict[str, str]:
        """The tags that receivers ignore since RFC 9989, with advice."""
        return {name: advice for name, advice in _REMOVED.items() if name in self.tags}

    @property
    def invalid_tags(self) -> dict[str, str]:
        """The tags with a value that does not exist, with advice."""
        return {
            f"{name}={self.tags[name]}": f"Write one of {', '.join(f'`{name}={value}`' for value in values)}."
            for name, values in _VALUES.items()
            if name in self.tags and self.tags[name] not in values
        }

    def policy(self, *, subdomain: bool, exists: bool) -> str:
        """Return the policy for its domain, or for a subdomain that may not exist; "" if it has none."""
        names = ("p",) if not subdomain else ("sp", "p") if exists else ("np", "sp", "p")
        return next((value for name in names if (value := self.tags.get(name, "")) in _POLICIES), "")


@dataclass(frozen=True, slots=True)
class TreeWalk:
    """The DMARC records of a domain and its parents.

    Attributes:
        domain: The domain at which the walk started.
        records: The records, from the longest name to the shortest.
        ambiguous: The domains with more than one record, which receivers ignore, and their number.
    """

    domain: str
    records: tuple[DmarcRecord, ...]
    ambiguous: Mapping[str, int]

    @property
    def organisation(self) -> str:
        """The organisational domain. A domain without any record is its own organisation."""
        for record in self.records:
            psd = record.tags.get("psd")
            if psd == "n":
                return record.domain
            if psd == "y" and record.domain != self.domain:
                labels = self.domain.split(".")
                return ".".join(labels[-len(record.domain.split(".")) - 1 :])
        return self.records[-1].domain if self.records else self.domain

    @property
    def applied(self) -> DmarcRecord | None:
        """The record whose policy applies: that of the domain, its organisation or its public suffix, or None."""
        wanted = (self.domain, self.organisation)
        found = [record for domain in wanted for record in self.records if record.domain == domain]
        found += [record for record in self.records if record.tags.get("psd") == "y"]
        return next(iter(found), None)

    def has_record(self, domain: str) -> bool:
        """Return whether a domain on the way has a record that receivers use."""
        return any(record.domain == domain for record in self.records)


def walk_tree(domain: str, look_up: Callable[[str], Sequence[str]]) -> TreeWalk:
    """Look up the DMARC records of a domain and its parents (the tree walk of RFC 9989), with at most 8 queries.

    Args:
        domain: The domain in ASCII.
        look_up: Returns the TXT records of a name.
    """
    domain = domain.lower().rstrip(".")
    records: list[DmarcRecord] = []
    ambiguous: dict[str, int] = {}
    for target in walked_domains(domain):
        found = [text for text in look_up(f"_dmarc.{target}") if _VERSION.match(text)]
        if len(found) > 1:
            ambiguous[target] = len(found)
        elif found:
            records.append(DmarcRecord(target, found[0]))
            if records[-1].tags.get("psd") in ("y", "n"):
                break
    return TreeWalk(domain, tuple(records), ambiguous)


def walked_domains(domain: str) -> list[str]:
    """Return the domains of a walk that finds no record: the domain, then its parents with at most 7 labels."""
    labels = domain.split(".")
    starts = range(max(1, len(labels) - _MOST_LABELS), len(labels))
    return [domain, *(".".join(labels[start:]) for start in starts)]


def common_parent(one: str, other: str) -> str:
    """Return the longest domain that both domains are or belong to, or "" if that is at most a top-level domain."""
    shared: list[str] = []
    for left, right in zip(reversed(one.split(".")), reversed(other.split(".")), strict=False):
        if left != right:
            break
        shared.insert(0, left)
    return ".".join(shared) if len(shared) > 1 else ""
