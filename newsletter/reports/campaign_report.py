"""The report on a campaign."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.bounces.bounce_queries import count_bounces_by_campaign
from newsletter.clicks.entry_links import NamedEntry, entry_names
from newsletter.clicks.read_counts import count_clicks
from newsletter.database.states import CampaignState
from newsletter.errors import NewsletterError
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import Campaign
from newsletter.ledger.final_counts import read_final_counts
from newsletter.reports.campaign_queries import (
    count_by_domain,
    count_certain_clicks,
    count_returned_by_domain,
    count_unattributed,
    count_unsubscribed,
    find_next_start,
)
from newsletter.reports.clicks import EntryRange, list_ranges
from newsletter.reports.domains import DeliveriesByDomain, list_domains
from newsletter.reports.figures import CampaignNumbers, ComparedFigure, FigureName, compare_figures
from newsletter.reports.report_warnings import ReportWarning, warn_of_complaints, warn_of_domains
from newsletter.workspace.workspace import Workspace

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
        clicks: The clicks on each entry of its issue, in all campaigns of the issue. Empty if none were counted.
        warnings: What needs the author; mostly empty.
    """

    campaign: Campaign
    numbers: CampaignNumbers
    figures: tuple[ComparedFigure, ...]
    compared: int
    domains: DeliveriesByDomain
    unattributed: int
    clicks: tuple[EntryRange, ...]
    warnings: tuple[ReportWarning, ...]

    @property
    def shows_clicks(self) -> bool:
        """Whether clicks are among the figures for people."""
        return any(one.name is FigureName.CLICKS for one in self.shown_figures)

    @property
    def shown_figures(self) -> tuple[ComparedFigure, ...]:
        """The figures for people: without clicks if none were counted."""
        return tuple(one for one in self.figures if one.name is not FigureName.CLICKS or one.number or one.median)


@dataclass(frozen=True, slots=True)
class SentEntries:
    """The entries of an issue that was sent.

    Attributes:
        slugs: The slug and the aliases of the issue.
        by_name: Its entries by the names in their links; see `entry_links.entry_names`.
    """

    slugs: tuple[str, ...]
    by_name: Mapping[str, tuple[NamedEntry, ...]]


def find_sent_entries(workspace: Workspace, campaign: Campaign) -> SentEntries:
    """Find the entries of a campaign's issue as they are now. They have no titles if the issue cannot be read."""
    with suppress(NewsletterError):
        document = workspace.issue(campaign.slug)
        return SentEntries((campaign.slug, *document.names), entry_names(document.issue))
    return SentEntries((campaign.slug,), {})


def read_campaign_report(
    connection: Connection, campaign: Campaign, entries: SentEntries | None = None
) -> CampaignReport:
    """Read the report on a campaign. Reads each delivery of the campaign once.

    Args:
        connection: A transaction that reads.
        campaign: The campaign, in any state.
        entries: The entries of its issue. Without them, clicks have the names of entries instead of their titles.
    """
    entries = entries or SentEntries((campaign.slug,), {})
    domains = list_domains(count_by_domain(connection, campaign.id), count_returned_by_domain(connection, campaign.id))
    before = _find_compared(connection, campaign)
    ids = [campaign.id, *(one.id for one in before)]
    bounces = count_bounces_by_campaign(connection)
    unsubscribed = count_unsubscribed(connection, ids)
    clicks = list_ranges(count_clicks(connection, set(entries.slugs)), entries.by_name)
    clicked = count_certain_clicks(connection, {one.slug for one in before})
    numbers = CampaignNumbers(
        domains.counts,
        bounces.get(campaign.id, {}),
        unsubscribed[campaign.id],
        sum(one.least for one in clicks),
    )
    counts = read_final_counts(connection, [one.id for one in before])
    earlier = [
        CampaignNumbers(
            counts[one.id],
            bounces.get(one.id, {}),
            unsubscribed[one.id],
            clicked.get(one.slug, 0),
        )
        for one in before
    ]
    every = (*domains.listed, *([domains.others] if domains.others else []))
    warnings = (
        warn_of_complaints(numbers.complaints, numbers.accepted),
        warn_of_domains(domains.listed, numbers.recipients, sum(one.failures for one in every), campaign.id),
    )
    return CampaignReport(
        campaign=campaign,
        numbers=numbers,
        figures=compare_figures(numbers, earlier),
        compared=len(earlier),
        domains=domains,
        unattributed=count_unattributed(connection, campaign.created_at, find_next_start(connection, campaign.id)),
        clicks=clicks,
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
