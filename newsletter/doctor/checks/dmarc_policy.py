"""Check the DMARC policy of the sender's domain, and whether SPF and DKIM are aligned with it (RFC 9989)."""

from collections.abc import Iterator, Sequence
from functools import cache

from newsletter.doctor.dmarc import DmarcRecord, TreeWalk, common_parent, walk_tree
from newsletter.doctor.dns_lookup import exists, txt_records
from newsletter.doctor.dns_records import Record, RecordKind, verified_domains
from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.errors import NewsletterError
from newsletter.mail.headers import wire_domain
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState, error_diagnosis

_POLICY, _ALIGNMENT = "DNS, DMARC", "DNS, alignment"


def check_dmarc(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """With `asks_dns`, report a missing or outdated policy, and domains that are not aligned."""
    if not examined.asks_dns:
        return
    try:
        needed = next(record for record in examined.records if record.kind is RecordKind.DMARC)
        sender = wire_domain(examined.publication.sender.email.rpartition("@")[2]).lower()
        verified = verified_domains(examined.publication)
    except NewsletterError:
        # `check_dns` reports the invalid domain.
        return

    @cache
    def look_up(name: str) -> Sequence[str]:
        return txt_records(name, examined.name_server)

    try:
        walk = walk_tree(sender, look_up)
        yield from _check_policy(examined, walk, needed)
        others = {domain: walk_tree(domain, look_up) for _, domain in verified}
    except NewsletterError as error:
        yield error_diagnosis(_POLICY, error)
        return
    yield from _check_alignment(walk, [(kind, others[domain]) for kind, domain in verified])


def _check_policy(examined: ExaminedPublication, walk: TreeWalk, needed: Record) -> Iterator[Diagnosis]:
    for domain, number in walk.ambiguous.items():
        message = f"_dmarc.{domain} has {number} DMARC records, so receivers ignore them all"
        yield Diagnosis(_POLICY, DiagnosisState.ERROR, message, "Keep one and remove the others.")
    record = walk.applied
    if record is None:
        if walk.domain not in walk.ambiguous:
            parents = ", nor has a domain above it" if walk.domain.count(".") > 1 else ""
            message = f"_dmarc.{walk.domain} has no DMARC record{parents}"
            yield Diagnosis(_POLICY, DiagnosisState.ERROR, message, f"Add it to {needed.name}: {needed.value}")
        return
    subdomain = record.domain != walk.domain
    # Whether a subdomain exists matters only if it then has another policy.
    is_used = not subdomain or "np" not in record.tags or exists(walk.domain, examined.name_server)
    policy = record.policy(subdomain=subdomain, exists=is_used)
    problems = [*_problems(record, walk)]
    if not policy:
        message = f"{record.name} has no policy: {record.text}"
        yield Diagnosis(_POLICY, DiagnosisState.ERROR, message, f"Replace it with: {needed.value}")
    elif subdomain:
        message = f"the policy of {record.domain} applies to {walk.domain}: {policy}"
        yield Diagnosis(_POLICY, DiagnosisState.GOOD, message)
    elif not problems:
        yield Diagnosis(_POLICY, DiagnosisState.GOOD, f"{record.name} is correct")
    yield from problems


def _problems(record: DmarcRecord, walk: TreeWalk) -> Iterator[Diagnosis]:
    for tag, advice in record.removed_tags.items():
        message = f"{record.name} has the tag `{tag}`, which RFC 9989 removed: receivers ignore it"
        yield Diagnosis(_POLICY, DiagnosisState.WARNING, message, advice)
    for tag, advice in record.invalid_tags.items():
        message = f"{record.name} has `{tag}`, which receivers ignore"
        yield Diagnosis(_POLICY, DiagnosisState.WARNING, message, advice)
    if record.tags.get("t") == "y":
        message = f"{record.name} only tests its policy: `t=y` asks receivers not to apply it"
        yield Diagnosis(_POLICY, DiagnosisState.NOTE, message, "Remove `t=y` when the reports are good.")
    if record.tags.get("psd") == "y" and record.domain == walk.domain:
        message = f"{record.name} has `psd=y`, so each subdomain of {record.domain} is an organisation of its own"
        yield Diagnosis(_POLICY, DiagnosisState.WARNING, message, "Remove `psd=y`. It is for registries.")


def _check_alignment(sender: TreeWalk, verified: Sequence[tuple[str, TreeWalk]]) -> Iterator[Diagnosis]:
    applied = sender.applied
    tags = applied.tags if applied else {}
    strict = {kind for kind, tag in (("SPF", "aspf"), ("DKIM", "adkim")) if tags.get(tag) == "s"}
    aligned, failed = [], []
    for kind, walk in verified:
        same = walk.domain == sender.domain
        if same or (kind not in strict and walk.organisation == sender.organisation):
            aligned.append(f"{kind} ({walk.domain})")
        else:
            failed.append(_explain(kind, walk, sender, strict=kind in strict))
    if aligned:
        message = f"{' and '.join(aligned)} {'are' if len(aligned) > 1 else 'is'} aligned with {sender.domain}"
        yield Diagnosis(_ALIGNMENT, DiagnosisState.GOOD, message)
    # A server that signs by itself may sign for the right domain.
    signs = any(kind == "DKIM" for kind, _ in verified)
    state = DiagnosisState.ERROR if signs and not aligned else DiagnosisState.WARNING
    for message, advice in failed:
        yield Diagnosis(_ALIGNMENT, state, message, advice)


def _explain(kind: str, walk: TreeWalk, sender: TreeWalk, *, strict: bool) -> tuple[str, str]:
    """Return why a domain is not aligned with the sender's, and what to do."""
    about = f"{kind} ({walk.domain}) is not aligned with {sender.domain}"
    action = "Use an `envelope_sender` of" if kind == "SPF" else "Sign with a key of"
    own = f"{action} {sender.domain}"
    if strict:
        return f"{about}: its record asks for the same domain (`{'aspf' if kind == 'SPF' else 'adkim'}=s`)", f"{own}."
    parent = common_parent(walk.domain, sender.domain)
    if not parent:
        return f"{about}: they belong to different organisations", f"{own}."
    if sender.has_record(parent) or walk.has_record(parent):
        organisations = f"{walk.domain} belongs to {walk.organisation}, and {sender.domain} to {sender.organisation}"
        return f"{about}: by their records, {organisations}", f"{own}, or remove `psd` from the records."
    advice = f"Add a DMARC record to _dmarc.{parent}, such as v=DMARC1; p=none, or {own[0].lower()}{own[1:]}."
    if walk.domain == parent or sender.domain == parent:
        return f"{about}: {parent} has no DMARC record, so its subdomains are organisations of their own", advice
    return f"{about}: their parent {parent} has no DMARC record, so each is an organisation of its own", advice
