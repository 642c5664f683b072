"""A row of the table of reply patterns, and how rows are matched with a reply."""

import re
from dataclasses import dataclass, field

from newsletter.bounces.cause import Cause
from newsletter.text.redact import REDACTED

# The characters of a reply that are matched.
MAX_REPLY = 4000
# In replies that were stored, addresses are redacted already.
_ADDRESS = re.compile(REDACTED + r"|[^\s<>()\[\]\"',;:@]{1,64}@[^\s<>()\[\]\"',;:@]{1,255}")
_CODES = re.compile(r"(?<![\d.])[245]\d\d(?:[ -]+#?[245]\.\d{1,3}\.\d{1,3})?[ -]|(?<![\d.])[245]\.\d{1,3}\.\d{1,3} ")
_HOST = re.compile(r"\bhost [^\s.]{1,64}\.\S{1,255} \w{4,8}:|\bvia \S{1,255}|\bdsn; \S{1,255}")
# The most characters that `*` in a fragment stands for.
_GAP = 60


@dataclass(frozen=True, slots=True)
class ReplyPattern:
    """A row of the table.

    Attributes:
        origin: The provider or program, or "any".
        fragments: Alternative parts of the reply, in lower case; `*` stands for at most 60 characters.
        source: Where the wording is documented.
    """

    origin: str
    cause: Cause
    fragments: tuple[str, ...]
    source: str
    _gaps: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        gaps = (fragment.split("*") for fragment in self.fragments if "*" in fragment)
        patterns = tuple(re.compile(f".{{0,{_GAP}}}?".join(map(re.escape, parts))) for parts in gaps)
        object.__setattr__(self, "_gaps", patterns)

    def matches(self, reply: str) -> bool:
        """Return whether a reply from `normalise_reply` contains one of the fragments."""
        return any(fragment in reply for fragment in self.fragments) or any(gap.search(reply) for gap in self._gaps)


def build_rows(origin: str, source: str, *rows: tuple[Cause, tuple[str, ...]]) -> tuple[ReplyPattern, ...]:
    """Build the rows of one origin."""
    return tuple(ReplyPattern(origin, cause, fragments, source) for cause, fragments in rows)


def normalise_reply(reply: str, address: str = "") -> str:
    """Return a reply in lower case on one line, without codes, addresses and the names of relaying hosts.

    Without the codes, a phrase that continues on the next line of a reply is in one piece. Addresses may contain words
    such as `spam`.

    Args:
        reply: The reply.
        address: What replaces each address.
    """
    text = " ".join(reply[:MAX_REPLY].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    text = _CODES.sub(" ", _HOST.sub(" ", _ADDRESS.sub(address, text)) + " ")
    return f" {' '.join(text.split())} "
