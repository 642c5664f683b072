"""Reports as objects for JSON."""

from typing import Any

from newsletter.reports.campaign_report import CampaignReport
from newsletter.reports.domains import DomainDeliveries
from newsletter.reports.growth import GrowthNumbers, SubscriberGrowth

# Shares are rounded to so many digits.
_DIGITS = 6


def campaign_report_object(report: CampaignReport) -> dict[str, Any]:
    """Return the keys of a report that counts of deliveries and bounces do not have."""
    others = report.domains.others
    return {
        "figures": {
            one.name.value: {
                "number": one.number,
                "of": one.base,
                "share": _round(one.share),
                "median": one.median,
                "median_share": _round(one.median_share),
            }
            for one in report.figures
        },
        "compared_campaigns": report.compared,
        "unsubscribed_without_campaign": report.unattributed,
        "domains": [{"domain": one.domain} | _domain_object(one) for one in report.domains.listed],
        "other_domains": None if others is None else {"domains": others.domains} | _domain_object(others),
        "clicks": [
            {"entry": one.entry, "title": one.title, "least": one.least, "most": one.most} for one in report.clicks
        ],
        "warnings": [
            {
                "about": one.about.value,
                "severity": one.severity.value,
                "message": one.message,
                "advice": one.advice,
            }
            for one in report.warnings
        ],
    }


def growth_object(growth: SubscriberGrowth) -> dict[str, Any]:
    """Return the growth of the list as an object for JSON."""
    return {
        "active": growth.active,
        "weeks": [
            {"week": week.monday.isoformat()}
            | _growth_numbers(week.total)
            | {"sources": {source.value: _growth_numbers(numbers) for source, numbers in week.sources.items()}}
            for week in growth.weeks
        ],
        "total": _growth_numbers(growth.total),
        "sources": {source.value: _growth_numbers(numbers) for source, numbers in growth.sources.items()},
    }


def _domain_object(one: DomainDeliveries) -> dict[str, int]:
    return {
        "recipients": one.recipients,
        "accepted": one.accepted,
        "rejected": one.rejected,
        "returned": one.returned,
    }


def _growth_numbers(numbers: GrowthNumbers) -> dict[str, int]:
    return {
        "joined": numbers.joined,
        "confirmed": numbers.confirmed,
        "unsubscribed": numbers.unsubscribed,
        "bounced": numbers.bounced,
        "complained": numbers.complained,
    }


def _round(share: float | None) -> float | None:
    return None if share is None else round(share, _DIGITS)
