"""The end of a campaign that several processes send: those without recipients know what the others know, at once."""

from contextlib import ExitStack
from pathlib import Path

from newsletter.campaign.find_campaign import campaign_by_id
from newsletter.campaign.sending_lock import sending_lock
from newsletter.campaign.shared_campaign import ReadRules, SharedCampaign
from newsletter.campaign.tally import Tally
from newsletter.database.database import Database
from newsletter.ledger import leases
from newsletter.ledger.campaign import Transition
from newsletter.ledger.campaign_states import change_state
from tests.campaign.test_ledger import ADDRESSES
from tests.subscribers.people import NOW

RULES = ReadRules(None, 120, lambda _number, _due: None)


def join(stack: ExitStack, database: Database, folder: Path) -> SharedCampaign:
    """Let another process share in the campaign. The first is the coordinator."""
    writer = stack.enter_context(sending_lock(database, shared=True))
    shared = SharedCampaign(database, writer, campaign_by_id(database, 1), folder)
    stack.enter_context(shared.joined(Tally()))
    return shared


def held(database: Database) -> list[int]:
    with database.read() as connection:
        return [lease.held for lease in leases.read_shared(connection, 1, leases.DURATION).leases]


def test_a_process_that_has_sent_everything_says_so_at_once(leased_database: Database, tmp_path: Path) -> None:
    """Others do not wait for the next renewal of its lease."""
    with ExitStack() as stack:
        coordinator = join(stack, leased_database, tmp_path)
        leased = coordinator.page(RULES, NOW)
        assert held(leased_database) == [len(leased)] == [len(ADDRESSES)]
        for recipient in leased:
            coordinator.drop(recipient)
        assert coordinator.due(RULES, NOW, idle=True) is not None
        assert held(leased_database) == [0]


def test_a_process_ends_when_the_coordinator_has_completed_the_campaign(
    leased_database: Database, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        _coordinator, other = join(stack, leased_database, tmp_path), join(stack, leased_database, tmp_path)
        with leased_database.write() as connection:
            change_state(connection, 1, Transition.COMPLETE, "", 1)
        assert other.due(RULES, NOW, idle=True) is None
