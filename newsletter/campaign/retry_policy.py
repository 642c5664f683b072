"""What the answer of a server means for the delivery, for the recipient's domain and for the campaign. Pure rules."""

import random
from dataclasses import dataclass

from newsletter.database.states import DeliveryState
from newsletter.transports.base import Answer, Stage, Verdict

# Codes with which a server asks for a slower pace (RFC 5321, §4.2.3; 454 of RFC 4954 and RFC 3207).
BUSY = frozenset({421, 450, 451, 452, 454})
# Codes about the sender's account, whoever the recipient is (RFC 4954, §6).
ACCOUNT = frozenset({530, 534, 535, 538})
# Status codes about the sender's address (RFC 3463, §3.2), though they answer a recipient.
_SENDER = frozenset({"5.1.0", "5.1.7", "5.1.8"})
# Stages at which the server knows the recipient.
_RECIPIENT_KNOWN = frozenset({Stage.RCPT, Stage.DATA, Stage.END})
# A delay is up to this share longer or shorter, so that what was deferred together is not retried together.
JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from an answer.

    Attributes:
        state: The new state of the delivery.
        delay: Seconds until a deferred delivery is due again.
        counts: Whether it counts as an attempt.
        slower: Whether the recipient's domain asks for a slower pace.
        ours: Why the server rejects the sender, so that the campaign must pause; else empty.
        suspect: Whether the rejection may be meant for the sender. Several of them in a row are taken to be.
    """

    state: DeliveryState
    delay: float = 0
    counts: bool = True
    slower: bool = False
    ours: str = ""
    suspect: bool = False


def decide(
    answer: Answer, attempts: int, delays: tuple[int, ...], chance: random.Random, *, reached: bool = False
) -> Decision:
    """Decide what follows from an answer.

    A rejection of the sender leaves the delivery pending, and so does a lost connection, unless the server accepts
    other messages. Only a first attempt is suspect, so that no campaign pauses twice for the same recipients.

    Args:
        answer: The answer of the server.
        attempts: The number of this attempt; the first is 1.
        delays: Seconds before each retry. A message that is deferred after the last of them has failed.
        chance: Spreads the delays.
        reached: Whether the server has accepted a message in this run.
    """
    match answer.verdict:
        case Verdict.ACCEPTED:
            return Decision(DeliveryState.ACCEPTED)
        case Verdict.UNCERTAIN:
            return Decision(DeliveryState.UNCERTAIN)
        case Verdict.UNSENT:
            if answer.stage in _RECIPIENT_KNOWN and (reached or attempts > 1):
                return _deferred(answer, attempts, delays, chance)
            return Decision(DeliveryState.PENDING, counts=False, slower=answer.code in BUSY)
        case Verdict.DEFERRED:
            return _deferred(answer, attempts, delays, chance)
        case Verdict.REFUSED:
            if answer.code in ACCOUNT or answer.stage in (Stage.CONNECT, Stage.MAIL):
                return Decision(DeliveryState.PENDING, counts=False, ours=describe_answer(answer))
            ours = answer.enhanced.startswith("5.7.") or answer.enhanced in _SENDER
            return Decision(DeliveryState.FAILED, suspect=ours and attempts == 1)


def _deferred(answer: Answer, attempts: int, delays: tuple[int, ...], chance: random.Random) -> Decision:
    if attempts > len(delays):
        return Decision(DeliveryState.FAILED, slower=answer.code in BUSY)
    delay = delays[attempts - 1] * (1 + JITTER * (2 * chance.random() - 1))
    return Decision(DeliveryState.DEFERRED, delay, slower=answer.code in BUSY)


def describe_answer(answer: Answer) -> str:
    """Format an answer for the author: `550 5.7.1 Relaying denied (at rcpt)`."""
    reply = " ".join(part for part in (str(answer.code or ""), answer.enhanced, answer.text) if part)
    return f"{reply or 'no answer'} (at {answer.stage.value})"


def domain_delay(refusals: int, longest: float, chance: random.Random) -> float:
    """Return the seconds to wait for a domain after `refusals` requests in a row for a slower pace: it doubles."""
    return float(min(2.0 ** (refusals - 1), longest) * (1 + JITTER * (2 * chance.random() - 1)))
