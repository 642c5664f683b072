"""Phrases that many servers share, and vague ones, which count only if a reply has no specific status.

The first row that matches counts. Phrases with hard causes must be about the recipient: they suppress an address.
"""

from newsletter.bounces.cause import Cause
from newsletter.bounces.reply_patterns.pattern import build_rows

# RFC 5321 and RFC 3463 define the conditions; servers word them in these ways.
_RFC = "https://www.rfc-editor.org/rfc/rfc3463"


def _phrases(text: str) -> tuple[str, ...]:
    """Return the phrases of a text, which are separated by bars and line ends. `_` stands for a space at an end."""
    return tuple(phrase.strip().replace("_", " ") for phrase in text.strip().replace("\n", "|").split("|"))


_REFUSALS = build_rows(
    "any",
    _RFC,
    (
        Cause.REPUTATION,
        _phrases("""
        block list | blocklist | blacklist | black list | spamhaus | spamcop | sorbs | dnsbl | _rbl_
        poor reputation | bad reputation | low reputation | abuseat.org | surbl | uribl | real-time black
        your ip * blocked | ip address * blocked | your host * rejected | blocked by our | access from ip
        dynamic ip | dynamic pool | generic rdns | server is listed | mail from your * blocked
        poor sender reputation  | your network | temporarily blocked | has been blocked
        """),
    ),
    (
        Cause.AUTHENTICATION,
        _phrases("""
        dmarc | spf check | spf fail | spf record | _spf_ | openspf. | dkim | reverse dns | no ptr
        ptr record | sender id | rdns lookup | reverse hostname | cannot resolve your | rfc 7489
        reverse name lookup | not authorized to send from | fcrdns | sender policy framework
        find your hostname | helo_
        """),
    ),
    (
        Cause.CONTENT,
        _phrases("""
        as spam | is spam | looks like spam | spam message | spam detected | spam content | spam score
        spam filter | considered spam | possible spam | detected spam | unsolicited | anti-spam | antispam
        spam-like | spam mail | spamassassin | bulk mail | junk mail | to be junk | phish | hits= | virus
        malware | infected | message content | content filter | attachment * not allowed
        prohibited attachment | content rejected | executable | high probability of spam | spammer
        content * not acceptable | message rejected because of unacceptable | rejected as bulk | _worm_
        possible abuse | non-compliant with rfc | rfc 5322 | not rfc * compliant | multiple * headers
        8-bit | bare lf
        """),
    ),
    (
        Cause.SENDER_RATE,
        _phrases("""
        too many messages | too many connections | too many mails | too many concurrent | rate limit
        sending limit | too many emails | throttl | connection rate | sent too many | slow down | too fast
        exceeded the maximum * connections | limit * concurrent connections | too much mail
        """),
    ),
    (
        Cause.SENDER,
        _phrases("""
        sender rejected | sender denied | bad sender | invalid sender | sender * not exist | sender * not
        bogus mail from | return path * does not exist | envelope sender | your address * rejected
        mail from address | unacceptable mail address | from: * is not allowed | domain of the sender
        sender * mx
        """),
    ),
)
_RECIPIENT = build_rows(
    "any",
    _RFC,
    (
        Cause.TEMPORARY,
        _phrases("""
        try again later*greylist | deferred * greylist | graylist | please try again in
        temporarily suspended | temporarily disabled | temporarily limited | temporarily locked
        """),
    ),
    (
        Cause.TOO_LARGE,
        _phrases("""
        message too large | message too big | message size | size limit | message is larger | mail too large
        exceeds the maximum * size | maximum message size | exceeded * message size | too large to
        message exceeds | message is too big | exceeds size | larger than the | size of the message
        message length exceeds | exceeds maximum | too big
        """),
    ),
    (
        Cause.FULL,
        _phrases("""
        mailbox full | mailbox is full | mail box full | mailbox * full | over quota | overquota
        quota exceeded | exceeded * quota | exceeds * quota | quota * exceed | out of quota | quota limit
        insufficient storage | exceeded storage | storage limit | no space left in | user is over
        exceeded the space | exceed mailbox quota | mailbox exceeds | mailbox size limit | disk quota
        exceeds allowed size | exceeded allowed | not enough storage | not enough * space
        mailfolder is full | reached * quota | maildir overquota | mail quota | disk space quota
        inbox is full | account is full
        """),
    ),
    (
        Cause.RECIPIENT_RATE,
        _phrases("""
        recipient * too many messages | receiving mail too | recipient rate | recipient has exceeded
        """),
    ),
    (
        Cause.MOVED,
        _phrases("""
        has moved | address has changed | has changed to | new address is | has been replaced by
        address has been changed
        """),
    ),
    (
        Cause.DISABLED,
        _phrases("""
        account disabled | mailbox disabled | account is disabled | account has been disabled
        mailbox is disabled | account is inactive | account inactive | inactive account | user is inactive
        account expired | account * deactivated | account has been closed | account is closed
        account * suspended | mailbox * suspended | user * suspended | user disabled | user is disabled
        mailbox is inactive | recipient * disabled | account * is locked | account is locked
        mailbox currently suspended | account is not active | account * discontinued | account not activated
        mailbox not activated | account has been deactivated
        """),
    ),
    (
        Cause.NO_MAILBOX,
        _phrases("""
        no such mailbox | no such recipient | no such account | no such address | no such person
        no such local | unknown recipient | recipient unknown | unknown local part | unknown account
        unknown address | address unknown | mailbox unknown | unknown mailbox | user not known
        not a known user | not a valid user | not a valid mailbox | not a valid recipient | is not known
        user not found | mailbox not found | recipient not found | account not found | address not found
        user does not exist | user doesn't exist | mailbox does not exist | mailbox doesn't exist
        recipient does not exist | address does not exist | account does not exist | addressee unknown
        address doesn't exist | account doesn't exist | recipient doesn't exist | email account * not exist
        invalid receiver | invalid recipient | invalid mailbox | invalid user | invalid address
        bad destination mailbox | not in the list | recipient name is not recognized | not a user
        not on server | have this user | validrcptto | there is no one | no user by that name | no mailbox
        no account by | user * does not exist | user * doesn't exist | user * not found
        mailbox * not found | recipient * not found | recipient * does not exist | user * unknown
        user * not known | does not have an account | doesn't have an account | not exist on
        not our customer | never logged in | is not a registered | bad recipient | illegal user
        no valid recipients | nosuchuser | no longer employed | no longer work | no longer exists
        cannot find * user | couldn't find * user | wasn't found at | not in directory | is not a user here
        user is unknown | nouser | invalid userid | 該当するユーザ | あて先が見つかり
        宛先不明 | 見当たりません | ユーザーが存在 | 存在しません
        用户不存在 | 收件人不存在 | existiert nicht | n'existe pas | no existe | non esiste | не найден | не существует
        is not local | address is unknown | account is unknown | recipient is unknown | mailbox is unknown
        is not a valid user | is not a valid mailbox | is not a valid address | is not a valid recipient
        isn't a valid user | mailbox * no longer available | address * no longer available
        user * could not be found | user(s) * could not be found | address could not be found
        recipient could not be found | mailbox could not be found | user * couldn't be found
        recipient * couldn't be found | unable to find user | unable to find recipient
        user * not recognized | recipient * not recognized | address * not recognized
        recipient cannot be verified | address cannot be verified | non-existent user | non-existent address
        non-existent mailbox | user * not listed in | not listed in domino | not listed in public
        user * is not defined | nger unbekannt | benutzer unbekannt | adresse unbekannt | no longer with us
        no longer with the company | address was not found | user was not found | recipient was not found
        mailbox was not found | hat hier kein konto | usuario desconocido | destinatario desconocido
        utilisateur inconnu | destinataire inconnu | utente sconosciuto | destinatario sconosciuto
        """),
    ),
    (
        Cause.NO_DOMAIN,
        _phrases("""
        unknown host | host unknown | host not found | domain not found | no such domain | no such host
        domain does not exist | domain name not found | unrouteable | unroutable | no mail server | nxdomain
        could not find * host | domain * not exist | invalid domain | bad host name | not be located in dns
        non-existent domain | illegal host | no mail hosts | host * is unknown | no route found to domain
        domain * does not accept mail | invalid host | no mx record | domain is not hosted
        domain isn't hosted
        """),
    ),
    (
        Cause.EXPIRED,
        _phrases("""
        retry timeout | delivery time expired | delivery expired | expired | giving up | given up
        could not be delivered within | delivery attempts | time limit | too long in queue | retry time
        queue too long | retry period | not been delivered * days | last * hours | undelivered after
        """),
    ),
    (
        Cause.NETWORK,
        _phrases("""
        timed out | timeout | connection * lost | lost connection | connection refused | connection reset
        unable to connect | could not connect | can't connect | cannot connect | host is down
        not responding | did not respond | no answer | unreachable | connection closed | network error
        loop | too many hops | hop count | connection failed | host not reachable | connection error
        unresolvable | unable to resolve | could not resolve | name or service not known | dns error
        """),
    ),
    (
        Cause.RESTRICTED,
        _phrases("""
        relaying | relay not | relay access | unable to relay | cannot relay | relay denied | no relay
        not permitted to send | do not have permission | permission to post | not allowed to send
        not authorized to send | not authorised to send | does not accept | only accepts | refused by
        restricted recipient | not accepting mail from | recipient * has blocked | refuse to accept
        not a member | closed list | sender is not allowed | rejected by the recipient | user refuses
        user reject | reject the mail | access denied | policy | not accepted by | mail refused | security
        authentication required | starttls | encryption | must authenticate
        """),
    ),
    (
        Cause.SYSTEM,
        _phrases("""
        system error | internal error | internal server error | local error | out of memory | disk full
        no space left | insufficient disk | system full | not enough disk | temporary failure | mailer error
        temporarily unavailable | temporarily | try again | try later | configuration error | i/o error
        cannot open | can't open | can't create | exit status | returned error | service unavailable
        server busy | overload | command died | unexpected error | local problem | resources
        program failed | unable to deliver to | cannot append | unable to write | delivery failure
        """),
    ),
)
WORDING = (*_REFUSALS, *_RECIPIENT)
# What follows a recipient's address, for which `normalise_reply` can leave a mark.
_AFTER_ADDRESS = tuple(
    f"@{between}{phrase}"
    for between in (" ", "> ", ": ", ">: ", ">... ", " is ", "> is ", ">: is ")
    for phrase in ("unknown", "invalid", "not found", "not valid", "not exist", "does not exist", "doesn't exist")
)
VAGUE = build_rows(
    "any",
    _RFC,
    (Cause.SENDER, ("sender address",)),
    (
        Cause.NO_MAILBOX,
        (
            *_AFTER_ADDRESS,
            *_phrases("""
            mailbox unavailable | recipient address rejected | recipient rejected | address rejected
            invalid * recipient | mailbox name not allowed | address invalid | address is invalid | address not exist
            recipient not exist | user not exist | mailbox not exist | recipient invalid | user invalid
            """),
        ),
    ),
    (
        Cause.POLICY,
        _phrases("""
        rejected | refused | denied | blocked | not allowed | prohibited | not acceptable
        not permitted | not authorized | unauthorized | forbidden | administrative
        """),
    ),
)
