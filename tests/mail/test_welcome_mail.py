"""Welcome mail in the ledger: nobody gets an issue as a welcome and from a campaign."""

import json
import socket
from pathlib import Path

import pytest
from sqlalchemy import select, true, update

from newsletter.database.database import Database
from newsletter.database.states import DeliveryState, MailKind, SubscriberState
from newsletter.database.tables import campaign, delivery, transactional_mail
from newsletter.ledger.campaigns import last_audience
from newsletter.ledger.new_campaign import NewCampaign, create_campaign, select_recipients
from newsletter.ledger.received import count_received
from newsletter.ledger.welcomes import WelcomeIssue, claim_welcome
from newsletter.mail.mail_queue import LEASE, QueuedMail, request_mail
from newsletter.mail.welcome_mail import WelcomeMail
from newsletter.subscribers.queries import add_subscriber, find_subscriber_by_id
from newsletter.transports.eml_folder import FolderTransport
from tests.campaign.publication import counts, recording
from tests.campaign.publication import delivery as settings
from tests.conftest import Run
from tests.mail.test_queue_worker import composed, run_worker
from tests.publications import ISSUE, PUBLICATION, write_publication
from tests.subscribers.people import NOW, subscriber
from tests.transports.samples import transport
from tests.web.serving import DELIVERY, served

NAMES = ("029", "first")
WELCOME = WelcomeIssue(NAMES, "content", "Welcome! Issue 29")


def welcome(mail: QueuedMail) -> WelcomeMail:
    """Return a welcome mail with an issue."""
    return WelcomeMail(composed(mail), WELCOME)


def queue(database: Database, *names: str) -> list[int]:
    """Add active subscribers, and queue a welcome mail to each. Returns their ids."""
    ids = []
    with database.write() as connection:
        for name in names:
            id = add_subscriber(connection, subscriber(f"{name}@example.org", SubscriberState.ACTIVE))
            assert id
            request_mail(connection, MailKind.WELCOME, id, "en", NOW)
            ids.append(id)
    return ids


def states(database: Database) -> tuple[list[str], list[str]]:
    """Return the states of the queued mail and of the deliveries of welcome mail."""
    with database.read() as connection:
        mail = connection.execute(select(transactional_mail.c.state).order_by(transactional_mail.c.id)).scalars()
        query = select(delivery.c.state).join(campaign, campaign.c.id == delivery.c.campaign_id)
        sent = connection.execute(query.where(campaign.c.audience == "welcome").order_by(delivery.c.id)).scalars()
        return list(mail), list(sent)


def begin(database: Database, slug: str) -> int:
    """Create a campaign for all subscribers."""
    with database.write() as connection:
        return create_campaign(connection, NewCampaign(slug, "other", "", "", "", True, NOW), true())


def recipients(database: Database, *names: str) -> list[str]:
    with database.read() as connection:
        return [row.address for page in select_recipients(connection, names, true()) for row in page]


def sent(folder: Path) -> int:
    return len(list(folder.glob("*.eml")))


def test_a_later_campaign_leaves_out_who_got_the_issue_as_a_welcome(database: Database, tmp_path: Path) -> None:
    """Also under an alias. Another issue is sent to them. Welcome mail is not the audience of a campaign."""
    queue(database, "ann", "bob")
    run_worker(database, FolderTransport(tmp_path / "mail"), welcome)
    assert states(database) == (["sent", "sent"], ["accepted", "accepted"])
    assert sent(tmp_path / "mail") == 2
    assert recipients(database, "first", "029") == []
    assert len(recipients(database, "030")) == 2
    with database.read() as connection:
        assert count_received(connection, NAMES) == 2
        assert last_audience(connection, "030") == 0
        assert connection.execute(select(campaign.c.state)).scalars().all() == ["complete"]


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.ACCEPTED, DeliveryState.UNCERTAIN])
def test_who_gets_the_issue_from_a_campaign_gets_no_welcome_with_it(
    database: Database, tmp_path: Path, state: DeliveryState
) -> None:
    """Whether it was sent before they confirmed, or the campaign is not finished."""
    queue(database, "ann")
    begin(database, "first")
    with database.write() as connection:
        connection.execute(update(delivery).values(state=state.value))
    run_worker(database, FolderTransport(tmp_path / "mail"), welcome)
    assert states(database) == (["cancelled"], [])
    assert sent(tmp_path / "mail") == 0


def test_a_welcome_waits_while_a_campaign_is_created(empty_postgresql: str, tmp_path: Path) -> None:
    """Its recipients are not visible yet. SQLite has only one transaction that writes."""
    Database.upgrade(empty_postgresql)
    with Database.open(empty_postgresql) as database:
        queue(database, "ann")
        with database.write() as connection:
            create_campaign(connection, NewCampaign("029", "other", "", "", "", True, NOW), true())
            run_worker(database, FolderTransport(tmp_path / "mail"), welcome)
            assert states(database) == (["waiting"], [])
        run_worker(database, FolderTransport(tmp_path / "mail"), welcome, NOW + 30)
        assert states(database) == (["cancelled"], [])
    assert sent(tmp_path / "mail") == 0


def test_a_welcome_is_tried_again_as_the_same_delivery(database: Database, tmp_path: Path) -> None:
    """Until then, the issue counts as not received. A delivery that failed for good does not count either."""
    queue(database, "ann")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        run_worker(database, transport(closed.getsockname()[1]), welcome)
    assert states(database) == (["waiting"], ["deferred"])
    assert recipients(database, "029") == ["ann@example.org"]
    run_worker(database, FolderTransport(tmp_path / "mail"), welcome, NOW + 60)
    assert states(database) == (["sent"], ["accepted"])
    with database.read() as connection:
        assert connection.execute(select(delivery.c.attempts)).scalar() == 2


def test_a_welcome_without_a_result_is_not_sent_again(database: Database, tmp_path: Path) -> None:
    """The process was killed after it had claimed the delivery, so the server may have accepted the message."""
    (ann,) = queue(database, "ann")
    with database.write() as connection:
        found = find_subscriber_by_id(connection, ann)
        assert found
        claim_welcome(connection, WELCOME, found, "", NOW)
    run_worker(database, FolderTransport(tmp_path / "mail"), welcome, NOW + LEASE + 1)
    assert states(database) == (["uncertain"], ["uncertain"])
    assert sent(tmp_path / "mail") == 0
    assert recipients(database, "029") == []


def test_the_sending_of_a_welcomed_issue_leaves_them_out(
    run: Run, folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands about the campaign of the issue do not mean the welcome mail. A published issue needs --unrecorded."""
    monkeypatch.setenv("NEWSLETTER_DATABASE", database_url)
    write_publication(folder, publication=PUBLICATION + DELIVERY.replace("{", "{welcome: true, ", 1), _029=ISSUE)
    with served(folder) as pages:
        pages.subscribed()
        assert pages.next_mail()["Subject"].startswith("Welcome! ")
        with pages.context.database.write() as connection:
            add_subscriber(connection, subscriber("eve@example.org", SubscriberState.ACTIVE))
    with recording(folder) as server:
        (folder / "newsletter.yaml").write_text(PUBLICATION + settings(server.port))
        refused = run("send", "029", "--yes", "--untested", code=1).stderr
        assert "may have been sent with another or a newer database" in refused
        assert "to 1 subscriber; 1 already received it" in refused
        run("send", "029", "--yes", "--untested", "--unrecorded", code=0)
        assert server.accepted() == ["eve@example.org"]
        assert counts(run) == {"accepted": 1}
        assert [found["audience"] for found in json.loads(run("campaigns", "--json", code=0).stdout)] == ["", "welcome"]
        assert "no campaign" in run("send", "--retry-failed", code=1).stderr
