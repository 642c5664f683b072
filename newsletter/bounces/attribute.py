"""Whom a bounce is about: by what only the reader's own message holds, and by an address where that is all there is.

Each message of ours goes to one person, so that a bounce is about one person at most.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from newsletter.bounces.bounce import Finding, Proof
from newsletter.bounces.bounce_queries import (
    campaign_of,
    is_campaign,
    last_campaign,
    recipient_of,
    subscribers_of,
)
from newsletter.errors import AddressError, TokenError
from newsletter.mail.tokens import Purpose, Token, is_for, read
from newsletter.mail.verp import read_verp
from newsletter.subscribers.queries import subscriber_of
from newsletter.subscribers.subscriber import Subscriber
from newsletter.text.email_address import compared

# A bounce of one message that names more people than an alias has is about no message of ours.
_MOST = 20


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whom a bounce is about, in which campaign, and by what that is known."""

    subscriber: Subscriber
    campaign_id: int | None
    proof: Proof


def attribute(connection: Connection, keys: Sequence[bytes], finding: Finding) -> Attribution | None:
    """Whom a bounce is about; nobody where it is somebody who was erased, or who is not on the list."""
    for path in finding.return_paths:
        if token := read_verp(keys, path):
            return _by_token(connection, keys, token, Proof.RETURN_PATH)
    for text in finding.leave_tokens:
        try:
            token = read(keys, Purpose.UNSUBSCRIBE, text)
        except TokenError:
            continue
        return _by_token(connection, keys, token, Proof.LEAVE_LINK)
    named = _named(connection, [address for report in finding.recipients for address in report.addresses])
    if finding.message_ids:
        for one in [*named, *_named(connection, finding.returned_to)]:
            campaign_id = campaign_of(connection, one.id, finding.message_ids)
            if campaign_id is not None:
                return Attribution(one, campaign_id, Proof.MESSAGE_ID)
        if row := recipient_of(connection, finding.message_ids):
            found = subscriber_of(connection, row[0])
            return Attribution(found, row[1], Proof.MESSAGE_ID) if found else None
    if len(named) == 1 and (campaign_id := last_campaign(connection, named[0].id)) is not None:
        return Attribution(named[0], campaign_id, Proof.ADDRESS)
    return None


def comparable(addresses: Iterable[str]) -> set[str]:
    """The forms in which addresses are compared; those that are none are left out."""
    forms = set()
    for address in addresses:
        try:
            forms.add(compared(address))
        except AddressError:
            continue
    return forms


def _by_token(connection: Connection, keys: Sequence[bytes], token: Token, proof: Proof) -> Attribution | None:
    found = subscriber_of(connection, token.subscriber_id)
    if found is None or not is_for(keys, token, found.address):
        return None
    return Attribution(found, token.campaign_id if is_campaign(connection, token.campaign_id) else None, proof)


def _named(connection: Connection, addresses: Sequence[str]) -> list[Subscriber]:
    if len(addresses) > 2 * _MOST:
        return []
    return subscribers_of(connection, sorted(comparable(addresses)))
