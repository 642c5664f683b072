"""The campaigns of a publication: found, counted, reported, paused and cancelled."""

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from newsletter.bounces import bounce_queries
from newsletter.campaign.sending_lock import is_sending
from newsletter.database.database import Database
from newsletter.database.states import BounceKind, CampaignState, DeliveryState
from newsletter.errors import CampaignError, NewsletterError, NotFoundError
from newsletter.ledger import campaigns
from newsletter.ledger.campaign import Campaign
from newsletter.workspace.workspace import Workspace

# More digits no campaign's number has.
_DIGITS = 18


class Campaigns:
    """What the database holds of campaigns; `clock` gives seconds since 1970."""

    def __init__(self, workspace: Workspace, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.workspace, self.database, self._clock = workspace, database, clock

    def campaign(self, id: int) -> Campaign:
        """A campaign by its number.

        Raises:
            CampaignError: there is none.
        """
        with self.database.read() as reading:
            found = campaigns.find(reading, id)
        if found is None:
            raise CampaignError(f"there is no campaign #{id}", "`newsletter campaigns` lists all.")
        return found

    def history(self) -> list[Campaign]:
        """All campaigns, newest first."""
        with self.database.read() as reading:
            return campaigns.newest_first(reading)

    def named(self, name: str) -> Campaign:
        """The newest campaign of an issue, by its slug, number or path; or a campaign by its own number.

        That one has `#` before it, unless no issue has it. An issue that was renamed goes by the name it had, too.

        Raises:
            CampaignError, NotFoundError: there is none.
        """
        if name.startswith("#") and name[1:].isdecimal():
            return self._numbered(name[1:])
        try:
            slug = self._slug(name)
        except NotFoundError:
            if name.isdecimal():
                return self._numbered(name)
            raise
        with self.database.read() as reading:
            found = campaigns.newest_first(reading, slug)
        if not found:
            raise CampaignError(f"{slug} has not been sent", "`newsletter campaigns` lists all campaigns.")
        return found[0]

    def waiting(self, name: str | None, *states: DeliveryState) -> Campaign:
        """The campaign that can go on, or has deliveries in one of the states; of an issue, where one is named.

        Raises:
            CampaignError: there is none, or more than one.
        """
        slug = self._slug(name) if name else None
        with self.database.read() as reading:
            found = [
                campaign
                for campaign in campaigns.newest_first(reading, slug)
                if campaigns.unfinished(campaign)
                or (states and any(campaigns.counts(reading, campaign.id)[state] for state in states))
            ]
        found = [campaign for campaign in found if campaign.state is not CampaignState.CANCELLED]
        if not found:
            raise CampaignError("there is no campaign to go on with", "`newsletter campaigns` lists all.")
        if len(found) > 1 and not name:
            some = ", ".join(f"{campaign.slug} (#{campaign.id})" for campaign in found[:5])
            raise CampaignError(f"{len(found)} campaigns can go on: {some}", "Name the issue.")
        return found[0]

    def require_new(self, slug: str) -> None:
        """Refuse to begin a campaign beside one of the same issue that can go on.

        Raises:
            CampaignError: there is one.
        """
        with self.database.read() as reading:
            for campaign in campaigns.newest_first(reading, slug):
                if campaigns.unfinished(campaign):
                    raise CampaignError(
                        f"campaign #{campaign.id} of {slug} is not finished: {campaign.state}",
                        f"Go on: `newsletter send {slug} --resume`; or end it: `newsletter campaign cancel {slug}`.",
                    )

    def change_state(self, campaign: Campaign, state: CampaignState) -> Campaign:
        """Pause or cancel a campaign; a process that sends it notices.

        Raises:
            CampaignError: it is over.
        """
        now = int(self._clock()) if state is CampaignState.CANCELLED else None
        with self.database.write() as writing:
            changed = campaigns.change_state(writing, campaign.id, campaigns.UNFINISHED, state, "by the author", now)
        if not changed:
            raise over(self.campaign(campaign.id))
        return campaign

    def counts(self, campaign: Campaign) -> dict[DeliveryState, int]:
        """How many deliveries are in each state."""
        with self.database.read() as reading:
            return campaigns.counts(reading, campaign.id)

    def reasons(self, campaign: Campaign) -> list[tuple[DeliveryState, str, int]]:
        """What servers said of those who failed or were put off, and how often."""
        with self.database.read() as reading:
            return campaigns.reasons(reading, campaign.id)

    def bounce_counts(self, campaign: Campaign | None = None) -> dict[int, dict[BounceKind, int]]:
        """From how many people something of each kind came back, by campaign; of all campaigns, or of one."""
        with self.database.read() as reading:
            return bounce_queries.counts_by_campaign(reading, campaign.id if campaign else None)

    def bounced(self, campaign: Campaign) -> dict[int, bounce_queries.Bounced]:
        """What came back from each subscriber, by their ids."""
        with self.database.read() as reading:
            return bounce_queries.bounced(reading, campaign.id)

    def deliveries(self, id: int, states: Iterable[DeliveryState] = DeliveryState) -> Iterator[campaigns.Delivery]:
        """What became of each recipient of a campaign."""
        with self.database.read() as reading:
            yield from campaigns.deliveries(reading, id, states)

    @property
    def running(self) -> bool:
        """Whether a process sends at this moment; without one, a campaign that is `sending` has lost its own."""
        return is_sending(self.database)

    def _numbered(self, number: str) -> Campaign:
        if len(number) > _DIGITS:
            raise CampaignError(f"there is no campaign #{number[:_DIGITS]}…", "`newsletter campaigns` lists all.")
        return self.campaign(int(number))

    def _slug(self, name: str) -> str:
        """The slug of an issue, or of a campaign whose issue has another name now."""
        try:
            return self.workspace.find(name).stem
        except NewsletterError:
            with self.database.read() as reading:
                if campaigns.newest_first(reading, name):
                    return name
            raise

    def uncertain(self, campaign: Campaign, most: int) -> list[str]:
        """Who may have the issue or not: some addresses."""
        return [one.address for one in islice(self.deliveries(campaign.id, [DeliveryState.UNCERTAIN]), most)]


def over(campaign: Campaign) -> CampaignError:
    """Why a campaign can neither go on nor be ended."""
    report = f"what became of each: `newsletter campaign report {campaign.slug}`"
    return CampaignError(
        f"campaign #{campaign.id} of {campaign.slug} is {campaign.state} already",
        report[0].upper() + report[1:] + "."
        if campaign.state is CampaignState.COMPLETE
        else f"Whom it has not reached gets the issue by `newsletter send {campaign.slug}`; {report}.",
    )
