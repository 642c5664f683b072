"""The table of reply patterns: an example of each row, and the kinds of bounces in the forms of many mail systems."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bounces.apply import choose_report
from newsletter.bounces.bounce import BounceForm, RecipientReport
from newsletter.bounces.cause import Cause
from newsletter.bounces.classify import PATTERNS, classify_bounce, find_cause, find_pattern
from newsletter.bounces.parse import parse_bounce
from newsletter.bounces.reply_patterns.pattern import MAX_REPLY, normalise_reply
from newsletter.database.states import BounceKind
from newsletter.text.redact import redact
from tests.bounces.forms import Form, read_forms

_LINES = (Path(__file__).parent / "reply_examples.txt").read_text(encoding="utf-8").splitlines()
EXAMPLES = [tuple(line.split(" | ", 2)) for line in _LINES]


@pytest.mark.parametrize(("origin", "cause", "reply"), EXAMPLES)
def test_a_reply_has_a_cause(origin: str, cause: str, reply: str) -> None:
    """The first row that matches has the origin and the cause of the example."""
    found = find_pattern(reply, PATTERNS)
    assert found
    assert (found.origin, found.cause) == (origin, Cause(cause)), found.fragments


@pytest.mark.parametrize("reply", [*(reply for _, _, reply in EXAMPLES), "<ann@b.example> not found"])
def test_a_stored_reply_has_the_same_cause(reply: str) -> None:
    """Replies are stored without addresses and query strings, and are read again when the run is over."""
    received, stored = (RecipientReport(("a@b.example",), "failed", "", text) for text in (reply, redact(reply)))
    assert (find_cause(stored), classify_bounce(stored)) == (find_cause(received), classify_bounce(received))


def test_each_row_has_an_example() -> None:
    """A row that no example reaches is superfluous, or is hidden by an earlier one."""
    reached = {find_pattern(reply, PATTERNS) for _, _, reply in EXAMPLES}
    assert [row for row in PATTERNS if row not in reached] == []


def test_each_row_has_a_source() -> None:
    """The documentation or the source code of its origin."""
    assert all(row.source.startswith("https://") for row in PATTERNS)


@pytest.mark.parametrize("form", read_forms(), ids=lambda form: form.name)
def test_a_bounce_in_each_form_has_its_kind(form: Form) -> None:
    """Reports and texts of many mail systems, automatic replies, complaints, and letters that quote a bounce."""
    parsed = parse_bounce(form.content)
    reported = parsed.form in (BounceForm.DELIVERY_STATUS, BounceForm.UNSTRUCTURED)
    found = choose_report(parsed, None)[1] if reported else parsed.form.kind
    assert found is form.kind, (parsed.form, parsed.recipients)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("550 5.1.1 <spam.blocklist@reader.example>: user unknown", BounceKind.HARD),
        ("host mx.spamfilter.example[192.0.2.9] says: 550 no such user", BounceKind.HARD),
        ("450 4.1.1 user unknown", BounceKind.SOFT),
        (
            "550-5.1.1 The account that you tried to 550-5.1.1 reach is not 550 5.1.1 here: no such user",
            BounceKind.HARD,
        ),
        ("550 rejected", BounceKind.POLICY),
        ("550 5.2.2 rejected", BounceKind.SOFT),
        ("552 it is too much", BounceKind.SOFT),
        ("551 it is elsewhere", BounceKind.HARD),
        ("550 it seems to be junk", BounceKind.POLICY),
        ("550 it does not work", BounceKind.SOFT),
        ("550 Unknown error", BounceKind.SOFT),
        ("554 a header is invalid", BounceKind.SOFT),
        ("550 sender address not found", BounceKind.POLICY),
        ("550 <ida@reader.example>: unknown", BounceKind.HARD),
        ("550 ida@reader.example is invalid", BounceKind.HARD),
    ],
)
def test_the_words_of_a_reply_count(reply: str, kind: BounceKind) -> None:
    """Words in addresses and host names do not. 4yz is never hard.

    Vague words count only without a status, and are about the recipient only after an address.
    """
    assert classify_bounce(RecipientReport((), "failed", "5.0.0", f"smtp; {reply}")) is kind


@given(st.text(max_size=3 * MAX_REPLY), st.sampled_from(("", "failed", "expired", "delayed")), st.text(max_size=12))
def test_any_reply_has_a_kind(reply: str, action: str, status: str) -> None:
    """Classifying never raises, and reads a bounded part of the reply."""
    assert classify_bounce(RecipientReport((), action, status, reply)) in BounceKind
    assert len(normalise_reply(reply)) <= 2 * MAX_REPLY + 2
