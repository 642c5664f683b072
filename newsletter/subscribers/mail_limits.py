"""The limits on mail that visitors request, by what they cannot vary: the mailbox, the domain, and all mail together.

They are counted in the queue of transactional mail, so they survive a restart and apply to every process. Each kind of
mail is counted by itself, so that a flood of sign-ups does not keep subscribers from unsubscribing.
"""

from collections.abc import Collection
from enum import StrEnum
from functools import lru_cache

from sqlalchemy import Connection, select

from newsletter.database.states import MailKind
from newsletter.database.tables import subscriber, transactional_mail
from newsletter.text.domains import is_freemail, organisational_domain

_HOUR, _DAY = 3600, 24 * 3600
PER_MAILBOX_A_DAY, PER_DOMAIN_AN_HOUR, ALL_AN_HOUR = 3, 20, 1_000
# The newest requests are read, at most so many. Mail at the limit of an hour fills them in three hours, so a mailbox
# may then get its mail of a day in that time.
_NEWEST = 3 * ALL_AN_HOUR
SIGN_UP_MAIL = (MailKind.CONFIRMATION, MailKind.ALREADY_SUBSCRIBED)
# Providers that deliver `a.n.n` to `ann`.
_DOTS_IGNORED = frozenset({"gmail.com", "googlemail.com", "proton.me", "protonmail.com", "pm.me"})
# Other names of a provider's domain.
_ALIASES = {"googlemail.com": "gmail.com", "protonmail.com": "proton.me", "pm.me": "proton.me"}


class MailLimit(StrEnum):
    """A limit that was reached. The value is the name in the log."""

    MAILBOX = "mailbox"
    DOMAIN = "domain"
    ALL = "all mail"


def reached_mail_limit(
    connection: Connection, compared: str, kinds: Collection[MailKind], now: int, *, domain: bool = True
) -> MailLimit | None:
    """Return the limit that keeps an address from getting mail of these kinds, or None.

    `ALL` does not depend on the address. The query is the same for every address.

    Args:
        connection: A transaction.
        compared: The compared form of the address.
        kinds: The kinds of mail that are counted together.
        now: Seconds since 1970 (UTC). Requests in the future come from a wrong clock, and do not count.
        domain: Whether the limit of a domain applies.
    """
    mail = transactional_mail.c
    newest = select(mail.subscriber_id, mail.kind, mail.requested_at).order_by(mail.id.desc()).limit(_NEWEST).subquery()
    query = select(subscriber.c.compared, newest.c.requested_at).join(newest, newest.c.subscriber_id == subscriber.c.id)
    recent = newest.c.requested_at.between(now - _DAY + 1, now)
    rows = connection.execute(query.where(newest.c.kind.in_([kind.value for kind in kinds]), recent)).all()
    last_hour = [address for address, at in rows if at > now - _HOUR]
    if len(last_hour) >= ALL_AN_HOUR:
        return MailLimit.ALL
    mailbox = canonical_mailbox(compared)
    if sum(canonical_mailbox(address) == mailbox for address, _ in rows) >= PER_MAILBOX_A_DAY:
        return MailLimit.MAILBOX
    own = _organisation(compared)
    # A mail provider has many customers. Others may have any number of addresses and subdomains.
    if (
        domain
        and not is_freemail(own)
        and sum(_organisation(other) == own for other in last_hour) >= PER_DOMAIN_AN_HOUR
    ):
        return MailLimit.DOMAIN
    return None


def canonical_mailbox(compared: str) -> str:
    """Return the mailbox of a compared address: without `+detail`, and without dots if the provider ignores them.

    Some providers deliver `ann+b@` to another mailbox than `ann@`. For a limit, that does not matter.
    """
    local, _, domain = compared.rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOTS_IGNORED:
        local = local.replace(".", "")
    return f"{local}@{_ALIASES.get(domain, domain)}"


@lru_cache(2_000)
def _organisation_of(domain: str) -> str:
    return organisational_domain(domain)


def _organisation(compared: str) -> str:
    return _organisation_of(compared.rpartition("@")[2])
