"""The messages of transactional mail."""

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.database.states import MailKind, SubscriberState
from newsletter.mail.mail_queue import QueuedMail
from newsletter.mail.transactional import TransactionalMail
from newsletter.transports.base import Outgoing
from newsletter.web.startup import page_templates
from newsletter.workspace.workspace import Workspace
from tests.publications import PUBLICATION, write_publication
from tests.subscribers.people import NOW, subscriber


@pytest.fixture
def mails(folder: Path) -> TransactionalMail:
    """The mail of a publication with pages."""
    write_publication(folder, publication=PUBLICATION + "delivery:\n  pages_url: https://pages.example/\n")
    workspace = Workspace(folder)
    return TransactionalMail(workspace, page_templates(workspace, {}), lambda: [b"k" * 32], {})


def test_mails_of_the_same_second_have_different_message_ids(mails: TransactionalMail) -> None:
    """A server that drops a second copy sends both. Each attempt of a mail has the same bytes."""

    def message(mail: QueuedMail) -> Outgoing:
        made = mails.message(mail)
        assert isinstance(made, Outgoing)
        return made

    to = replace(subscriber("ann@example.org", SubscriberState.ACTIVE), id=7)
    first = QueuedMail(1, MailKind.DATA_LINK, to, "en", NOW, 1)
    second = replace(first, id=2, kind=MailKind.UNSUBSCRIBE_LINK)
    assert len({message(mail).message_id for mail in (first, second, replace(first, id=3))}) == 3
    assert message(replace(first, attempts=2)) == message(first)
