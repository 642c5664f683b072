"""Composes the message of an issue from its rendered email and the settings."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from newsletter.files import read_secret
from newsletter.issue.issue_file import IssueDocument
from newsletter.mail.dkim import DkimKey, KeyType, Signature
from newsletter.mail.headers import wire_domain
from newsletter.mail.message import MessageHead, PreparedMessage, Recipient, compose
from newsletter.mail.provider_fields import provider_fields
from newsletter.publication.settings import Publication
from newsletter.render.format import Format
from newsletter.render.issue_title import canonical_url, subject_line
from newsletter.render.past_issues import list_past_issues, placeholder_issues
from newsletter.render.renderer import Renderer
from newsletter.render.views import PastIssue
from newsletter.text.domains import host_of

# The recipient of messages that are checked or shown, but not sent.
EXAMPLE = Recipient(0, 0, 0, "reader@example.com", "A. Reader", "en")


def prepare_issue_mail(
    renderer: Renderer,
    document: IssueDocument,
    date: datetime,
    keys: Sequence[bytes],
    environment: Mapping[str, str],
    *,
    correction: bool = False,
    past: Sequence[PastIssue] | None = None,
) -> PreparedMessage:
    """Render an issue and compose its message.

    Args:
        renderer: Renders the issue.
        document: The issue.
        date: The start of the campaign.
        keys: The keys that sign tokens, oldest first.
        environment: The environment variables that name the key for DKIM.
        correction: Whether the subject says that it is a correction, in the words of the labels.
        past: The past issues to list; None for those of the workspace.

    Raises:
        DocumentError, TemplateError, LayoutError: The issue cannot be rendered.
        CampaignError: An address in the settings is not valid.
        NotFoundError, AccessError: The key for DKIM is missing or cannot be read.
    """
    publication = renderer.workspace.publication
    listed = tuple(list_past_issues(renderer.workspace, document.issue.date) if past is None else past)
    placeholders = placeholder_issues(publication)
    head = issue_head(publication, document, date)
    if correction:
        subject = renderer.workspace.labels(document).correction.replace("{subject}", head.subject)
        head = replace(head, subject=subject)
    signature = dkim_signature(publication, environment)
    pictures = renderer.pictures_of(document)

    def compose_with(past: Sequence[PastIssue]) -> PreparedMessage:
        texts = renderer.render(document, (Format.EMAIL, Format.TEXT), past=past, pictures=pictures).texts
        return compose(texts[Format.EMAIL], texts[Format.TEXT], head, keys, signature)

    content = compose_with(placeholders).digest if placeholders else ""
    return replace(compose_with(listed), past_issues=listed, content=content)


def issue_head(publication: Publication, document: IssueDocument, date: datetime) -> MessageHead:
    """Return the header of an issue's message, from the settings and the issue."""
    issue = document.issue
    return replace(
        settings_head(publication, date),
        subject=subject_line(issue, publication),
        language=issue.language or publication.language,
        view_url=issue.canonical_url or canonical_url(publication, document.slug),
        slug=document.slug,
    )


def settings_head(publication: Publication, date: datetime) -> MessageHead:
    """Return the header of a message with only the values from the settings."""
    delivery = publication.delivery
    return MessageHead(
        sender_name=publication.sender.name or publication.name,
        sender=publication.sender.email,
        reply_to=publication.reply_to or "",
        subject=publication.name,
        date=date,
        language=publication.language,
        list_name=publication.name,
        list_id=delivery.list_id or wire_domain(host_of(publication.site_url)),
        archive_url=publication.site_url,
        pages_url=delivery.pages_url or ("" if delivery.unsubscribe else publication.site_url),
        unsubscribe_mailbox=delivery.unsubscribe or "",
        view_url=publication.site_url,
        slug="",
        envelope_sender=delivery.envelope_sender or publication.sender.email,
        verp=delivery.verp,
        tracing=provider_fields(delivery),
    )


def dkim_signature(publication: Publication, environment: Mapping[str, str]) -> Signature | None:
    """Return the DKIM signature from the settings, or None if they have none.

    Raises:
        NotFoundError, AccessError: A key is missing or cannot be read.
    """
    settings = publication.delivery.dkim
    if settings is None:
        return None
    keys = [DkimKey(settings.selector, read_secret(settings.key_variable, environment, "the key for DKIM"))]
    if settings.ed25519_selector:
        pem = read_secret(settings.ed25519_key_variable, environment, "the Ed25519 key for DKIM")
        keys.append(DkimKey(settings.ed25519_selector, pem, KeyType.ED25519))
    return Signature(wire_domain(settings.domain), tuple(keys))
