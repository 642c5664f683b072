"""Warnings of a report: one sentence on what needs the author, and what to do. Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from newsletter.errors import Severity
from newsletter.reports.domains import DomainDeliveries

# Mailbox providers ask bulk senders to stay below the first, and never to reach the second: complaints per thousand
# accepted messages (Gmail's sender guidelines; Yahoo's sender best practices).
_MANY_PER_MILLE, _TOO_MANY_PER_MILLE = 1, 3
# A domain stands out with so many recipients and failures at least, so many percent of its recipients, and so many
# times the share of all other domains together. Three recipients never do.
DOMAIN_RECIPIENTS, DOMAIN_FAILURES, DOMAIN_PERCENT, DOMAIN_TIMES = 20, 5, 5, 3


class WarningAbout(StrEnum):
    """The subject of a warning, as in JSON."""

    COMPLAINTS = "complaints"
    DOMAIN = "domain"


@dataclass(frozen=True, slots=True)
class ReportWarning:
    """A warning: what is wrong, in one sentence, and what to do."""

    about: WarningAbout
    severity: Severity
    message: str
    advice: str


def warn_of_complaints(complaints: int, accepted: int) -> ReportWarning | None:
    """Return a warning if complaints reach 0.1 % or 0.3 % of the accepted messages, or None."""
    if not accepted or complaints * 1000 < accepted * _MANY_PER_MILLE:
        return None
    too_many = complaints * 1000 >= accepted * _TOO_MANY_PER_MILLE
    limit = "never reach 0.3 %" if too_many else "stay below 0.1 %"
    message = (
        f"{format_share(complaints / accepted)} of the accepted messages were marked as spam ({complaints:,} of"
        f" {accepted:,}); mailbox providers ask senders to {limit}."
    )
    if complaints == 1:
        advice = "A single complaint weighs much in a small list: watch the next campaigns."
    elif too_many:
        advice = (
            "Do not send the next issue to the whole list: send it to recent subscribers first (`--to`), and remove"
            " imported subscribers who never confirmed."
        )
    else:
        advice = "Check where new subscribers come from, and put the unsubscribe link where readers see it first."
    return ReportWarning(WarningAbout.COMPLAINTS, Severity.ERROR if too_many else Severity.WARNING, message, advice)


def warn_of_domains(
    domains: Iterable[DomainDeliveries], recipients: int, failures: int, campaign: int
) -> ReportWarning | None:
    """Return a warning about the domain whose failures stand out most, or None.

    Args:
        domains: The recipient domains.
        recipients: The recipients of the campaign.
        failures: The failures of the campaign.
        campaign: The number of the campaign.
    """
    found = [one for one in domains if stands_out(one, recipients, failures)]
    if not found:
        return None
    worst = max(found, key=lambda one: (one.failures, one.domain))
    others = failures - worst.failures
    rest = (
        f"{format_share(others / (recipients - worst.recipients))} elsewhere" if recipients > worst.recipients else ""
    )
    more = f"; {len(found) - 1:,} other domains stand out too" if len(found) > 2 else ""
    more = "; 1 other domain stands out too" if len(found) == 2 else more
    message = (
        f"{worst.domain} did not deliver {worst.failures:,} of {worst.recipients:,} messages"
        f" ({format_share(worst.failures / worst.recipients)}{', ' if rest else ''}{rest}){more}."
    )
    advice = (
        f"Read the replies of its server (`newsletter campaign report '#{campaign}' --csv`), run `newsletter doctor"
        f" --dns`, and ask the postmaster of {worst.domain} if the replies name your server or your domain."
    )
    return ReportWarning(WarningAbout.DOMAIN, Severity.WARNING, message, advice)


def stands_out(one: DomainDeliveries, recipients: int, failures: int) -> bool:
    """Return whether the failures of a domain stand out among all recipients and failures of the campaign."""
    if one.recipients < DOMAIN_RECIPIENTS or one.failures < DOMAIN_FAILURES:
        return False
    if one.failures * 100 < one.recipients * DOMAIN_PERCENT:
        return False
    other_recipients, other_failures = recipients - one.recipients, failures - one.failures
    # Without other recipients there is nothing to compare with, and its own share decides.
    return one.failures * other_recipients >= DOMAIN_TIMES * other_failures * one.recipients


def format_share(share: float) -> str:
    """Format a share as a percentage with two significant digits below 10 %: `0.12 %`, `1.5 %`, `33 %`, `100 %`."""
    percent = share * 100
    if percent >= 10 or percent == 0:
        # Not all is never shown as all.
        return f"{min(percent, 99.9):.1f} %" if 99.5 <= percent < 100 else f"{percent:.0f} %"
    return f"{percent:.2f} %" if percent < 1 else f"{percent:.1f} %"
