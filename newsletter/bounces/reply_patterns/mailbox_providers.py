"""Replies of the large mailbox providers. The first row that matches counts."""

from newsletter.bounces.cause import Cause
from newsletter.bounces.reply_patterns.pattern import build_rows

_GMAIL = build_rows(
    "Gmail",
    "https://support.google.com/a/answer/3726730",
    (Cause.RECIPIENT_RATE, ("receiving mail too quickly", "receiving mail at a rate")),
    (Cause.SENDER_RATE, ("unusual rate of unsolicited mail", "unusual rate of mail", "unsolicitedratelimiterror")),
    (Cause.REPUTATION, ("very low reputation of the sending", "suspicious due to the very low reputation")),
    (
        Cause.AUTHENTICATION,
        (
            *("sender is unauthenticated", "requires all senders to authenticate", "does not have authentication info"),
            *("unauthenticated email from", "does not have a ptr record", "doesn't meet ipv6 sending guidelines"),
            *("does not meet ipv6 sending guidelines", "fails to pass authentication checks"),
        ),
    ),
    (Cause.CONTENT, ("likely unsolicited mail", "suspicious due to the nature of the content", "potential security")),
    (Cause.POLICY, ("gcdp", "violates * email policy")),
    (Cause.RESTRICTED, ("permission to post messages",)),
    (Cause.FULL, ("tried to reach is over quota", "recipient's inbox is out of storage", "overquotaperm")),
    (Cause.DISABLED, ("tried to reach is disabled", "tried to reach is inactive")),
    (Cause.NO_MAILBOX, ("account that you tried to reach does not exist", "answer/6596", "p=nosuchuser")),
)
_MICROSOFT = build_rows(
    "Outlook, Exchange Online",
    "https://learn.microsoft.com/troubleshoot/exchange/email-delivery/ndr/non-delivery-reports-in-exchange-online",
    (Cause.NO_MAILBOX, ("recipient address rejected: access denied*as(", "recipientnotfound", "adr.recipnotfound")),
    (Cause.NO_MAILBOX, ("adr.exrecipnotfound", "adr.recipientnotfound", "resolver.adr.invalid")),
    (Cause.RECIPIENT_RATE, ("recipient thread limit exceeded", "recipient * exceeded * receive limit")),
    (Cause.SENDER_RATE, ("exceeded the tenant", "is being throttled", "rate limited the", "(s775)", "(s777*)")),
    (
        Cause.REPUTATION,
        (
            *("part of their network is on our block list", "(s3140)", "(s3150)", "banned sending ip", "banned sender"),
            *("suspected of sending spam", "delist.messaging", "temporarily rate limited due to ip reputation"),
            *("traffic not accepted from this ip", "as(1410)", "as(42003)", "as(843)", "as(9510)"),
            "messages from * weren't sent",
        ),
    ),
    (Cause.AUTHENTICATION, ("does not meet the required authentication level", "is not an authorized sender")),
    (Cause.FULL, ("quotaexceeded", "shutoffquota")),
    (Cause.SYSTEM, ("storedrv", "hop count exceeded", "maximum hop count", "resource is low", "insufficient system")),
    (Cause.TOO_LARGE, ("resolver.rst.sendsizelimit", "resolver.rst.recipsizelimit", "rst.sizelimit")),
    (Cause.RESTRICTED, ("resolver.rst.", "auth required", "notauthorized", "restrictedtorecipientspermission")),
    (Cause.RESTRICTED, ("transport.rules.rejectmessage", "customers tenant", "tenantinboundattribution")),
    (Cause.NO_DOMAIN, ("infodomainnonexistent", "infonorecords")),
)
_YAHOO = build_rows(
    "Yahoo, AOL",
    "https://senders.yahooinc.com/smtp-error-codes/",
    (Cause.REPUTATION, ("user complaints", "[tss", "[ts0", "[bl2", "not accepted for policy reasons", "[ipts04]")),
    (Cause.REPUTATION, ("messages from*permanently deferred", "excessive unknown recipients", "aol will not accept")),
    (Cause.AUTHENTICATION, ("unable to perform dkim", "sender's dmarc policy", "[autherror", "pshdmarc")),
    (Cause.FULL, ("mailbox over quota", "mailbox is over quota", "out of storage")),
    (Cause.DISABLED, ("delivery error: dd*disabled", "delivery error: dd*discontinued", "not available [-1")),
    (
        Cause.NO_MAILBOX,
        ("delivery error: dd*user doesn't have", "doesn't have a * account", "account or domain may not exist"),
    ),
)
_APPLE = build_rows(
    "Apple iCloud",
    "https://support.apple.com/en-us/102322",
    (Cause.SENDER_RATE, ("deferred due to excessive volume", "[hm0", "[hme")),
    (Cause.REPUTATION, ("[cs01]", "rejected due to local policy", "domain present in the spamhaus")),
    (Cause.AUTHENTICATION, ("rejected due to * dmarc policy",)),
    (Cause.DISABLED, ("inactive email address", "relay not permitted for user")),
    (Cause.NO_MAILBOX, ("user lookup success but no user record", "unknown or illegal alias")),
)
_GMX = build_rows(
    "GMX, WEB.DE",
    "https://postmaster.gmx.net/en/error-messages",
    (Cause.SENDER_RATE, ("too many messages have been received in a short", "rate limit reached", "sending rate")),
    (Cause.AUTHENTICATION, ("bad dns ptr", "reject due to spf policy", "dkim signature is not valid")),
    (Cause.REPUTATION, ("ip address is block listed", "ip address is black listed", "nemesis esmtp service not")),
    (Cause.POLICY, ("reject due to policy restrictions", "reject due to policy violations")),
    (Cause.CONTENT, ("transaction failed*spam", "reject due to content")),
)
_MAIL_RU = build_rows(
    "Mail.ru",
    "https://help.mail.ru/developers/mailing_rules/delivery",
    (Cause.REPUTATION, ("we do not accept mail from your ip", "notspam", "blocked for spam", "mail.ru/notspam")),
    (Cause.CONTENT, ("spam message rejected", "spam message discarded")),
    (Cause.AUTHENTICATION, ("due to domain owner dmarc policy",)),
    (Cause.SENDER_RATE, ("ratelimit exceeded", "try again later*notspam", "mails per session limit")),
    (Cause.NO_MAILBOX, ("invalid mailbox", "user not found")),
    (Cause.DISABLED, ("user is terminated", "account is blocked", "account has been blocked", "mailbox is frozen")),
)
_QQ = build_rows(
    "QQ",
    "https://service.mail.qq.com/detail/122/57",
    (Cause.SENDER_RATE, ("frequency limited", "ip frequency", "connection limit")),
    (Cause.RECIPIENT_RATE, ("mailbox unavailable or access denied",)),
    (Cause.CONTENT, ("mail content denied", "content rejected", "suspected spam")),
    (Cause.REPUTATION, ("suspected bounce attacks", "suspected spam ip", "ip in blacklist")),
    (Cause.AUTHENTICATION, ("dmarc check failed", "spf check failed")),
    (Cause.RESTRICTED, ("mail is rejected by recipients",)),
    (Cause.NO_MAILBOX, ("mailbox not found",)),
)
_COMCAST = build_rows(
    "Comcast",
    "https://es.xfinity.com/support/articles/email-errors",
    (Cause.REPUTATION, ("connection refused from", "postmaster.comcast.net", "comcast block for spam")),
)
MAILBOX_PROVIDERS = (*_GMAIL, *_MICROSOFT, *_YAHOO, *_APPLE, *_GMX, *_MAIL_RU, *_QQ, *_COMCAST)
