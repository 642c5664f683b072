"""Decides what follows from the answer of a server for the delivery, the recipient's domain and the campaign."""

import random
from dataclasses import dataclass, replace

from newsletter.bounces.sender_rejected import is_about_sender, is_worded_about_sender
from newsletter.database.states import DeliveryState
from newsletter.transports.base import Answer, Stage, Verdict

# The code with which a server ends a session (RFC 5321, §3.8).
CLOSING = 421
# Codes with which a server requests a slower pace (RFC 5321, §4.2.3; 454 from RFC 4954 and RFC 3207).
BUSY = frozenset({CLOSING, 450, 451, 452, 454})
# Codes about the sender's account, independent of the recipient (RFC 4954, §6).
ACCOUNT = frozenset({530, 534, 535, 538})
# Stages at which the server knows the recipient.
RECIPIENT_KNOWN = frozenset({Stage.RCPT, Stage.DATA, Stage.END})
# Delays vary by up to this fraction, so that messages that were deferred together are not retried together.
JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from an answer.

    Attributes:
        state: The new state of the delivery.
        delay: Seconds until a delivery is due again that is deferred, or uncertain and retried; else 0.
        counts: Whether it counts as an attempt.
        slower: Whether the recipient's domain requests a slower pace.
        sender_rejected: Why the server rejects the sender, so that the campaign must pause; else empty.
        suspect: Whether the rejection may be because of the sender. Several of them in a row are treated as such.
    """

    state: DeliveryState
    delay: float = 0
    counts: bool = True
    slower: bool = False
    sender_rejected: str = ""
    suspect: bool = False


def decide(
    answer: Answer,
    attempts: int,
    delays: tuple[int, ...],
    chance: random.Random,
    *,
    reached: bool = False,
    interrupted: bool = False,
    idempotent: bool = False,
) -> Decision:
    """Decide what follows from an answer.

    The delivery stays pending if the server rejects the sender, or if the session ends, which is not the recipient's
    fault. If it ends twice in a row when the server knows the recipient, and the server accepts other messages, the
    recipient is deferred, so that it cannot stop the campaign. Only a first attempt is suspect, so that a campaign does
    not pause twice for the same recipients.

    Args:
        answer: The answer of the server.
        attempts: The number of this attempt; the first is 1.
        delays: Seconds before each retry. A message that is deferred again after the last retry has failed.
        chance: The source of randomness for the delays.
        reached: Whether a message was accepted in this run.
        interrupted: Whether the session ended at this recipient before, in this run.
        idempotent: Whether an uncertain delivery is retried, because the server drops a second copy.
    """
    match answer.verdict:
        case Verdict.ACCEPTED:
            return Decision(DeliveryState.ACCEPTED)
        case Verdict.UNCERTAIN:
            delay = _delay(attempts, delays, chance) if idempotent and attempts <= len(delays) else 0
            return Decision(DeliveryState.UNCERTAIN, delay)
        case Verdict.UNSENT:
            if answer.stage in RECIPIENT_KNOWN and interrupted and (reached or attempts > 1):
                return _deferred(answer, attempts, delays, chance)
            return Decision(DeliveryState.PENDING, counts=False)
        case Verdict.DEFERRED:
            about_sender = is_worded_about_sender(answer.code, answer.text)
            return replace(_deferred(answer, attempts, delays, chance), suspect=about_sender and attempts == 1)
        case Verdict.REFUSED:
            if answer.code in ACCOUNT or answer.stage in (Stage.CONNECT, Stage.MAIL):
                return Decision(DeliveryState.PENDING, counts=False, sender_rejected=describe_answer(answer))
            about_sender = is_about_sender(answer.code, answer.enhanced, answer.text)
            return Decision(DeliveryState.FAILED, suspect=about_sender and attempts == 1)


def _deferred(answer: Answer, attempts: int, delays: tuple[int, ...], chance: random.Random) -> Decision:
    if attempts > len(delays):
        return Decision(DeliveryState.FAILED, slower=answer.code in BUSY)
    return Decision(DeliveryState.DEFERRED, _delay(attempts, delays, chance), slower=answer.code in BUSY)


def _delay(attempts: int, delays: tuple[int, ...], chance: random.Random) -> float:
    return delays[attempts - 1] * (1 + JITTER * (2 * chance.random() - 1))


def describe_answer(answer: Answer) -> str:
    """Format an answer for the author, such as `550 5.7.1 Relaying denied (at rcpt)`."""
    reply = " ".join(part for part in (str(answer.code or ""), answer.enhanced, answer.text) if part)
    return f"{reply or 'no reply'} (at {answer.stage.value})"


def domain_delay(deferrals: int, longest: float, chance: random.Random) -> float:
    """Return the seconds to wait for a domain after `deferrals` requests in a row. Each request doubles the wait."""
    return float(min(2.0 ** (deferrals - 1), longest) * (1 + JITTER * (2 * chance.random() - 1)))
