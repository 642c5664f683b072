"""A delivery: one recipient of a campaign, what a server answered for it, and what follows from that."""

from dataclasses import dataclass
from enum import StrEnum


class CampaignState(StrEnum):
    """How far a campaign is; one that is `sending` without a process was killed, and is resumed."""

    SENDING = "sending"
    PAUSED = "paused"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """What is known of one recipient's message.

    `attempting` is durable before DATA is sent; `uncertain` is what a kill or a lost connection
    left of it: nobody can tell whether the server took the message.
    """

    PENDING = "pending"
    ATTEMPTING = "attempting"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class Verdict(StrEnum):
    """What a transport found out about one message.

    `accepted`: the server said 2yz after the end of the data. `deferred`: it said 4yz, for this
    message or recipient. `refused`: 5yz. `unsent`: the connection failed before the end of the
    data could have reached it, so that it cannot have taken the message. `uncertain`: the
    connection failed after that, and before its answer.
    """

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    UNSENT = "unsent"
    UNCERTAIN = "uncertain"


class Stage(StrEnum):
    """How far an SMTP transaction was when it was decided (RFC 5321, §3.3)."""

    CONNECT = "connect"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    END = "end of data"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one recipient: the envelope (RFC 5321, §2.3.1) and the content.

    `content` has CRLF line ends, ends with one, and is not dot-stuffed; unless it is `dotted`, no line
    of it begins with a dot. An empty `envelope_sender` is the null reverse-path. `message_id` is that of
    the header, where whoever made the message keeps it.
    """

    envelope_sender: str
    recipient: str
    content: bytes
    message_id: str = ""
    dotted: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one message at a transport.

    `code` is the reply code of RFC 5321 or 0 where there was none, `enhanced` the status code of
    RFC 3463 (`5.1.1`) or nothing, `text` the server's words in one line, without either.
    """

    verdict: Verdict
    stage: Stage
    code: int = 0
    enhanced: str = ""
    text: str = ""
