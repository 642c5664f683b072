"""Warnings of a report: their exact thresholds, and what they say."""

import pytest

from newsletter.errors import Severity
from newsletter.reports.domains import DomainDeliveries
from newsletter.reports.report_warnings import (
    WarningAbout,
    format_share,
    stands_out,
    warn_of_complaints,
    warn_of_domains,
)


def domain(recipients: int, failures: int, name: str = "a.example") -> DomainDeliveries:
    """Build a domain of whose failures half were returned later."""
    rejected = failures // 2
    return DomainDeliveries(name, recipients, recipients - rejected, rejected, failures - rejected)


@pytest.mark.parametrize(
    ("complaints", "accepted", "severity"),
    [
        (0, 0, None),
        (0, 10_000, None),
        (9, 10_000, None),
        (10, 10_001, None),
        (10, 10_000, Severity.WARNING),
        (29, 10_000, Severity.WARNING),
        (30, 10_001, Severity.WARNING),
        (30, 10_000, Severity.ERROR),
        (1, 1_001, None),
        (1, 1_000, Severity.WARNING),
        (1, 333, Severity.ERROR),
    ],
)
def test_complaints_are_reported_from_one_and_from_three_per_mille(
    complaints: int, accepted: int, severity: Severity | None
) -> None:
    """The limits are those of mailbox providers: below 0.1 %, and never 0.3 %."""
    found = warn_of_complaints(complaints, accepted)
    assert (found and found.severity) == severity


def test_a_complaint_warning_says_what_to_do() -> None:
    """One sentence, and advice that depends on the share; a single complaint is no reason to change anything."""
    found = warn_of_complaints(12, 10_000)
    assert found
    assert found.about is WarningAbout.COMPLAINTS
    assert found.message == (
        "0.12 % of the accepted messages were marked as spam (12 of 10,000);"
        " mailbox providers ask senders to stay below 0.1 %."
    )
    assert "unsubscribe link" in found.advice
    worse, single = warn_of_complaints(40, 10_000), warn_of_complaints(1, 100)
    assert worse
    assert single
    assert "never reach 0.3 %" in worse.message
    assert "--to" in worse.advice
    assert "single complaint" in single.advice


@pytest.mark.parametrize(
    ("one", "others", "expected"),
    [
        # recipients and failures of the domain, and of all others
        ((3, 3), (1_000, 0), False),
        ((19, 19), (1_000, 0), False),
        ((20, 5), (1_000, 0), True),
        ((20, 4), (1_000, 0), False),
        ((100, 5), (1_000, 0), True),
        ((101, 5), (1_000, 0), False),
        ((100, 15), (1_000, 50), True),
        ((100, 14), (1_000, 50), False),
        ((100, 100), (0, 0), True),
        ((100, 4), (0, 0), False),
    ],
)
def test_a_domain_stands_out(one: tuple[int, int], others: tuple[int, int], expected: bool) -> None:
    """With 20 recipients, 5 failures, 5 % of its recipients, and three times the share of all others."""
    assert stands_out(domain(*one), one[0] + others[0], one[1] + others[1]) is expected


def test_the_warning_names_the_domain_with_most_failures() -> None:
    """It compares it with the others, and counts other domains that stand out."""
    rest = domain(1_000, 10, "rest.example")
    first, second = domain(120, 40), domain(100, 30, "b.example")
    found = warn_of_domains([rest, second, first], 1_220, 80, 7)
    assert found
    assert found.message == (
        "a.example did not deliver 40 of 120 messages (33 %, 3.6 % elsewhere); 1 other domain stands out too."
    )
    assert "postmaster of a.example" in found.advice
    assert "`newsletter doctor --dns`" in found.advice
    assert "`newsletter campaign report '#7' --csv`" in found.advice
    assert warn_of_domains([rest], 1_000, 10, 7) is None
    only = warn_of_domains([first], 120, 40, 7)
    assert only
    assert only.message == "a.example did not deliver 40 of 120 messages (33 %)."


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0, "0 %"), (0.0012, "0.12 %"), (0.015, "1.5 %"), (0.33, "33 %"), (1, "100 %"), (0.9999, "99.9 %")],
)
def test_a_share_has_two_digits_and_only_all_is_shown_as_all(share: float, expected: str) -> None:
    """Rounded shares never hide that something failed."""
    assert format_share(share) == expected
