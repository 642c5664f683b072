"""Replies of widely used mail servers, of their own and in their notifications."""

from newsletter.bounces.cause import Cause
from newsletter.bounces.reply_patterns.pattern import build_rows

_POSTFIX = build_rows(
    "Postfix",
    "https://github.com/vdukhovni/postfix/tree/master/postfix/src/smtpd",
    (Cause.TEMPORARY, ("host not found, try again", "greylisted", "greylisting", "greylist", "unverified address")),
    (Cause.NO_MAILBOX, ("user unknown in", "unknown in virtual", "undeliverable address", "unknown mail user")),
    (Cause.NO_DOMAIN, ("host or domain name not found", "name service error for name", "domain not found: @")),
    (Cause.NO_DOMAIN, ("does not accept mail (nullmx)", "mail for * loops back to myself")),
    (Cause.SENDER, ("sender address rejected",)),
    (Cause.REPUTATION, ("client host rejected", "blocked using", "helo command rejected", "client host [*blocked")),
    (Cause.RESTRICTED, ("relay access denied",)),
    (Cause.TOO_LARGE, ("message size exceeds fixed limit", "exceeds size limit", "exceeds fixed maximum message size")),
    (Cause.NETWORK, ("lost connection with", "timed out while", "connection refused", "no route to host")),
    (Cause.SYSTEM, ("mail system configuration error", "bad address syntax in mail system", "too many hops")),
    (Cause.SYSTEM, ("unable to look up host", "cannot update mailbox", "cannot open mailbox", "error writing message")),
    (Cause.RESTRICTED, ("tls is required, but was not offered", "must issue a starttls", "cannot start tls")),
)
_EXIM = build_rows(
    "Exim",
    "https://www.exim.org/exim-html-current/doc/html/spec_html/",
    (Cause.NO_MAILBOX, ("unrouteable address", "unrouteable mail domain", "unroutable address", "unknown local-part")),
    (Cause.NO_DOMAIN, ("all relevant mx records point to non-existent hosts", "has no valid mx")),
    (Cause.NETWORK, ("all hosts * have been failing", "retry time not reached for any host", "remote host closed")),
    (Cause.EXPIRED, ("retry timeout exceeded", "is frozen (delivery error")),
    (Cause.SENDER, ("sender verify failed", "could not complete sender verify", "sender verification failed")),
    (Cause.RESTRICTED, ("relay not permitted", "relaying * prohibited")),
    (Cause.FULL, ("mailbox is full: retry timeout", "quota exceeded")),
    (
        Cause.SYSTEM,
        ("local delivery failed", "child process of", "failed to expand", "lowest numbered mx record points"),
    ),
)
_SENDMAIL = build_rows(
    "Sendmail",
    "https://github.com/freebsd/freebsd-src/tree/main/contrib/sendmail/src",
    (Cause.NO_MAILBOX, ("user unknown", "unknown user", "no such user")),
    (Cause.NO_DOMAIN, ("host unknown", "unknown host", "name server: host not found", "name server: no data known")),
    (Cause.NO_DOMAIN, ("unknown domain", "domain unknown", "mail exchange problem: no such")),
    (Cause.SENDER, ("domain of sender address", "sender address does not exist", "sender domain must")),
    (Cause.RESTRICTED, ("relaying denied", "relaying temporarily denied")),
    (Cause.TOO_LARGE, ("message is too large", "message exceeds maximum fixed size", "message size exceeds")),
    (Cause.EXPIRED, ("message could not be delivered for * day", "message timed out", "will be deleted from queue")),
    (Cause.SYSTEM, ("can't create output", "cannot exec", "config error: mail loops", "mail loops back to me")),
    (Cause.SYSTEM, ("too many hops", "unknown mailer error", "local configuration error")),
    (Cause.NETWORK, ("connection timed out", "connection reset by", "network is unreachable", "deferred: ")),
)
_QMAIL = build_rows(
    "qmail",
    "https://cr.yp.to/software/netqmail",
    (Cause.NO_MAILBOX, ("no mailbox here by that name", "not here by that name", "this address no longer accepts")),
    (Cause.NO_DOMAIN, ("couldn't find any host named", "couldn't find a mail exchanger", "cname lookup failed perm")),
    (Cause.SYSTEM, ("cname lookup failed temp", "trouble in home directory", "home directory is sticky")),
    (Cause.NETWORK, ("wasn't able to establish an smtp connection", "connected to * but connection died")),
    (Cause.EXPIRED, ("message has been in the queue too long",)),
    (Cause.RESTRICTED, ("that domain isn't in my list of allowed rcpthosts", "not in my list of allowed rcpthosts")),
    (
        Cause.FULL,
        ("mailbox has exceeded the limit", "user is over quota", "over the quota", "user has too many messages"),
    ),
    (Cause.SYSTEM, ("message is looping", "aack, child crashed", "unable to run", "i have no authority")),
)
_OPENSMTPD = build_rows(
    "OpenSMTPD",
    "https://github.com/OpenSMTPD/OpenSMTPD/tree/master/usr.sbin/smtpd",
    (Cause.NO_MAILBOX, ("invalid recipient",)),
    (Cause.NO_DOMAIN, ("no mx found for domain", "no mx found for destination", "domain does not exist")),
    (Cause.NETWORK, ("unable to reach any mx", "network error on destination", "no valid route to")),
    (Cause.SYSTEM, ("loop detected", "loop is detected", "mail.local: ", "bad dns lookup error")),
    (Cause.EXPIRED, ("envelope expired", "message expired")),
    (Cause.AUTHENTICATION, ("could not retrieve credentials", "authentication required")),
)
_DMA = build_rows(
    "dma",
    "https://github.com/corecode/dma",
    (Cause.NO_DOMAIN, ("dns lookup failure: host not found", "dns lookup failure: no such host", "remote dns lookup")),
    (Cause.EXPIRED, ("could not deliver for the last", "not delivered * giving up", "message expired after")),
    (Cause.NETWORK, ("can not resolve remote host", "all smtp servers failed", "could not connect to")),
)
MAIL_SERVERS = (*_POSTFIX, *_EXIM, *_SENDMAIL, *_QMAIL, *_OPENSMTPD, *_DMA)
