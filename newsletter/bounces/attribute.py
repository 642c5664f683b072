"""Find the subscriber that a bounce is about, by a token or Message-ID of the sent message, or by the address alone.

Every message has one recipient, so a bounce is about one subscriber at most.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.bounces.bounce import Evidence, ParsedBounce
from newsletter.bounces.bounce_queries import (
    campaign_exists,
    find_campaign,
    find_campaign_by_reply,
    find_last_campaign,
    find_recipient,
    find_subscribers,
)
from newsletter.errors import AddressError, TokenError
from newsletter.mail.tokens import Purpose, Token, is_for, read
from newsletter.mail.verp import read_verp
from newsletter.subscribers.queries import find_subscriber_by_id
from newsletter.subscribers.subscriber import Subscriber
from newsletter.text.email_address import compared

# A mail alias has few members: a bounce with more addresses is not about a message of a campaign.
_MAX_SUBSCRIBERS = 20


@dataclass(frozen=True, slots=True)
class Attribution:
    """The subscriber and the campaign that a bounce is about. `campaign_id` is None if it is unknown."""

    subscriber: Subscriber
    campaign_id: int | None
    evidence: Evidence


def attribute(connection: Connection, keys: Sequence[bytes], parsed: ParsedBounce) -> Attribution | None:
    """Find the subscriber that a bounce is about. Returns None if there is none, or if the subscriber was erased."""
    for path in parsed.return_paths:
        if token := read_verp(keys, path):
            return _by_token(connection, keys, token, Evidence.RETURN_PATH)
    for text in parsed.unsubscribe_tokens:
        try:
            token = read(keys, Purpose.UNSUBSCRIBE, text)
        except TokenError:
            continue
        return _by_token(connection, keys, token, Evidence.UNSUBSCRIBE_LINK)
    named = _named(connection, [address for report in parsed.recipients for address in report.addresses])
    if found := _by_ids(connection, parsed, named):
        return found
    if len(named) == 1 and (campaign_id := find_last_campaign(connection, named[0].id)) is not None:
        return Attribution(named[0], campaign_id, Evidence.ADDRESS)
    return None


def comparable_forms(addresses: Iterable[str]) -> set[str]:
    """Return the compared forms of addresses. Invalid addresses are left out."""
    forms = set()
    for address in addresses:
        try:
            forms.add(compared(address))
        except AddressError:
            continue
    return forms


def _by_ids(connection: Connection, parsed: ParsedBounce, named: Sequence[Subscriber]) -> Attribution | None:
    """Find the message by its Message-ID or the provider's id. Returns None if none is in the ledger."""
    if parsed.message_ids:
        for subscriber in [*named, *_named(connection, parsed.returned_to)]:
            campaign_id = find_campaign(connection, subscriber.id, parsed.message_ids)
            if campaign_id is not None:
                return Attribution(subscriber, campaign_id, Evidence.MESSAGE_ID)
        # A webhook names the address to which the message was sent, so the whole ledger is searched for mail only.
        row = None if parsed.provider else find_recipient(connection, parsed.message_ids)
        if row and (found := find_subscriber_by_id(connection, row[0])):
            return Attribution(found, row[1], Evidence.MESSAGE_ID)
    for subscriber in named if parsed.provider_ids else ():
        campaign_id = find_campaign_by_reply(connection, subscriber.id, parsed.provider_ids)
        if campaign_id is not None:
            return Attribution(subscriber, campaign_id, Evidence.PROVIDER_ID)
    return None


def _by_token(connection: Connection, keys: Sequence[bytes], token: Token, evidence: Evidence) -> Attribution | None:
    found = find_subscriber_by_id(connection, token.subscriber_id)
    if found is None or not is_for(keys, token, found.address):
        return None
    return Attribution(found, token.campaign_id if campaign_exists(connection, token.campaign_id) else None, evidence)


def _named(connection: Connection, addresses: Sequence[str]) -> list[Subscriber]:
    if len(addresses) > 2 * _MAX_SUBSCRIBERS:
        return []
    return find_subscribers(connection, sorted(comparable_forms(addresses)))
