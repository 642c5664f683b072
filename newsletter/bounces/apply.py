"""What follows from a bounce: who is no longer written to, what is counted, and what changes nothing."""

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection

from newsletter.bounces.attribute import Attribution, attribute, comparable
from newsletter.bounces.bounce import BounceEffect, BounceForm, Finding, Proof, RecipientReport, Settled
from newsletter.bounces.bounce_queries import SOFT_LIMIT, keep, soft_campaigns
from newsletter.bounces.classify import exact_status, kind_of
from newsletter.database.states import BounceKind, EventKind
from newsletter.ledger.campaigns import Delivery
from newsletter.subscribers.consent import unsubscribe
from newsletter.subscribers.events import record
from newsletter.subscribers.policy import ConsentEvent
from newsletter.subscribers.queries import subscriber_of
from newsletter.subscribers.state_changes import change_state

_ABOUT_SOMEBODY = (BounceForm.DELIVERY_STATUS, BounceForm.UNSTRUCTURED, BounceForm.COMPLAINT)
_NOBODY = RecipientReport((), "", "", "")
_NAMED = 5


def settle(connection: Connection, keys: Sequence[bytes], finding: Finding, now: int) -> Settled:
    """Do what follows from a message, in a transaction that writes; `now` is in seconds since 1970 (UTC).

    A hard bounce suppresses, and so does the third campaign of the last five that bounced softly;
    a complaint does so at once. Where only the address says whom it is about, anybody can have
    written it: then a bounce is counted as a soft one at most, and a complaint changes nothing.
    """
    named = tuple(dict.fromkeys(address for report in finding.recipients for address in report.addresses))[:_NAMED]
    if finding.form is BounceForm.LEAVE:
        return _leave(connection, attribute(connection, keys, finding), now)
    if finding.form not in _ABOUT_SOMEBODY:
        return Settled(finding.form, BounceEffect.NOTHING, named=named)
    found = attribute(connection, keys, finding)
    if found is None:
        _, kind = _said(finding, None)
        return Settled(finding.form, BounceEffect.STRANGER, kind, named=named)
    report, kind = _said(finding, found)
    unproven = found.proof is Proof.ADDRESS
    if unproven and kind is BounceKind.HARD:
        kind = BounceKind.SOFT
    if kind is BounceKind.NOTICE:
        effect = BounceEffect.NOTHING
    elif unproven and kind is BounceKind.COMPLAINT:
        effect = BounceEffect.UNPROVEN
    elif not keep(connection, finding.digest, found.subscriber.id, found.campaign_id, kind, now):
        effect = BounceEffect.REPEATED
    else:
        effect = _effect(connection, found, kind, _detail(report, kind), now)
    return Settled(
        form=finding.form,
        effect=effect,
        kind=kind,
        address=found.subscriber.address,
        named=named,
        campaign_id=found.campaign_id,
        proof=found.proof,
        status=exact_status(report),
        diagnostic=report.diagnostic,
    )


def apply_rejection(
    connection: Connection, campaign_id: int, refused: Delivery, now: int, *, credible: bool = True
) -> None:
    """Do what follows from a server's own refusal while a campaign was sent: what a bounce of the same words would.

    What was settled already, and what no server said, changes nothing. What is not `credible`, since the server refused
    too many alike, is noted as a refusal of ours.
    """
    one = refused.subscriber_id and subscriber_of(connection, refused.subscriber_id)
    if not one or not refused.code:
        return
    report = RecipientReport((one.address,), "failed", refused.enhanced, f"{refused.code} {refused.text}")
    kind = kind_of(report) if credible else BounceKind.REFUSED
    digest = hashlib.sha256(f"refused {refused.message_id} {refused.answered_at}".encode()).digest()
    if keep(connection, digest, one.id, campaign_id, kind, now):
        _effect(connection, Attribution(one, campaign_id, Proof.MESSAGE_ID), kind, _detail(report, kind), now)


def _leave(connection: Connection, found: Attribution | None, now: int) -> Settled:
    """Unsubscribe whoever asked for it by mail; their token is the proof."""
    if found is None:
        return Settled(BounceForm.LEAVE, BounceEffect.STRANGER)
    left = unsubscribe(connection, found.subscriber.id, found.campaign_id or 0, "by mail", now)
    return Settled(
        BounceForm.LEAVE,
        BounceEffect.UNSUBSCRIBED if left else BounceEffect.NOTHING,
        address=found.subscriber.address,
        campaign_id=found.campaign_id,
        proof=found.proof,
    )


def _said(finding: Finding, found: Attribution | None) -> tuple[RecipientReport, BounceKind]:
    """What is said of somebody, and how grave it is.

    Where their own address is not among those that are named, since their mail is passed on, the mildest counts.
    """
    if finding.form is BounceForm.COMPLAINT:
        return next(iter(finding.recipients), _NOBODY), BounceKind.COMPLAINT
    theirs = {found.subscriber.compared} if found else set()
    own = [report for report in finding.recipients if comparable(report.addresses) & theirs] if theirs else []
    said = [(report, kind_of(report)) for report in own or finding.recipients]
    return min(said, key=lambda one: one[1].gravity, default=(_NOBODY, BounceKind.NOTICE))


def _effect(connection: Connection, found: Attribution, kind: BounceKind, detail: str, now: int) -> BounceEffect:
    one, campaign_id = found.subscriber, found.campaign_id
    if kind is BounceKind.COMPLAINT:
        event = ConsentEvent.COMPLAINT
    elif kind is BounceKind.HARD:
        event = ConsentEvent.HARD_BOUNCE
    elif kind is BounceKind.SOFT and soft_campaigns(connection, one.id) >= SOFT_LIMIT:
        event = ConsentEvent.SOFT_BOUNCE_LIMIT
    else:
        record(connection, one.id, EventKind.BOUNCED, now, detail, campaign_id)
        return BounceEffect.COUNTED if kind is BounceKind.SOFT else BounceEffect.NOTED
    change_state(connection, one, event, now, detail, campaign_id)
    return BounceEffect.SUPPRESSED


def _detail(report: RecipientReport, kind: BounceKind) -> str:
    return ", ".join(filter(None, (kind.value, exact_status(report), report.diagnostic[:300])))
