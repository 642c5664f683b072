"""Replies of mail filters that organisations put before their servers."""

from newsletter.bounces.cause import Cause
from newsletter.bounces.reply_patterns.pattern import build_rows

_PROOFPOINT = build_rows(
    "Proofpoint",
    "https://www.proofpoint.com/us/support-services/ip-blocked-faq",
    (
        Cause.REPUTATION,
        ("proofpoint.com/dnsbl", "ipcheck.proofpoint", "cloudmark sender intelligence", "csi.cloudmark"),
    ),
    (
        Cause.REPUTATION,
        ("not accepting connections from your ip", "hosted * not accepting connections"),
    ),
    (
        Cause.REPUTATION,
        ("blocked - see http", "blocked- see http", "blocked see http", "blocked by * dynamic reputation"),
    ),
    (Cause.CONTENT, ("message blocked due to spam content", "spam content in the message", "-pps-spam")),
    (Cause.NO_MAILBOX, ("invalid recipient*pphosted", "user email address is marked as invalid")),
)
_MIMECAST = build_rows(
    "Mimecast",
    "https://mimecastsupport.zendesk.com/hc/en-us/articles/34000709564691-Policies-Mimecast-SMTP-Error-Codes",
    (Cause.NO_MAILBOX, ("invalid recipient address", "known address verification")),
    (Cause.REPUTATION, ("local rbl policy", "rbl restriction", "sender address blocked", "global block list")),
    (Cause.AUTHENTICATION, ("anti-spoofing policy", "submitter failed to authenticate")),
    (Cause.CONTENT, ("email rejected due to security", "virus signature detected", "message content policy")),
    (Cause.RESTRICTED, ("administrative prohibition", "envelope blocked", "envelope rejected")),
    (Cause.TEMPORARY, ("internal resource temporarily unavailable", "resources temporarily unavailable")),
    (
        Cause.TOO_LARGE,
        ("message bounced due to * size", "submitted message size too large", "rejected due to its size"),
    ),
)
_BARRACUDA = build_rows(
    "Barracuda",
    "https://campus.barracuda.com/product/emailsecuritygateway/",
    (Cause.REPUTATION, ("blocked using barracuda reputation", "barracudacentral", "barracudanetworks.com/reputation")),
    (Cause.RESTRICTED, ("permanent failure for one or more recipients", "recipient * blocked by * policy")),
    (Cause.CONTENT, ("message content rejected", "rejecting banned content", "intent analysis")),
    (Cause.SENDER_RATE, ("barracuda rate control", "rate control")),
    (Cause.NO_MAILBOX, ("no such domain at this location", "no such user at this location")),
)
FILTERS = (*_PROOFPOINT, *_MIMECAST, *_BARRACUDA)
