"""Apply a bounce: suppress the address, count a soft bounce, unsubscribe, or do nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from newsletter.bounces.attribute import Attribution, attribute, comparable_forms
from newsletter.bounces.bounce import (
    BounceEffect,
    BounceForm,
    BounceResult,
    Evidence,
    ParsedBounce,
    RecipientReport,
)
from newsletter.bounces.bounce_queries import SOFT_LIMIT, count_soft_campaigns, find_subscribers, record_bounce
from newsletter.bounces.classify import classify_bounce, find_cause, find_status
from newsletter.bounces.pause_campaign import pause_if_rejected
from newsletter.database.states import BounceKind, EventKind
from newsletter.ledger.deliveries import Delivery
from newsletter.subscribers.apply_event import change_state
from newsletter.subscribers.consent import unsubscribe
from newsletter.subscribers.events import record_event
from newsletter.subscribers.queries import find_subscriber_by_id, lock_subscriber
from newsletter.subscribers.state_machine import ConsentEvent, Refusal
from newsletter.subscribers.unrecognised_mail import keep_mail
from newsletter.text.redact import redact

# Forms that report on a subscriber.
_REPORTS = (BounceForm.DELIVERY_STATUS, BounceForm.UNSTRUCTURED, BounceForm.COMPLAINT)
_NO_RECIPIENT = RecipientReport((), "", "", "")
# Limits: addresses in a result, and characters of a stored diagnostic.
_MAX_NAMED, _MAX_DIAGNOSTIC = 5, 300


def apply_bounce(connection: Connection, keys: Sequence[bytes], parsed: ParsedBounce, now: int) -> BounceResult:
    """Apply a parsed message.

    A hard bounce or a complaint suppresses the address immediately. Soft bounces suppress it when they occur in three
    of the last five campaigns. If the address is the only evidence, the message may be forged: a hard bounce then
    counts as a soft bounce, and a complaint changes nothing. What a webhook reports then changes nothing either.

    Args:
        connection: A write transaction.
        keys: The keys that verify tokens.
        parsed: The message.
        now: Seconds since 1970 (UTC).
    """
    named = tuple(dict.fromkeys(address for report in parsed.recipients for address in report.addresses))[:_MAX_NAMED]
    if parsed.form is BounceForm.UNSUBSCRIBE:
        return _unsubscribe(connection, parsed, attribute(connection, keys, parsed), now)
    if parsed.form is BounceForm.OTHER and parsed.recipients:
        parsed = _prove(connection, keys, parsed)
    if parsed.form is BounceForm.OTHER:
        return _keep(connection, keys, parsed, named, now)
    if parsed.form not in _REPORTS:
        return BounceResult(parsed.form, BounceEffect.NOTHING, parsed.form.kind, named=named)
    found = attribute(connection, keys, parsed)
    if found is None:
        _, kind = choose_report(parsed, None)
        unsent = parsed.provider and find_subscribers(connection, sorted(comparable_forms(named)))
        return BounceResult(parsed.form, BounceEffect.UNSENT if unsent else BounceEffect.UNKNOWN, kind, named=named)
    # Locked before any row that refers to the subscriber is written, as in an erasure.
    if lock_subscriber(connection, found.subscriber.id) is None:
        return BounceResult(parsed.form, BounceEffect.UNKNOWN, named=named)
    report, kind = choose_report(parsed, found)
    if parsed.provider and found.evidence is Evidence.ADDRESS:
        return BounceResult(parsed.form, BounceEffect.UNPROVEN, kind, found.subscriber.address, named)
    if found.evidence is Evidence.ADDRESS and kind is BounceKind.HARD:
        kind = BounceKind.SOFT
    effect = _apply_report(connection, parsed.digest, found, report, kind, now)
    return BounceResult(
        form=parsed.form,
        effect=effect,
        kind=kind,
        address=found.subscriber.address,
        named=named,
        campaign_id=found.campaign_id,
        evidence=found.evidence,
        status=find_status(report),
        diagnostic=report.diagnostic,
        paused=_pause(connection, found, report, now) if effect is BounceEffect.NOTED else "",
    )


def apply_rejection(
    connection: Connection, campaign_id: int, rejected: Delivery, now: int, *, credible: bool = True
) -> None:
    """Apply a rejection that a server returned while the campaign was sent, like a bounce with the same reply.

    Does nothing if the rejection was applied before, or if the delivery failed without a reply.

    Args:
        connection: A write transaction.
        campaign_id: The campaign.
        rejected: The failed delivery.
        now: Seconds since 1970 (UTC).
        credible: Whether the rejection is about the recipient. False only records it, because too many recipients
            were rejected with the same reply.
    """
    subscriber = rejected.subscriber_id and find_subscriber_by_id(connection, rejected.subscriber_id, lock=True)
    if not subscriber or not rejected.code:
        return
    report = RecipientReport((subscriber.address,), "failed", rejected.enhanced, f"{rejected.code} {rejected.text}")
    kind = classify_bounce(report) if credible else BounceKind.POLICY
    digest = hashlib.sha256(f"refused {rejected.message_id} {rejected.answered_at}".encode()).digest()
    _apply_report(connection, digest, Attribution(subscriber, campaign_id, Evidence.MESSAGE_ID), report, kind, now)


def _prove(connection: Connection, keys: Sequence[bytes], parsed: ParsedBounce) -> ParsedBounce:
    """Return an unrecognised message as a bounce if it was returned to the envelope sender of a message.

    With the null sender, and without the marks of an automatic reply, it can only be a bounce (RFC 5321, §4.5.5).
    """
    found = attribute(connection, keys, parsed)
    proven = found is not None and found.evidence is Evidence.RETURN_PATH
    return replace(parsed, form=BounceForm.UNSTRUCTURED) if proven else parsed


def _keep(
    connection: Connection, keys: Sequence[bytes], parsed: ParsedBounce, named: tuple[str, ...], now: int
) -> BounceResult:
    """Keep a message that was not understood, for the author."""
    found = attribute(connection, keys, parsed)
    subscriber_id = found.subscriber.id if found else None
    keep_mail(connection, parsed.digest, subscriber_id, parsed.sender, parsed.subject, parsed.text, now)
    return BounceResult(parsed.form, BounceEffect.NOTHING, BounceKind.UNKNOWN, named=named)


def _unsubscribe(connection: Connection, parsed: ParsedBounce, found: Attribution | None, now: int) -> BounceResult:
    """Unsubscribe the subscriber in a request by mail, or in the report of a provider."""
    if found is None or found.evidence is Evidence.ADDRESS:
        effect = BounceEffect.UNPROVEN if found else BounceEffect.UNKNOWN
        return BounceResult(BounceForm.UNSUBSCRIBE, effect, BounceKind.UNSUBSCRIBE)
    # A provider may report late, after the subscriber has subscribed again.
    overtaken = parsed.happened_at is not None and found.subscriber.consent_at > parsed.happened_at
    source = f"through {parsed.provider}" if parsed.provider else "by mail"
    was_subscribed = not overtaken and unsubscribe(connection, found.subscriber.id, found.campaign_id or 0, source, now)
    return BounceResult(
        BounceForm.UNSUBSCRIBE,
        BounceEffect.UNSUBSCRIBED if was_subscribed else BounceEffect.NOTHING,
        BounceKind.UNSUBSCRIBE,
        address=found.subscriber.address,
        campaign_id=found.campaign_id,
        evidence=found.evidence,
    )


def choose_report(parsed: ParsedBounce, found: Attribution | None) -> tuple[RecipientReport, BounceKind]:
    """Return the report about the subscriber, and its kind.

    If no report names the subscriber's address, because the mail was forwarded, the mildest report counts.
    """
    if parsed.form is BounceForm.COMPLAINT:
        return next(iter(parsed.recipients), _NO_RECIPIENT), BounceKind.COMPLAINT
    compared = {found.subscriber.compared} if found else set()
    own = [report for report in parsed.recipients if comparable_forms(report.addresses) & compared] if compared else []
    kinds = [(report, classify_bounce(report)) for report in own or parsed.recipients]
    return min(kinds, key=lambda pair: pair[1].gravity, default=(_NO_RECIPIENT, BounceKind.NOTICE))


def _apply_report(
    connection: Connection, digest: bytes, found: Attribution, report: RecipientReport, kind: BounceKind, now: int
) -> BounceEffect:
    """Record a report and change the subscriber. A complaint with the address alone may be forged."""
    subscriber, campaign_id, detail = found.subscriber, found.campaign_id, _detail(report, kind)
    counted = kind is BounceKind.SOFT and find_cause(report).counts
    if kind is BounceKind.NOTICE:
        return BounceEffect.NOTHING
    if kind is BounceKind.COMPLAINT and found.evidence is Evidence.ADDRESS:
        return BounceEffect.UNPROVEN
    if not record_bounce(connection, digest, subscriber.id, campaign_id, kind, now, counted=counted):
        return BounceEffect.REPEATED
    if kind is BounceKind.COMPLAINT:
        event = ConsentEvent.COMPLAINT
    elif kind is BounceKind.HARD:
        event = ConsentEvent.HARD_BOUNCE
    elif counted and count_soft_campaigns(connection, subscriber.id) >= SOFT_LIMIT:
        event = ConsentEvent.SOFT_BOUNCE_LIMIT
    else:
        record_event(connection, subscriber.id, EventKind.BOUNCED, now, detail, campaign_id)
        return BounceEffect.COUNTED if counted else BounceEffect.NOTED
    change = change_state(connection, subscriber, event, now, detail, campaign_id)
    if isinstance(change, Refusal):
        return BounceEffect.NOTHING
    # An address that bounced or complained before is only noted.
    changed = change.suppress or change.state is not subscriber.state
    return BounceEffect.SUPPRESSED if changed else BounceEffect.NOTED


def _pause(connection: Connection, found: Attribution, report: RecipientReport, now: int) -> str:
    """Pause the campaign if many proven bounces are about the sender. Returns the reason, or "" if not paused."""
    proven = found.evidence is not Evidence.ADDRESS
    if found.campaign_id is None or not proven or not find_cause(report).about_us:
        return ""
    reply = report.diagnostic[:_MAX_DIAGNOSTIC]
    return pause_if_rejected(connection, found.campaign_id, found.subscriber.id, reply, now)


def _detail(report: RecipientReport, kind: BounceKind) -> str:
    return ", ".join(filter(None, (kind.value, find_status(report), redact(report.diagnostic)[:_MAX_DIAGNOSTIC])))
