"""Welcome mail: a queued mail with an issue, whose delivery is in the ledger."""

from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.database.states import DeliveryState, MailState
from newsletter.ledger.welcomes import WelcomeAnswer, WelcomeIssue, WelcomeRefusal, answer_welcome, claim_welcome
from newsletter.mail.mail_queue import QueuedMail, cancel_mail, finish_mail, postpone_mail
from newsletter.subscribers.queries import lock_subscriber
from newsletter.transports.base import Answer, Outgoing, Verdict

# Seconds until a welcome mail is tried again that met a campaign being created.
_BUSY_WAIT = 30
_STATES = {
    Verdict.ACCEPTED: DeliveryState.ACCEPTED,
    Verdict.REFUSED: DeliveryState.FAILED,
    Verdict.UNCERTAIN: DeliveryState.UNCERTAIN,
}


@dataclass(frozen=True, slots=True)
class WelcomeMail:
    """A finished welcome mail, and the issue that it contains."""

    message: Outgoing
    issue: WelcomeIssue


def begin_welcome(connection: Connection, mail: QueuedMail, welcome: WelcomeMail, now: int) -> int | None:
    """Claim the delivery of a claimed mail.

    Returns:
        The id of the delivery, or None if the mail may not be sent now. The queue then contains the reason.
    """
    claim = claim_welcome(connection, welcome.issue, mail.subscriber, welcome.message.message_id, now)
    match claim:
        case WelcomeRefusal.UNWANTED:
            cancel_mail(connection, mail)
        case WelcomeRefusal.IN_DOUBT:
            finish_mail(connection, mail, MailState.UNCERTAIN, "uncertain", now)
        case WelcomeRefusal.BUSY:
            postpone_mail(connection, mail, now + _BUSY_WAIT, "a campaign is being created")
        case int():
            return claim
    return None


def record_welcome(
    connection: Connection, mail: QueuedMail, delivery_id: int, answer: Answer, text: str, now: int
) -> None:
    """Record the answer to a welcome mail in the ledger. `text` is that of the answer, without the address."""
    # Locked first, as in an erasure.
    lock_subscriber(connection, mail.subscriber.id)
    state = _STATES.get(answer.verdict, DeliveryState.DEFERRED)
    answer_welcome(connection, delivery_id, WelcomeAnswer(state, answer.code, answer.enhanced, text), now)
