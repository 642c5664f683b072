"""What an answer means for its recipient, for the recipient's domain, and for the campaign: pure rules, no clock."""

import random
from dataclasses import dataclass

from newsletter.database.states import DeliveryState
from newsletter.transports.base import Answer, Stage, Verdict

# Codes with which a server asks for a slower pace (RFC 5321, §4.2.3; 454 of RFC 4954 and RFC 3207).
BUSY = frozenset({421, 450, 451, 452, 454})
# Codes that speak of our account, whoever the recipient is (RFC 4954, §6).
ACCOUNT = frozenset({530, 534, 535, 538})
# What speaks of the sender's address or of policy (RFC 3463, §3.2 and §3.8), though it was said of a recipient.
_SENDER = frozenset({"5.1.0", "5.1.7", "5.1.8"})
# Where a server knows the recipient.
_KNOWN = frozenset({Stage.RCPT, Stage.DATA, Stage.END})
# A delay is up to this share longer or shorter, so that what was put off together does not come back together.
JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from an answer.

    `state` is the delivery's, and `delay` in how many seconds a deferred one is due again. `counts` says
    whether it was an attempt at the recipient at all. `slower` asks for a rest for the recipient's domain.
    `ours` is why the campaign cannot go on, and `suspect` that it cannot if others are refused alike.
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
    """What follows from the answer to a recipient's attempt with this number, the first being 1.

    `delays` has the seconds before each further attempt; after the last of them a message that is put off has failed.
    A refusal that concerns us and not the recipient leaves the recipient pending; so does a connection that is lost,
    unless the server takes others' messages: `reached` says that it does in this run. Whoever was tried before is not
    suspected again, so that no campaign stops twice for the same recipients.
    """
    match answer.verdict:
        case Verdict.ACCEPTED:
            return Decision(DeliveryState.ACCEPTED)
        case Verdict.UNCERTAIN:
            return Decision(DeliveryState.UNCERTAIN)
        case Verdict.UNSENT:
            if answer.stage in _KNOWN and (reached or attempts > 1):
                return _put_off(answer, attempts, delays, chance)
            return Decision(DeliveryState.PENDING, counts=False, slower=answer.code in BUSY)
        case Verdict.DEFERRED:
            return _put_off(answer, attempts, delays, chance)
        case Verdict.REFUSED:
            if answer.code in ACCOUNT or answer.stage in (Stage.CONNECT, Stage.MAIL):
                return Decision(DeliveryState.PENDING, counts=False, ours=describe_answer(answer))
            ours = answer.enhanced.startswith("5.7.") or answer.enhanced in _SENDER
            return Decision(DeliveryState.FAILED, suspect=ours and attempts == 1)


def _put_off(answer: Answer, attempts: int, delays: tuple[int, ...], chance: random.Random) -> Decision:
    if attempts > len(delays):
        return Decision(DeliveryState.FAILED, slower=answer.code in BUSY)
    delay = delays[attempts - 1] * (1 + JITTER * (2 * chance.random() - 1))
    return Decision(DeliveryState.DEFERRED, delay, slower=answer.code in BUSY)


def describe_answer(answer: Answer) -> str:
    """An answer in the server's words: `550 5.7.1 Relaying denied, at RCPT`."""
    words = " ".join(part for part in (str(answer.code or ""), answer.enhanced, answer.text) if part)
    return f"{words or 'no answer'} (at {answer.stage.value})"


def domain_delay(refusals: int, longest: float, chance: random.Random) -> float:
    """For how many seconds a domain rests after so many requests for a slower pace, with none accepted between."""
    return float(min(2.0 ** (refusals - 1), longest) * (1 + JITTER * (2 * chance.random() - 1)))
