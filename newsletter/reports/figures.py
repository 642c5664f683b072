"""The numbers of a campaign, and their comparison with the median of earlier campaigns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from newsletter.database.states import BounceKind, DeliveryState


class FigureName(StrEnum):
    """The name of a figure, as in JSON."""

    ACCEPTED = "accepted"
    HARD_BOUNCES = "hard_bounces"
    SOFT_BOUNCES = "soft_bounces"
    POLICY_BOUNCES = "policy_bounces"
    COMPLAINTS = "complaints"
    UNSUBSCRIBED = "unsubscribed"
    CLICKS = "clicks"


@dataclass(frozen=True, slots=True)
class CampaignNumbers:
    """What became of the messages of a campaign.

    Attributes:
        counts: The deliveries by state.
        bounces: The recipients with a bounce of each kind; those that were rejected during sending are among them.
        unsubscribed: The recipients who unsubscribed through a link in the campaign.
        clicks: The certain clicks on entries of its issue, in all campaigns of the issue.
    """

    counts: Mapping[DeliveryState, int]
    bounces: Mapping[BounceKind, int]
    unsubscribed: int
    clicks: int = 0

    @property
    def recipients(self) -> int:
        """The number of deliveries in any state."""
        return sum(self.counts.values())

    @property
    def accepted(self) -> int:
        """The number of messages that a server accepted."""
        return self.counts[DeliveryState.ACCEPTED]

    @property
    def complaints(self) -> int:
        """The number of recipients who marked the message as spam."""
        return self.bounces.get(BounceKind.COMPLAINT, 0)


@dataclass(frozen=True, slots=True)
class ComparedFigure:
    """A number of a campaign beside the median of earlier campaigns.

    Attributes:
        label: What it counts, for people.
        number: The number.
        base: What `share` is a part of: `recipients` or `accepted`.
        share: The part of the base; None if the base is 0. Clicks may be more than 1: a reader clicks on many entries.
        median: The median number of the earlier campaigns; None if there are none.
        median_share: The median of their shares; None if there are none.
    """

    name: FigureName
    label: str
    number: int
    base: str
    share: float | None
    median: float | None
    median_share: float | None

    @property
    def formatted_median(self) -> str:
        """The median as text, such as `1,124` or `2.5`; empty if there is none."""
        return "" if self.median is None else f"{self.median:,.1f}".removesuffix(".0")


def _bounced(kind: BounceKind) -> Callable[[CampaignNumbers], int]:
    return lambda numbers: numbers.bounces.get(kind, 0)


# Each with its label, its base, and how it is read. Only accepted messages lead to complaints, unsubscribes and clicks.
_FIGURES: Mapping[FigureName, tuple[str, str, Callable[[CampaignNumbers], int]]] = {
    FigureName.ACCEPTED: ("accepted", "recipients", lambda numbers: numbers.accepted),
    FigureName.HARD_BOUNCES: ("hard bounces", "recipients", _bounced(BounceKind.HARD)),
    FigureName.SOFT_BOUNCES: ("soft bounces", "recipients", _bounced(BounceKind.SOFT)),
    FigureName.POLICY_BOUNCES: ("rejected by policy", "recipients", _bounced(BounceKind.POLICY)),
    FigureName.COMPLAINTS: ("complaints", "accepted", lambda numbers: numbers.complaints),
    FigureName.UNSUBSCRIBED: ("unsubscribed", "accepted", lambda numbers: numbers.unsubscribed),
    FigureName.CLICKS: ("clicks, at least", "accepted", lambda numbers: numbers.clicks),
}


def compare_figures(numbers: CampaignNumbers, earlier: Sequence[CampaignNumbers]) -> tuple[ComparedFigure, ...]:
    """Return the figures of a campaign beside the medians of earlier campaigns."""
    figures = []
    for name, (label, base, read) in _FIGURES.items():
        shares = [share for one in earlier if (share := _share(read(one), _base(one, base))) is not None]
        figures.append(
            ComparedFigure(
                name,
                label,
                read(numbers),
                base,
                _share(read(numbers), _base(numbers, base)),
                median(read(one) for one in earlier) if earlier else None,
                median(shares) if shares else None,
            )
        )
    return tuple(figures)


def _base(numbers: CampaignNumbers, base: str) -> int:
    return numbers.accepted if base == "accepted" else numbers.recipients


def _share(number: int, base: int) -> float | None:
    return number / base if base else None
