"""The settings under `delivery.bounces.webhooks`: providers that report bounces and complaints over HTTP."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from newsletter.fields.base import Model
from newsletter.fields.text import Checked, Line, VariableName, refuse


class ProviderName(StrEnum):
    """A provider whose webhooks are understood. `standard` is for those that follow Standard Webhooks."""

    SES = "ses"
    POSTMARK = "postmark"
    MAILGUN = "mailgun"
    SENDGRID = "sendgrid"
    BREVO = "brevo"
    RESEND = "resend"
    SPARKPOST = "sparkpost"
    STANDARD = "standard"


class WebhookSettings(Model):
    """A provider that reports bounces, complaints and unsubscribes to the public pages; see docs/webhooks.md."""

    provider: ProviderName = Field(
        description="`ses`, `postmark`, `mailgun`, `sendgrid`, `brevo`, `resend`, `sparkpost`, or `standard` for a"
        " program that follows Standard Webhooks."
    )
    secret_variable: VariableName | None = Field(
        None,
        description="The environment variable with the secret or the key of the webhook. The default is"
        " `NEWSLETTER_WEBHOOK_` and the provider's name in upper case. With `_FILE` appended, it has a file's path."
        " `ses` needs none.",
    )
    topic: Line | None = Field(
        None, description="For `ses`: the ARN of the SNS topic. Requests for other topics are refused."
    )

    @property
    def variable(self) -> str:
        """The name of the environment variable with the secret."""
        return self.secret_variable or f"NEWSLETTER_WEBHOOK_{self.provider.upper()}"


def _check_webhooks(webhooks: tuple[WebhookSettings, ...]) -> tuple[WebhookSettings, ...]:
    names = [webhook.provider for webhook in webhooks]
    for webhook in webhooks:
        name = webhook.provider
        if names.count(name) > 1:
            raise refuse(f"the provider `{name}` is listed twice", "A provider can have one webhook.")
        if name is ProviderName.SES and not webhook.topic:
            advice = "Add `topic:` with the ARN of the SNS topic, such as `arn:aws:sns:eu-west-1:123456789012:bounces`."
            raise refuse("the webhook of `ses` has no topic", advice)
        if name is not ProviderName.SES and webhook.topic:
            raise refuse(f"the webhook of `{name}` has a topic", "Remove `topic`, which is only for `ses`.")
    return webhooks


Webhooks = Annotated[tuple[WebhookSettings, ...], Checked(_check_webhooks)]
"""A field with webhooks, each of another provider."""
