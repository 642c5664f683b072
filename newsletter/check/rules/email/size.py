"""Rules on the size of an email, and on what Gmail cuts off."""

from collections.abc import Iterator
from html import escape

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.rendered_email import EntryPart, RenderedEmail
from newsletter.check.rules.html_elements import shortened
from newsletter.errors import Severity
from newsletter.render.merge_fields import MergeField

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
# In bytes of HTML.
CLIPPED, NEARLY_CLIPPED = 102_000, 90_000
# The number of entries in the table of the largest.
_LARGEST = 5
_MEASURED = "measured by many senders: Gmail shows about the first 102 KB of an HTML part"


@rules.rule(
    "email-clipped",
    Severity.ERROR,
    "Gmail cuts off long emails; readers do not see the last entries or the unsubscribe link.",
    _MEASURED,
)
def clipped(email: RenderedEmail) -> Iterator[Finding]:
    """HTML of more than 102,000 bytes. The finding is at the entry where Gmail cuts, and lists the largest entries.

    Shorten comments, or move entries to the next issue.
    """
    size = len(email.html.encode())
    if size <= CLIPPED:
        return
    part = next((part for part, _, end in _measured(email) if end > CLIPPED), None)
    where = f", in the entry `{shortened(part.view.title)}`" if part else ", after the last entry" * email.located
    message = f"the email has {size:,} bytes of HTML, and Gmail cuts it off after {CLIPPED:,}{where}"
    last = email.entries[-1].steps if email.located else ()
    yield Finding(part.steps if part else last, message, _advice(email))


@rules.rule(
    "email-nearly-clipped",
    Severity.WARNING,
    "Sending adds to the size, so an email close to Gmail's limit may exceed it in the inbox.",
    _MEASURED,
)
def nearly_clipped(email: RenderedEmail) -> Iterator[Finding]:
    """HTML of more than 90,000 bytes. The finding lists the largest entries.

    Shorten comments, or move entries to the next issue.
    """
    size = len(email.html.encode())
    if NEARLY_CLIPPED < size <= CLIPPED:
        largest = max(_measured(email), key=lambda measured: measured[1], default=None)
        message = f"the email has {size:,} bytes of HTML, and Gmail cuts it off after {CLIPPED:,}"
        yield Finding(largest[0].steps if largest else (), message, _advice(email))


@rules.rule(
    "email-unsubscribe-clipped",
    Severity.ERROR,
    "By law both must be visible in a bulk email, and readers who do not find the link report spam.",
    "CAN-SPAM Act, 15 U.S.C. 7704(a)(5); " + _MEASURED,
)
def unsubscribe_clipped(email: RenderedEmail) -> Iterator[Finding]:
    """An unsubscribe link or postal address after the point where Gmail cuts the email off.

    Shorten the email, or place both above the entries in your own template.
    """
    shown = email.html.encode()[:CLIPPED].decode(errors="ignore")
    address = [escape(line, quote=False) for line in email.view.postal_address if line.strip()]
    parts = {"the unsubscribe link": MergeField.UNSUBSCRIBE_URL.text, "the postal address": address[-1]}
    lost = [what for what, text in parts.items() if text in email.html and text not in shown]
    if lost:
        verb = "comes" if len(lost) == 1 else "come"
        message = f"{' and '.join(lost)} {verb} after the first {CLIPPED:,} bytes, where Gmail cuts the email off"
        yield Finding((), message, "Shorten the email, or place both above the entries in your own template.")


def _measured(email: RenderedEmail) -> list[tuple[EntryPart, int, int]]:
    """Return each entry in the HTML with its size in bytes, and the size of the HTML up to its end."""
    measured = []
    for part in email.entries:
        if part.region:
            end = len(email.html[: part.region.end].encode())
            measured.append((part, len(email.html[part.region.start : part.region.end].encode()), end))
    return measured


def _advice(email: RenderedEmail) -> str:
    """Return the advice, with a table of the largest entries."""
    measured = _measured(email)
    over = len(email.html.encode()) - CLIPPED
    excess = f": {over:,} bytes too many" if over > 0 else ""
    advice = f"Shorten comments, or move entries to the next issue{excess}."
    if not measured:
        return advice
    largest = sorted(measured, key=lambda entry: -entry[1])[:_LARGEST]
    around = len(email.html.encode()) - sum(size for _, size, _ in measured)
    rows = [(size, shortened(part.view.title)) for part, size, _ in largest]
    if len(measured) > len(rows):
        rest = sum(size for _, size, _ in measured) - sum(size for size, _ in rows)
        rows.append((rest, f"the other {len(measured) - len(rows)} entries"))
    rows.append((around, "everything else"))
    return f"{advice} Bytes by entry:" + "".join(f"\n         {size:>7,}  {title}" for size, title in rows)
