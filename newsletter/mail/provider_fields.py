"""Header fields that a provider copies into its webhooks, so that an event names the message that it is about.

Other providers copy the Message-ID or the unsubscribe link, or return their own id when they accept a message.
"""

from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.publication.webhook_settings import ProviderName

MESSAGE_ID_KEY = "message-id"
"""The key of the Message-ID in the metadata of an event."""

_FIELDS = {
    # https://postmarkapp.com/support/article/1125-custom-metadata-faq
    ProviderName.POSTMARK: (f"X-PM-Metadata-{MESSAGE_ID_KEY}: ", ""),
    # https://developers.sparkpost.com/api/smtp/
    ProviderName.SPARKPOST: (f'X-MSYS-API: {{"metadata": {{"{MESSAGE_ID_KEY}": "', '"}}'),
    # https://developers.brevo.com/docs/transactional-webhooks
    ProviderName.BREVO: ("X-Mailin-custom: ", ""),
}


def provider_fields(settings: DeliverySettings) -> tuple[tuple[bytes, bytes], ...]:
    """Return the fields for the providers with a webhook: what is before the Message-ID, and what is after it."""
    webhooks = settings.bounces.webhooks if settings.bounces else ()
    fields = [_FIELDS[webhook.provider] for webhook in webhooks if webhook.provider in _FIELDS]
    return tuple((before.encode(), after.encode()) for before, after in fields)
