"""The providers whose webhooks are understood, by the name in newsletter.yaml."""

from newsletter.bounces.providers.amazon_ses import AMAZON_SES
from newsletter.bounces.providers.brevo import BREVO
from newsletter.bounces.providers.mailgun import MAILGUN
from newsletter.bounces.providers.postmark import POSTMARK
from newsletter.bounces.providers.resend import RESEND
from newsletter.bounces.providers.sendgrid import SENDGRID
from newsletter.bounces.providers.sparkpost import SPARKPOST
from newsletter.bounces.providers.standard_webhooks import STANDARD_WEBHOOKS
from newsletter.bounces.providers.webhook import Provider
from newsletter.publication.webhook_settings import ProviderName

PROVIDERS: dict[ProviderName, Provider] = {
    ProviderName(provider.name): provider
    for provider in (AMAZON_SES, POSTMARK, MAILGUN, SENDGRID, BREVO, RESEND, SPARKPOST, STANDARD_WEBHOOKS)
}
