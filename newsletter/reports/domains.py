"""The deliveries of a campaign by recipient domain."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from newsletter.database.states import DeliveryState

# A report lists so many domains, the largest and those with most failures, and sums up the others.
_LARGEST, _MOST_FAILURES = 15, 5


@dataclass(frozen=True, slots=True)
class DomainDeliveries:
    """The deliveries to a recipient domain.

    Attributes:
        domain: The domain; empty for the sum of several.
        rejected: The messages that its server rejected during sending.
        returned: The messages that were accepted and bounced later.
        domains: How many domains these are.
    """

    domain: str
    recipients: int
    accepted: int
    rejected: int
    returned: int
    domains: int = 1

    @property
    def failures(self) -> int:
        """The messages that were not delivered: rejected, or returned later."""
        return self.rejected + self.returned


@dataclass(frozen=True, slots=True)
class DeliveriesByDomain:
    """The deliveries of a campaign by recipient domain.

    Attributes:
        counts: The deliveries by state, to all domains.
        listed: The largest domains and those with most failures, the largest first.
        others: The sum of the other domains, or None.
    """

    counts: Mapping[DeliveryState, int]
    listed: tuple[DomainDeliveries, ...]
    others: DomainDeliveries | None


def list_domains(
    counted: Iterable[tuple[str, Mapping[DeliveryState, int]]], returned: Mapping[str, int]
) -> DeliveriesByDomain:
    """List the deliveries by domain. Uses little memory, however many domains there are.

    Args:
        counted: The deliveries to each domain by state, the largest domain first.
        returned: The messages by domain that were accepted and bounced later.
    """
    counts = dict.fromkeys(DeliveryState, 0)
    largest: list[DomainDeliveries] = []
    worst: list[DomainDeliveries] = []
    total = DomainDeliveries("", 0, 0, 0, 0, 0)
    for domain, states in counted:
        for state, number in states.items():
            counts[state] += number
        one = DomainDeliveries(
            domain,
            sum(states.values()),
            states[DeliveryState.ACCEPTED],
            states[DeliveryState.FAILED],
            returned.get(domain, 0),
        )
        total = _add(total, one)
        if len(largest) < _LARGEST:
            largest.append(one)
        elif one.failures:
            worst = sorted([*worst, one], key=lambda found: -found.failures)[:_MOST_FAILURES]
    listed = (*largest, *sorted(worst, key=lambda found: (-found.recipients, found.domain)))
    for one in listed:
        total = _add(total, one, -1)
    return DeliveriesByDomain(counts, listed, total if total.domains else None)


def _add(one: DomainDeliveries, other: DomainDeliveries, times: int = 1) -> DomainDeliveries:
    return DomainDeliveries(
        "",
        one.recipients + times * other.recipients,
        one.accepted + times * other.accepted,
        one.rejected + times * other.rejected,
        one.returned + times * other.returned,
        one.domains + times * other.domains,
    )
