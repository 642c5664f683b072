"""Rules on unsubscribing: a visible link, and the header fields for an inbox's unsubscribe button."""

import re
from collections.abc import Iterator

from newsletter.check.rule import Finding, Rules, Subject
from newsletter.check.rules.html_elements import Element, words_of
from newsletter.check.rules.message.finished_message import FinishedMessage
from newsletter.errors import Severity

rules: Rules[FinishedMessage] = Rules(Subject.MESSAGE)
ONE_CLICK = "List-Unsubscribe=One-Click"
_HIDING = re.compile(r"display:none|visibility:hidden|opacity:0(?:;|$)")
_BULK = "Gmail's and Yahoo's requirements for bulk senders, 2024"
_REPORT = "This is a bug in `newsletter`: please report it with the issue."


@rules.rule(
    "message-unsubscribe-hidden",
    Severity.ERROR,
    "Readers who find no unsubscribe link report spam, and the law requires a visible one.",
    f"CAN-SPAM Act, 15 U.S.C. 7704(a)(3); {_BULK}",
)
def unsubscribe_hidden(message: FinishedMessage) -> Iterator[Finding]:
    """A part of the message without a visible unsubscribe link. Only `style` attributes are examined.

    Write `<a href="{{ merge.unsubscribe_url }}">` with words in it in your email/footer.mjml, and
    `{{ merge.unsubscribe_url }}` in your email.txt.
    """
    web = [url for url in message.unsubscribe_urls if not url.lower().startswith("mailto:")]
    addresses = web or message.unsubscribe_urls
    links = (link for link in message.html.iter("a") if link.get("href") in addresses)
    if addresses and not any(words_of(link) and not _hidden(link) for link in links):
        advice = 'Write `<a href="{{ merge.unsubscribe_url }}">` with words in it in your email/footer.mjml.'
        yield Finding((), "no visible unsubscribe link in the HTML", advice)
    if addresses and not any(url in message.part("text/plain") for url in addresses):
        advice = "Write `{{ merge.unsubscribe_url }}` in your email.txt."
        yield Finding((), "no unsubscribe link in the text part", advice)


@rules.rule(
    "message-list-unsubscribe",
    Severity.ERROR,
    "Without it, inboxes show no unsubscribe button, and Gmail and Yahoo reject newsletters.",
    f"RFC 2369, 3.2 List-Unsubscribe; RFC 8058, 3.1; {_BULK}",
)
def list_unsubscribe(message: FinishedMessage) -> Iterator[Finding]:
    """A message without a List-Unsubscribe field.

    `newsletter` writes this field itself: please report this as a bug, and attach the issue's file.
    """
    if not message.unsubscribe_urls:
        yield Finding((), "`List-Unsubscribe` is missing in the message", _REPORT)


@rules.rule(
    "message-one-click",
    Severity.ERROR,
    "Without it, the inbox opens a page instead of unsubscribing at once, which Gmail and Yahoo do not accept.",
    f"RFC 8058, 3.1 Mail Senders When Using HTTPS URIs; {_BULK}",
)
def one_click(message: FinishedMessage) -> Iterator[Finding]:
    """A message with a web page to unsubscribe, and without `List-Unsubscribe-Post: List-Unsubscribe=One-Click`.

    `newsletter` writes this field itself: please report this as a bug, and attach the issue's file.
    """
    web = any(url.lower().startswith("http") for url in message.unsubscribe_urls)
    if web and [value.strip() for value in message.values("List-Unsubscribe-Post")] != [ONE_CLICK]:
        yield Finding((), f"`List-Unsubscribe-Post: {ONE_CLICK}` is missing in the message", _REPORT)


def _hidden(link: Element) -> bool:
    return any(_HIDING.search("".join(part.get("style", "").lower().split())) for part in (link, *link.iterancestors()))
