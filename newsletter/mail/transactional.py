"""The messages of transactional mail: confirmation, already subscribed, welcome, data link and unsubscribe link."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from newsletter.database.states import MailKind, SubscriberState
from newsletter.issue.head import Status
from newsletter.issue.issue_list import ListedIssue
from newsletter.ledger.welcomes import WelcomeIssue
from newsletter.mail.issue_mail import dkim_signature, issue_head, settings_head
from newsletter.mail.mail_queue import QueuedMail
from newsletter.mail.message import Recipient, compose
from newsletter.mail.tokens import Purpose, sign
from newsletter.mail.welcome_mail import WelcomeMail
from newsletter.render.format import Format
from newsletter.render.page_templates import PageTemplates
from newsletter.render.renderer import Renderer
from newsletter.text.languages import preferred_language
from newsletter.text.plain_text import WIDTH
from newsletter.text.wrapping import wrap
from newsletter.transports.base import Outgoing
from newsletter.workspace.workspace import Workspace


class TransactionalMail:
    """Composes transactional mail of a publication.

    Args:
        workspace: The publication.
        templates: The templates of the messages.
        keys: Returns the current keys that sign tokens, oldest first.
        environment: The environment variables that name the key for DKIM.
    """

    def __init__(
        self,
        workspace: Workspace,
        templates: PageTemplates,
        keys: Callable[[], Sequence[bytes]],
        environment: Mapping[str, str],
    ) -> None:
        self._publication = workspace.publication
        self._root = workspace.root
        self._templates = templates
        self._keys = keys
        self._signature = dkim_signature(workspace.publication, environment)

    def message(self, mail: QueuedMail) -> Outgoing | WelcomeMail | None:
        """Return the message of a queued mail, or None if there is no issue for a welcome mail.

        The language is that of the subscriber, then of the page, then of the publication. The message contains nothing
        that the visitor typed except the address.

        Raises:
            NewsletterError: A template fails, the issue cannot be rendered, or an address is not valid.
        """
        language = self._language(mail)
        date = datetime.fromtimestamp(mail.requested_at, UTC)
        words = self._templates.labels[language].pages
        match mail.kind:
            case MailKind.CONFIRMATION:
                texts = (words.letter_subject, words.letter_note, words.letter_end)
                path = f"confirm/{self._token(Purpose.CONFIRM, mail)}"
                return self._compose(mail, language, date, texts, path, words.confirm_button)
            case MailKind.ALREADY_SUBSCRIBED:
                texts = (words.known_subject, words.known_note, words.known_end)
                path = f"preferences/{self._token(Purpose.PREFERENCES, mail)}"
                return self._compose(mail, language, date, texts, path, words.preferences)
            case MailKind.DATA_LINK:
                texts = (words.own_subject, words.own_letter_note, words.own_end)
                path = f"preferences/{self._token(Purpose.PREFERENCES, mail)}"
                return self._compose(mail, language, date, texts, path, words.own)
            case MailKind.UNSUBSCRIBE_LINK:
                texts = (words.unsubscribe_subject, words.unsubscribe_mail_note, words.unsubscribe_end)
                path = f"unsubscribe/{self._token(Purpose.UNSUBSCRIBE, mail)}"
                return self._compose(mail, language, date, texts, path, self._templates.labels[language].unsubscribe)
            case MailKind.WELCOME:
                return self._welcome(mail, language, date)

    def welcome_issue(self) -> tuple[str, ...]:
        """Return the slug and the aliases of the issue that new subscribers get; empty if they get none.

        Raises:
            NewsletterError: `newsletter.yaml` or the folder of issues cannot be read.
        """
        if not self._publication.delivery.welcome:
            return ()
        latest = _latest_published(Workspace(self._root))
        return (latest.slug, *latest.head.aliases) if latest else ()

    def _language(self, mail: QueuedMail) -> str:
        known = self._templates.labels
        return (
            preferred_language(mail.subscriber.language, known)
            or preferred_language(mail.language, known)
            or self._publication.language
        )

    def _token(self, purpose: Purpose, mail: QueuedMail) -> str:
        return sign(self._keys(), purpose, mail.subscriber.id, mail.subscriber.address, issued_at=mail.requested_at)

    def _compose(
        self, mail: QueuedMail, language: str, date: datetime, texts: tuple[str, str, str], path: str, button: str
    ) -> Outgoing:
        """Compose a message with one link. `texts` are its subject, and the texts before and after the link."""
        subject, note, end = (text.replace("{name}", self._publication.name) for text in texts)
        pages_url = self._publication.delivery.pages_url or self._publication.site_url
        values = {
            "subject": subject,
            "note": note,
            "url": pages_url + path,
            "button": button,
            "end": end,
            "lines": lambda text: "\n".join(wrap(text, WIDTH)),
        }
        html, text = (self._templates.fill(f"letter.{kind}", language, values) for kind in ("html", "txt"))
        head = settings_head(self._publication, date)
        head = replace(head, subject=subject, language=language, slug=mail.kind.value)
        return compose(html, text, head, self._keys(), self._signature).to(_recipient(mail, language))

    def _welcome(self, mail: QueuedMail, language: str, date: datetime) -> WelcomeMail | None:
        """Return the latest published issue, or None if there is none or the setting `welcome` is now off."""
        # Read the publication again, because it may have changed since the server started.
        workspace = Workspace(self._root)
        latest = _latest_published(workspace)
        if latest is None or not self._publication.delivery.welcome:
            return None
        document = workspace.issue(latest.slug)
        texts = Renderer(workspace).render(document, (Format.EMAIL, Format.TEXT), welcome=language).texts
        head = issue_head(workspace.publication, document, date)
        if not workspace.publication.delivery.welcome_text:
            subject = self._templates.labels[language].pages.welcome_subject.replace("{title}", head.subject)
            head = replace(head, subject=subject)
        prepared = compose(texts[Format.EMAIL], texts[Format.TEXT], head, self._keys(), self._signature)
        issue = WelcomeIssue(document.names, prepared.digest, head.subject)
        return WelcomeMail(prepared.to(_recipient(mail, language)), issue)


def _latest_published(workspace: Workspace) -> ListedIssue | None:
    published = (listed for listed in reversed(workspace.issues.issues) if listed.head.status is Status.PUBLISHED)
    return next(published, None)


def _recipient(mail: QueuedMail, language: str) -> Recipient:
    to = mail.subscriber
    # Anyone may have typed the name in a sign-up that is not confirmed: it could be the message of a stranger.
    name = "" if to.state is SubscriberState.PENDING else to.name
    return Recipient(0, 0, to.id, to.address, name, language, mail.id)
