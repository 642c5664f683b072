"""Parse the recipients of a delivery status (RFC 3464, §2.3), with help from the text that comes with it."""

from collections.abc import Iterator
from dataclasses import replace

from newsletter.bounces.bounce import RecipientReport
from newsletter.bounces.cause import Cause
from newsletter.bounces.classify import find_stated_cause
from newsletter.bounces.nonstandard import describe_recipient
from newsletter.bounces.report_fields import first_keyword, first_value, parse_typed_address, split_blocks

# With more recipients, the text does not tell which one it is about.
_MAX_DESCRIBED = 5


def parse_recipients(status: str, text: str) -> tuple[RecipientReport, ...]:
    """Return the recipients of a delivery status, one for each block with a recipient.

    If a block states no cause, because its status is x.0.0 or missing, the text counts.

    Args:
        status: The delivery status.
        text: The text of the notification.
    """
    reports = tuple(_parse_blocks(status))
    if len(reports) > _MAX_DESCRIBED:
        return reports
    return tuple(_add_text(report, text) if find_stated_cause(report) is Cause.OTHER else report for report in reports)


def _parse_blocks(status: str) -> Iterator[RecipientReport]:
    for block in split_blocks(status):
        named = (parse_typed_address(first_value(block, name)) for name in ("final-recipient", "original-recipient"))
        if addresses := tuple(dict.fromkeys(filter(None, named))):
            diagnostic = first_value(block, "diagnostic-code")
            yield RecipientReport(addresses, first_keyword(block, "action"), first_keyword(block, "status"), diagnostic)


def _add_text(report: RecipientReport, text: str) -> RecipientReport:
    described = describe_recipient(report.addresses, report.action, text, report.addresses[-1])
    if find_stated_cause(described) is Cause.OTHER:
        return report
    return replace(report, diagnostic=described.diagnostic)
