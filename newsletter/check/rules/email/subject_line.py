"""What the list of an inbox shows: the subject, and the preheader after it."""

import re
from collections.abc import Iterator

from rich.cells import cell_len

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.documents.paths import Steps
from newsletter.errors import Severity

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
# In the widths of Latin letters: an East Asian letter takes two.
SHORTEST_PREHEADER, LONGEST_PREHEADER, LONGEST_SUBJECT = 40, 140, 70
# As the clients of several languages mark a reply or what is passed on.
_REPLY = re.compile(r"(?:re|fwd?|aw|wg|sv|vs|tr|rv|antw|odp|回复|答复|转发)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
# So many capitals are a shout; fewer may be an abbreviation.
_SHOUT = 10
_LIST = "seen in inboxes: a list shows 30 to 70 letters of a subject, and up to 140 together with the preheader"


@rules.rule(
    "email-subject-empty",
    Severity.ERROR,
    "An email without a subject looks like a mistake or like spam, and filters count it as such.",
    "RFC 5322, 3.6.5 Informational Fields; SpamAssassin 4.0, rule MISSING_SUBJECT",
)
def subject_empty(email: RenderedEmail) -> Iterator[Finding]:
    """An empty subject."""
    if not email.view.subject.strip():
        yield Finding(_subject_steps(email), "the subject is empty", "Write a `title` or a `subject`.")


@rules.rule(
    "email-subject-long",
    Severity.WARNING,
    "An inbox cuts it off, on a phone after some 40 letters.",
    _LIST,
)
def subject_long(email: RenderedEmail) -> Iterator[Finding]:
    """A subject of more than 70 characters; an East Asian letter counts as two."""
    width = cell_len(email.view.subject)
    if width > LONGEST_SUBJECT:
        message = f"the subject is {width} characters wide, and an inbox shows {LONGEST_SUBJECT} at most"
        yield Finding(_subject_steps(email), message, "Write a shorter `subject`; the title may stay as it is.")


@rules.rule(
    "email-subject-shouts",
    Severity.WARNING,
    "It reads as a shout, and filters count it as a mark of spam.",
    "SpamAssassin 4.0, rule SUBJ_ALL_CAPS",
)
def subject_shouts(email: RenderedEmail) -> Iterator[Finding]:
    """A subject in capitals throughout."""
    subject = email.view.subject
    if subject.isupper() and sum(letter.isupper() for letter in subject) >= _SHOUT:
        yield Finding(_subject_steps(email), "the subject is in capitals throughout", "Write it as a sentence.")


@rules.rule(
    "email-subject-reply",
    Severity.WARNING,
    "It feigns an exchange that never was: the law forbids misleading subjects, and filters look for them.",
    "CAN-SPAM Act, 15 U.S.C. 7704(a)(2); SpamAssassin 4.0, rule FAKE_REPLY_C",
)
def subject_reply(email: RenderedEmail) -> Iterator[Finding]:
    """A subject that begins as a reply does, or as what was passed on: `Re:`, `Fwd:`."""
    found = _REPLY.match(email.view.subject)
    if found:
        yield Finding(_subject_steps(email), f"the subject begins with `{found[0]}`, and is no reply", "Take it out.")


@rules.rule(
    "email-preheader-missing",
    Severity.WARNING,
    "After the subject, an inbox shows the first words that it finds; a line of yours is the better invitation.",
    _LIST,
)
def preheader_missing(email: RenderedEmail) -> Iterator[Finding]:
    """An issue without a preheader."""
    if not email.view.preheader.strip():
        advice = f"Write `preheader:`, {SHORTEST_PREHEADER} to {LONGEST_PREHEADER} characters on what is in the issue."
        yield Finding(("preheader",), "the issue has no preheader", advice)


@rules.rule(
    "email-preheader-length",
    Severity.WARNING,
    "A short one leaves the line of the inbox empty, and a long one is cut off.",
    _LIST,
)
def preheader_length(email: RenderedEmail) -> Iterator[Finding]:
    """A preheader of under 40 or over 140 characters; an East Asian letter counts as two."""
    width = cell_len(email.view.preheader.strip())
    if width and not SHORTEST_PREHEADER <= width <= LONGEST_PREHEADER:
        message = f"the preheader is {width} characters wide"
        yield Finding(("preheader",), message, f"Write {SHORTEST_PREHEADER} to {LONGEST_PREHEADER}.")


@rules.rule(
    "email-preheader-repeats",
    Severity.WARNING,
    "It stands beside the subject, and says the same twice.",
    _LIST,
)
def preheader_repeats(email: RenderedEmail) -> Iterator[Finding]:
    """A preheader that is the subject again."""
    subject, preheader = (_plain(text) for text in (email.view.subject, email.view.preheader))
    if preheader and preheader == subject:
        advice = "Say what the subject does not: what is in the issue."
        yield Finding(("preheader",), "the preheader is the subject again", advice)


def _subject_steps(email: RenderedEmail) -> Steps:
    return ("subject",) if email.document.issue.subject else ("title",)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().casefold()
