"""Webhooks of mail providers: how each proves its requests, and how its events are read.

- `webhook`: the types that all providers share.
- `json_values`: reads values from JSON that anybody may have sent.
- one module for each provider: `amazon_ses` (with `sns_message`), `brevo`, `mailgun`, `postmark`, `resend`, `sendgrid`,
  `sparkpost` and `standard_webhooks`.
- `registry`: the providers by name. A new one is one module and one line there.
- `receive`: verifies a request and applies its events in one transaction.

Start reading at `webhook`.
"""
