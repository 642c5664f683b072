"""Rules on what an inbox lists: the subject, and the preheader after it."""

import re
from collections.abc import Iterator

from rich.cells import cell_len

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.rendered_email import RenderedEmail
from newsletter.documents.paths import Steps
from newsletter.errors import Severity

rules: Rules[RenderedEmail] = Rules(Subject.EMAIL)
# Measured in Latin characters; an East Asian character counts as two.
SHORTEST_PREHEADER, LONGEST_PREHEADER, LONGEST_SUBJECT = 40, 140, 70
# The prefixes of replies and forwarded messages in several languages.
_REPLY = re.compile(r"(?:re|fwd?|aw|wg|sv|vs|tr|rv|antw|odp|回复|答复|转发)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
# Fewer capitals may be an abbreviation.
_SHOUT = 10
_LIST = "observed: inboxes show 30 to 70 characters of a subject, and up to 140 together with the preheader"


@rules.rule(
    "email-subject-empty",
    Severity.ERROR,
    "It looks like a mistake or like spam, and spam filters add points for it.",
    "RFC 5322, 3.6.5 Informational Fields; SpamAssassin 4.0, rule MISSING_SUBJECT",
)
def subject_empty(email: RenderedEmail) -> Iterator[Finding]:
    """An empty subject.

    Write a `title` or a `subject`.
    """
    if not email.view.subject.strip():
        yield Finding(_subject_steps(email), "the subject is empty", "Write a `title` or a `subject`.")


@rules.rule(
    "email-subject-long",
    Severity.WARNING,
    "Inboxes cut it off, on a phone after about 40 characters.",
    _LIST,
)
def subject_long(email: RenderedEmail) -> Iterator[Finding]:
    """A subject of more than 70 characters. An East Asian character counts as two.

    Write a shorter `subject`. The title can stay as it is.
    """
    width = cell_len(email.view.subject)
    if width > LONGEST_SUBJECT:
        message = f"the subject has {width} characters, more than {LONGEST_SUBJECT}"
        yield Finding(_subject_steps(email), message, "Write a shorter `subject`; the title can stay as it is.")


@rules.rule(
    "email-subject-shouts",
    Severity.WARNING,
    "It reads as shouting, and spam filters add points for it.",
    "SpamAssassin 4.0, rule SUBJ_ALL_CAPS",
)
def subject_shouts(email: RenderedEmail) -> Iterator[Finding]:
    """A subject that is all in capitals.

    Write the subject as a sentence.
    """
    subject = email.view.subject
    if subject.isupper() and sum(letter.isupper() for letter in subject) >= _SHOUT:
        yield Finding(_subject_steps(email), "the subject is all in capitals", "Write it as a sentence.")


@rules.rule(
    "email-subject-reply",
    Severity.WARNING,
    "It pretends to continue a conversation: misleading subjects are illegal, and spam filters look for them.",
    "CAN-SPAM Act, 15 U.S.C. 7704(a)(2); SpamAssassin 4.0, rule FAKE_REPLY_C",
)
def subject_reply(email: RenderedEmail) -> Iterator[Finding]:
    """A subject that begins like a reply or a forwarded message: `Re:`, `Fwd:`.

    Remove the prefix.
    """
    found = _REPLY.match(email.view.subject)
    if found:
        yield Finding(
            _subject_steps(email), f"the subject begins with `{found[0]}`, but is not a reply", "Remove the prefix."
        )


@rules.rule(
    "email-preheader-missing",
    Severity.WARNING,
    "Inboxes show the first words of the email after the subject; a preheader is a better invitation.",
    _LIST,
)
def preheader_missing(email: RenderedEmail) -> Iterator[Finding]:
    """An issue without a preheader.

    Add `preheader:` with 40 to 140 characters about what is in the issue.
    """
    if not email.view.preheader.strip():
        length = f"{SHORTEST_PREHEADER} to {LONGEST_PREHEADER}"
        advice = f"Add `preheader: …` with {length} characters about what is in the issue."
        yield Finding(("preheader",), "`preheader` is missing", advice)


@rules.rule(
    "email-preheader-length",
    Severity.WARNING,
    "A short preheader leaves the line in the inbox empty, and a long one is cut off.",
    _LIST,
)
def preheader_length(email: RenderedEmail) -> Iterator[Finding]:
    """A preheader of fewer than 40 or more than 140 characters. An East Asian character counts as two.

    Write 40 to 140 characters.
    """
    width = cell_len(email.view.preheader.strip())
    comparison = f"fewer than {SHORTEST_PREHEADER}" if width < SHORTEST_PREHEADER else f"more than {LONGEST_PREHEADER}"
    if width and not SHORTEST_PREHEADER <= width <= LONGEST_PREHEADER:
        message = f"the preheader has {width} characters, {comparison}"
        yield Finding(("preheader",), message, f"Write {SHORTEST_PREHEADER} to {LONGEST_PREHEADER} characters.")


@rules.rule(
    "email-preheader-repeats",
    Severity.WARNING,
    "Inboxes show it next to the subject, so readers see the same text twice.",
    _LIST,
)
def preheader_repeats(email: RenderedEmail) -> Iterator[Finding]:
    """A preheader that repeats the subject.

    Write what the subject does not contain.
    """
    subject, preheader = (_plain(text) for text in (email.view.subject, email.view.preheader))
    if preheader and preheader == subject:
        advice = "Write what the subject does not contain."
        yield Finding(("preheader",), "the preheader repeats the subject", advice)


def _subject_steps(email: RenderedEmail) -> Steps:
    return ("subject",) if email.document.issue.subject else ("title",)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().casefold()
