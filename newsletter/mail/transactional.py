"""Letters that a live page causes: one that asks to confirm, one to who is subscribed already, and a welcome."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from newsletter.issue.model import Status
from newsletter.mail.issue_mail import head_of, head_of_settings, signature_of
from newsletter.mail.message import Recipient, compose
from newsletter.mail.tokens import Purpose, sign
from newsletter.render.format import Format
from newsletter.render.reader_pages import LivePages
from newsletter.render.renderer import Renderer
from newsletter.subscribers.subscriber import Subscriber
from newsletter.transports.base import Outgoing
from newsletter.workspace.workspace import Workspace


class ReaderLetters:
    """Writes letters with the publication's settings; `keys` gives those that sign tokens now, oldest first."""

    def __init__(
        self,
        workspace: Workspace,
        pages: LivePages,
        keys: Callable[[], Sequence[bytes]],
        environment: Mapping[str, str],
    ) -> None:
        self._publication = workspace.publication
        self._root = workspace.root
        self._pages = pages
        self._keys = keys
        self._signature = signature_of(workspace.publication, environment)

    def confirmation(self, to: Subscriber, language: str, asked_at: int, date: datetime) -> Outgoing:
        """A letter with a link that confirms. It holds nothing of the visitor's but the address that it goes to.

        Raises:
            NewsletterError: a template fails, or an address cannot stand in a header.
        """
        token = sign(self._keys(), Purpose.CONFIRM, to.id, to.address, issued_at=asked_at)
        labels = self._pages.labels[language]
        words = labels.pages
        said = (words.letter_subject, words.letter_note, words.letter_end)
        return self._letter(to, language, said, f"confirm/{token}", words.confirm_button, "confirm", date)

    def known(self, to: Subscriber, language: str, asked_at: int, date: datetime) -> Outgoing:
        """A letter to who has asked and is subscribed already, with the link to their preferences.

        Raises:
            NewsletterError: as `confirmation`.
        """
        token = sign(self._keys(), Purpose.PREFERENCES, to.id, to.address, issued_at=asked_at)
        words = self._pages.labels[language].pages
        said = (words.known_subject, words.known_note, words.known_end)
        return self._letter(to, language, said, f"preferences/{token}", words.preferences, "known", date)

    def own(self, to: Subscriber, language: str, asked_at: int, date: datetime) -> Outgoing:
        """A letter with a link to what is kept of somebody.

        Raises:
            NewsletterError: as `confirmation`.
        """
        token = sign(self._keys(), Purpose.PREFERENCES, to.id, to.address, issued_at=asked_at)
        words = self._pages.labels[language].pages
        said = (words.own_subject, words.own_letter_note, words.own_end)
        return self._letter(to, language, said, f"preferences/{token}", words.own, "own", date)

    def welcome(self, to: Subscriber, language: str, date: datetime) -> Outgoing | None:
        """The latest published issue, as somebody gets it who has just subscribed; none where none is out.

        Raises:
            NewsletterError: the issue cannot be read or rendered, or as `confirmation`.
        """
        # What is the latest may have changed since the pages began to be served.
        workspace = Workspace(self._root)
        latest = next(
            (listed for listed in reversed(workspace.issues.issues) if listed.head.status is Status.PUBLISHED), None
        )
        if latest is None:
            return None
        document = workspace.issue(latest.slug)
        texts = Renderer(workspace).render(document, (Format.EMAIL, Format.TEXT)).texts
        head = head_of(workspace.publication, document, date)
        subject = self._pages.labels[language].pages.welcome_subject.replace("{title}", head.subject)
        letter = compose(
            texts[Format.EMAIL], texts[Format.TEXT], replace(head, subject=subject), self._keys(), self._signature
        )
        return letter.to(_recipient(to, language))

    def _letter(
        self,
        to: Subscriber,
        language: str,
        said: tuple[str, str, str],
        path: str,
        button: str,
        kind: str,
        date: datetime,
    ) -> Outgoing:
        name = self._publication.name
        subject, note, end = (text.replace("{name}", name) for text in said)
        pages_url = self._publication.delivery.pages_url or self._publication.site_url
        html, text = self._pages.letter(language, subject, note, pages_url + path, button, end)
        head = replace(head_of_settings(self._publication, date), subject=subject, language=language, slug=kind)
        return compose(html, text, head, self._keys(), self._signature).to(_recipient(to, language))


def _recipient(to: Subscriber, language: str) -> Recipient:
    return Recipient(0, 0, to.id, to.address, to.name, language)
