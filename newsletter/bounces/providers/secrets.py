"""The secrets of the webhooks in the settings."""

from collections.abc import Mapping
from importlib.util import find_spec

from newsletter.errors import NotFoundError
from newsletter.files import read_secret
from newsletter.publication.delivery_settings import DeliverySettings
from newsletter.publication.webhook_settings import ProviderName

# The shortest secret that cannot be guessed in a path or a password: 96 bits in hexadecimal digits.
MIN_SECRET = 24
# These providers have no signature: their secret is a password that the author chooses.
_CHOSEN = (ProviderName.POSTMARK, ProviderName.BREVO, ProviderName.SPARKPOST)
_NEEDS = {
    **dict.fromkeys((ProviderName.SES, ProviderName.SENDGRID), "cryptography"),
    **dict.fromkeys((ProviderName.RESEND, ProviderName.STANDARD), "standardwebhooks"),
}


def webhook_secrets(settings: DeliverySettings, environment: Mapping[str, str]) -> dict[ProviderName, str]:
    """Read the secret of each webhook in the settings. That of Amazon SES is its topic.

    Raises:
        NotFoundError: A secret is missing or too short, or a webhook needs the extra `webhooks`.
        AccessError: The file of a secret cannot be read.
    """
    found = {}
    for webhook in settings.bounces.webhooks if settings.bounces else ():
        name, package = webhook.provider, _NEEDS.get(webhook.provider)
        if package and find_spec(package) is None:
            raise NotFoundError(
                f"the webhook of {name} needs the Python package {package}",
                "Install it with `pip install 'newsletter-press[webhooks]'`.",
            )
        secret = webhook.topic or read_secret(webhook.variable, environment, f"the secret of the webhook of {name}")
        if name in _CHOSEN and len(secret) < MIN_SECRET:
            raise NotFoundError(
                f"the secret of the webhook of {name} ({webhook.variable}) is too short",
                f"Use at least {MIN_SECRET} random characters, for example from `openssl rand -hex 16`.",
            )
        found[name] = secret
    return found
