"""Leaving: a link that is seen, and headers from which an inbox makes a button."""

import re
from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.email.html_elements import Element, words_of
from newsletter.check.rules.message.finished_message import FinishedMessage
from newsletter.errors import Severity

rules: Rules[FinishedMessage] = Rules(Subject.MESSAGE)
ONE_CLICK = "List-Unsubscribe=One-Click"
_HIDING = re.compile(r"display:none|visibility:hidden|opacity:0(?:;|$)")
_BULK = "Gmail's and Yahoo's requirements of bulk senders, 2024"


@rules.rule(
    "message-unsubscribe-hidden",
    Severity.ERROR,
    "Who finds no link to leave reports spam, and the law asks for one that is seen.",
    f"CAN-SPAM Act, 15 U.S.C. 7704(a)(3); {_BULK}",
)
def unsubscribe_hidden(message: FinishedMessage) -> Iterator[Finding]:
    """A part of the message in which no link to unsubscribe is seen; style attributes that hide it are known."""
    addresses = [url for url in message.leaving if not url.lower().startswith("mailto:")]
    links = (link for link in message.html.iter("a") if link.get("href") in addresses)
    if addresses and not any(words_of(link) and not _hidden(link) for link in links):
        advice = 'Write `<a href="{{ merge.unsubscribe_url }}">` with words in it in your email.mjml.'
        yield Finding((), "no link to unsubscribe is seen in the HTML", advice)
    if addresses and not any(url in message.part("text/plain") for url in addresses):
        advice = "Write `{{ merge.unsubscribe_url }}` in your email.txt."
        yield Finding((), "the text part has no link to unsubscribe", advice)


@rules.rule(
    "message-list-unsubscribe",
    Severity.ERROR,
    "Without it an inbox shows no button to leave; Gmail and Yahoo refuse newsletters that have none.",
    f"RFC 2369, 3.2 List-Unsubscribe; RFC 8058, 3.1; {_BULK}",
)
def list_unsubscribe(message: FinishedMessage) -> Iterator[Finding]:
    """A List-Unsubscribe that is missing, or has no https address."""
    if not message.leaving:
        yield Finding(
            (), "the message has no List-Unsubscribe", "The workspace writes it by itself: please report this."
        )
    elif not any(url.lower().startswith("https://") for url in message.leaving):
        advice = "Write https in `delivery.pages_url`, or in `site_url`, in newsletter.yaml."
        yield Finding((), f"List-Unsubscribe has no https address, only `{message.leaving[0]}`", advice)


@rules.rule(
    "message-one-click",
    Severity.ERROR,
    "Without it an inbox opens a page in place of leaving at once, and Gmail and Yahoo do not count it.",
    f"RFC 8058, 3.1 Mail Senders When Using HTTPS URIs; {_BULK}",
)
def one_click(message: FinishedMessage) -> Iterator[Finding]:
    """No `List-Unsubscribe-Post: List-Unsubscribe=One-Click`."""
    if [value.strip() for value in message.values("List-Unsubscribe-Post")] != [ONE_CLICK]:
        advice = "The workspace writes it by itself: please report this."
        yield Finding((), f"the message has no `List-Unsubscribe-Post: {ONE_CLICK}`", advice)


def _hidden(link: Element) -> bool:
    return any(_HIDING.search("".join(part.get("style", "").lower().split())) for part in (link, *link.iterancestors()))
