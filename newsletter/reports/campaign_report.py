"""The report on a campaign."""

from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.bounces.bounce_queries import count_bounces_by_campaign
from newsletter.database.states import CampaignState
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import Campaign
from newsletter.reports.campaign_queries import (
    count_by_domain,
    count_returned_by_domain,
    count_unattributed,
    count_unsubscribed,
    find_next_start,
)
from newsletter.reports.domains import DeliveriesByDomain, list_domains
from newsletter.reports.figures import CampaignNumbers, ComparedFigure, compare_figures
from newsletter.reports.report_warnings import ReportWarning, warn_of_complaints, warn_of_domains

# A campaign is compared with the median of so many complete campaigns before it.
COMPARED = 8


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """What became of a campaign.

    Attributes:
        numbers: Its numbers.
        figures: The same, each beside the median of the campaigns before it.
        compared: How many campaigns these are, at most `COMPARED`.
        domains: The deliveries by recipient domain.
        unattributed: How many subscribers unsubscribed without a link of any campaign, from its begin until that of
            the next campaign.
        warnings: What needs the author; mostly empty.
    """

    campaign: Campaign
    numbers: CampaignNumbers
    figures: tuple[ComparedFigure, ...]
    compared: int
    domains: DeliveriesByDomain
    unattributed: int
    warnings: tuple[ReportWarning, ...]


def read_campaign_report(connection: Connection, campaign: Campaign) -> CampaignReport:
    """Read the report on a campaign. Reads each delivery of the campaign once.

    Args:
        connection: A transaction that reads.
        campaign: The campaign, in any state.
    """
    domains = list_domains(count_by_domain(connection, campaign.id), count_returned_by_domain(connection, campaign.id))
    before = _find_compared(connection, campaign)
    ids = [campaign.id, *(one.id for one in before)]
    bounces = count_bounces_by_campaign(connection)
    unsubscribed = count_unsubscribed(connection, ids)
    numbers = CampaignNumbers(domains.counts, bounces.get(campaign.id, {}), unsubscribed[campaign.id])
    earlier = [
        CampaignNumbers(campaigns.count_deliveries(connection, one.id), bounces.get(one.id, {}), unsubscribed[one.id])
        for one in before
    ]
    every = (*domains.listed, *([domains.others] if domains.others else []))
    warnings = (
        warn_of_complaints(numbers.complaints, numbers.accepted),
        warn_of_domains(domains.listed, numbers.recipients, sum(one.failures for one in every)),
    )
    return CampaignReport(
        campaign=campaign,
        numbers=numbers,
        figures=compare_figures(numbers, earlier),
        compared=len(earlier),
        domains=domains,
        unattributed=count_unattributed(connection, campaign.created_at, find_next_start(connection, campaign.id)),
        warnings=tuple(one for one in warnings if one),
    )


def _find_compared(connection: Connection, campaign: Campaign) -> list[Campaign]:
    """Return the complete campaigns before a campaign, newest first. Corrections and welcome mail do not count."""
    found = [
        one
        for one in campaigns.list_campaigns(connection)
        if one.id < campaign.id and one.state is CampaignState.COMPLETE and not one.is_correction and not one.is_welcome
    ]
    return found[:COMPARED]
