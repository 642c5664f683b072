"""Phrases that many servers share, and vague ones, which count only if a reply has no specific status."""

from newsletter.bounces.cause import Cause
from newsletter.bounces.reply_patterns.pattern import build_rows

# RFC 5321 and RFC 3463 define the conditions; servers word them in these ways.
_RFC = "https://www.rfc-editor.org/rfc/rfc3463"

_REFUSALS = build_rows(
    "any",
    _RFC,
    (
        Cause.REPUTATION,
        (
            *("block list", "blocklist", "blacklist", "black list", "spamhaus", "spamcop", "sorbs", "dnsbl", " rbl "),
            *(
                "poor reputation",
                "bad reputation",
                "low reputation",
                "abuseat.org",
                "surbl",
                "uribl",
                "real-time black",
            ),
            *("your ip * blocked", "ip address * blocked", "your host * rejected", "blocked by our", "access from ip"),
            *("dynamic ip", "dynamic pool", "generic rdns", "server is listed", "mail from your * blocked"),
            *("poor sender reputation", "refused to talk", "your network", "temporarily blocked", "has been blocked"),
        ),
    ),
    (
        Cause.AUTHENTICATION,
        (
            *("dmarc", "spf check", "spf fail", "spf record", " spf ", "openspf.", "dkim", "reverse dns", "no ptr"),
            *("ptr record", "sender id", "rdns lookup", "reverse hostname", "cannot resolve your", "rfc 7489"),
            *(
                "reverse name lookup",
                "not authorized to send from",
                "fcrdns",
                "sender policy framework",
                "find your hostname",
                "helo ",
            ),
        ),
    ),
    (
        Cause.CONTENT,
        (
            *("as spam", "is spam", "looks like spam", "spam message", "spam detected", "spam content", "spam score"),
            *(
                "spam filter",
                "considered spam",
                "possible spam",
                "detected spam",
                "unsolicited",
                "anti-spam",
                "antispam",
            ),
            *("spam-like", "spam mail", "spamassassin", "bulk mail", "junk mail", "phish", "hits=", "not like spam"),
            *("virus", "malware", "infected", "message content", "content filter", "attachment * not allowed"),
            *("prohibited attachment", "content rejected", "executable", "high probability of spam", "spammer"),
            *(
                "content * not acceptable",
                "message rejected because of unacceptable",
                "rejected as bulk",
                "worm",
                "possible abuse",
            ),
            *("non-compliant with rfc", "rfc 5322", "not rfc * compliant", "multiple * headers", "8-bit", "bare lf"),
        ),
    ),
    (
        Cause.SENDER_RATE,
        (
            *("too many messages", "too many connections", "too many mails", "too many concurrent", "rate limit"),
            *("sending limit", "too many emails", "throttl", "connection rate", "sent too many", "slow down"),
            *("too fast", "exceeded the maximum * connections", "limit * concurrent connections", "too much mail"),
        ),
    ),
    (
        Cause.SENDER,
        (
            *("sender rejected", "sender denied", "bad sender", "invalid sender", "sender * not exist", "sender * not"),
            *("bogus mail from", "return path * does not exist", "envelope sender", "your address * rejected"),
            *("mail from address", "unacceptable mail address", "from: * is not allowed", "domain of the sender"),
        ),
    ),
)
_RECIPIENT = build_rows(
    "any",
    _RFC,
    (Cause.TEMPORARY, ("try again later*greylist", "deferred * greylist", "graylist", "please try again in")),
    (
        Cause.TOO_LARGE,
        (
            *(
                "message too large",
                "message too big",
                "message size",
                "size limit",
                "message is larger",
                "mail too large",
            ),
            *("exceeds the maximum * size", "maximum message size", "exceeded * message size", "too large to"),
            *("message exceeds", "message is too big", "exceeds size", "larger than the", "size of the message"),
            *("message length exceeds", "exceeds maximum", "too big"),
        ),
    ),
    (
        Cause.FULL,
        (
            *("mailbox full", "mailbox is full", "mail box full", "mailbox * full", "over quota", "overquota"),
            *("quota exceeded", "exceeded * quota", "exceeds * quota", "quota * exceed", "out of quota", "quota limit"),
            *("insufficient storage", "exceeded storage", "storage limit", "no space left in", "user is over"),
            *("exceeded the space", "exceed mailbox quota", "mailbox exceeds", "mailbox size limit", "disk quota"),
            *(
                "exceeds allowed size",
                "exceeded allowed",
                "not enough storage",
                "not enough * space",
                "mailfolder is full",
            ),
            *(
                "reached * quota",
                "maildir overquota",
                "mail quota",
                "disk space quota",
                "inbox is full",
                "account is full",
            ),
        ),
    ),
    (
        Cause.RECIPIENT_RATE,
        ("recipient * too many messages", "receiving mail too", "recipient rate", "recipient has exceeded"),
    ),
    (
        Cause.MOVED,
        (
            *("has moved", "address has changed", "has changed to", "new address is", "moved to *", "no longer valid"),
            *("has been replaced by", "been changed to"),
        ),
    ),
    (
        Cause.DISABLED,
        (
            *(
                "account disabled",
                "mailbox disabled",
                "account is disabled",
                "account has been disabled",
                "is inactive",
            ),
            *("mailbox is disabled", "account is inactive", "account inactive", "inactive account", "user is inactive"),
            *(
                "account expired",
                "account * deactivated",
                "account has been closed",
                "account is closed",
                "discontinued",
            ),
            *("account * suspended", "mailbox * suspended", "user * suspended", "user disabled", "user is disabled"),
            *("mailbox is inactive", "recipient * disabled", "account * is locked", "account is locked"),
            *("mailbox currently suspended", "account is not active", "mailbox temporarily disabled", "not activated"),
        ),
    ),
    (
        Cause.NO_MAILBOX,
        (
            *("no such mailbox", "no such recipient", "no such account", "no such address", "no such person"),
            *("no such local", "unknown recipient", "recipient unknown", "unknown local part", "unknown account"),
            *("unknown address", "address unknown", "mailbox unknown", "unknown mailbox", "user not known"),
            *("not a known user", "not a valid user", "not a valid mailbox", "not a valid recipient", "is not known"),
            *("user not found", "mailbox not found", "recipient not found", "account not found", "address not found"),
            *("user does not exist", "user doesn't exist", "mailbox does not exist", "mailbox doesn't exist"),
            *("recipient does not exist", "address does not exist", "account does not exist", "addressee unknown"),
            *("address doesn't exist", "account doesn't exist", "recipient doesn't exist", "email account * not exist"),
            *("invalid recipient", "invalid mailbox", "invalid user", "invalid address", "bad destination mailbox"),
            *(
                "not listed in",
                "not in the list",
                "is not defined",
                "recipient name is not recognized",
                "not a user",
                "not recognized",
                "not on server",
                "cannot be verified",
                "have this user",
                "validrcptto",
                "may not exist",
            ),
            *("there is no one", "no user by that name", "no mailbox", "no account by", "user * does not exist"),
            *("user * doesn't exist", "user * not found", "mailbox * not found", "recipient * not found"),
            *("recipient * does not exist", "user * unknown", "user * not known", "does not have an account"),
            *("doesn't have an account", "not exist on", "isn't a valid", "does not like recipient", "non-existent"),
            *("not our customer", "never logged in", "is not a valid", "is not a registered", "unable to find"),
            *("bad recipient", "illegal user", "no valid recipients", "is unknown", "nosuchuser", "no longer employed"),
            *("no longer with", "no longer work", "no longer available", "no longer exists", "cannot find * user"),
            *("couldn't find * user", "could not be found", "wasn't found at", "couldn't be found", "not in directory"),
            *("is not a user here", "user is unknown", "nouser", "invalid userid", "not local", "該当するユーザ"),
            *(
                "あて先が見つかり",
                "宛先不明",
                "見当たりません",
                "ユーザーが存在",
                "存在しません",
                "用户不存在",
                "收件人不存在",
            ),
            *("unbekannt", "existiert nicht", "n'existe pas", "no existe", "non esiste", "не найден", "не существует"),
        ),
    ),
    (
        Cause.NO_DOMAIN,
        (
            *("unknown host", "host unknown", "host not found", "domain not found", "no such domain", "no such host"),
            *("domain does not exist", "domain name not found", "unrouteable", "unroutable", "no mail server"),
            *(
                "nxdomain",
                "mx record",
                "could not find * host",
                "domain * not exist",
                "invalid domain",
                "bad host name",
            ),
            *(
                "not be located in dns",
                "non-existent domain",
                "unresolvable",
                "unable to resolve",
                "illegal host",
                "no mail hosts",
            ),
            *("host * is unknown", "could not resolve", "name or service not known", "no route found to domain"),
            *("domain * does not accept mail", "can't find mail", "domain is not", "invalid host", "dns error"),
        ),
    ),
    (
        Cause.EXPIRED,
        (
            *("retry timeout", "delivery time expired", "delivery expired", "expired", "giving up", "given up"),
            *("could not be delivered within", "delivery attempts", "time limit", "too long in queue", "retry time"),
            *("queue too long", "retry period", "not been delivered * days", "last * hours", "undelivered after"),
        ),
    ),
    (
        Cause.NETWORK,
        (
            *("timed out", "timeout", "connection * lost", "lost connection", "connection refused", "connection reset"),
            *("unable to connect", "could not connect", "can't connect", "cannot connect", "host is down"),
            *("not responding", "did not respond", "no answer", "unreachable", "connection closed", "network error"),
            *("loop", "too many hops", "hop count", "connection failed", "host not reachable", "connection error"),
        ),
    ),
    (
        Cause.RESTRICTED,
        (
            *("relaying", "relay not", "relay access", "unable to relay", "cannot relay", "relay denied", "no relay"),
            *("not permitted to send", "do not have permission", "permission to post", "not allowed to send"),
            *("not authorized to send", "not authorised to send", "does not accept", "only accepts", "refused by"),
            *("restricted recipient", "not accepting mail from", "recipient * has blocked", "refuse to accept"),
            *("not a member", "closed list", "sender is not allowed", "rejected by the recipient", "user refuses"),
            *("user reject", "reject the mail", "access denied", "policy", "not accepted by", "mail refused"),
            *("security", "authentication required", "starttls", "encryption", "must authenticate"),
        ),
    ),
    (
        Cause.SYSTEM,
        (
            *("system error", "internal error", "internal server error", "local error", "out of memory", "disk full"),
            *(
                "no space left",
                "insufficient disk",
                "system full",
                "not enough disk",
                "temporary failure",
                "mailer error",
            ),
            *("temporarily unavailable", "temporarily", "try again", "try later", "configuration error", "i/o error"),
            *("cannot open", "can't open", "can't create", "exit status", "returned error", "service unavailable"),
            *("server busy", "overload", "command died", "unexpected error", "local problem", "resources"),
            *("program failed", "unable to deliver to", "cannot append", "unable to write", "delivery failure"),
        ),
    ),
)
WORDING = (*_REFUSALS, *_RECIPIENT)
VAGUE = build_rows(
    "any",
    _RFC,
    (Cause.NO_MAILBOX, ("mailbox unavailable", "recipient address rejected", "recipient rejected", "address rejected")),
    (Cause.NO_MAILBOX, ("invalid * recipient", "no valid", "not a valid", "mailbox name not allowed", "unknown")),
    (Cause.POLICY, ("rejected", "refused", "denied", "blocked", "not allowed", "prohibited", "not acceptable")),
    (Cause.POLICY, ("not permitted", "not authorized", "unauthorized", "forbidden", "administrative")),
    (Cause.NO_MAILBOX, ("not found", "not exist", "doesn't exist", "invalid")),
)
