"""Check who would get the issue, and that no import of the list was interrupted."""

from collections.abc import Iterator
from pathlib import Path

from newsletter.database.states import SubscriberState
from newsletter.files import display
from newsletter.ledger import campaigns
from newsletter.ledger.new_campaign import select_recipients
from newsletter.ledger.receipt_positions import database_id
from newsletter.ledger.received import count_received
from newsletter.preflight.candidate import Candidate
from newsletter.preflight.diagnosis import Diagnosis, DiagnosisState
from newsletter.subscribers.queries import count_subscribers
from newsletter.subscribers.segments import build_segment_condition, parse_segment
from newsletter.subscribers.unfinished_imports import UnfinishedImport, unfinished_imports
from newsletter.text.timestamps import timestamp

# An audience that is this many times larger than the last one is probably a mistake, such as a list imported twice.
GROWTH = 2


def check_audience(candidate: Candidate) -> Iterator[Diagnosis]:
    """Report an audience without subscribers, or one that is much larger than the last campaign's.

    Raises:
        DocumentError: The filter cannot be read.
    """
    slug = candidate.document.slug
    condition = build_segment_condition(
        parse_segment(candidate.audience, "--to"), candidate.workspace.publication.language
    )
    with candidate.database.read() as connection:
        names, content = candidate.document.names, candidate.prepared.digests if candidate.correction else ()
        recipients = sum(map(len, select_recipients(connection, names, condition, content)))
        active = count_subscribers(connection, condition).get(SubscriberState.ACTIVE, 0)
        received = count_received(connection, names)
        last = campaigns.last_audience(connection, slug)
        unfinished = unfinished_imports(candidate.workspace.root, database_id(connection))
    for mark, one in unfinished:
        yield _unfinished_import(mark, one)
    people = _count(recipients)
    if recipients and last and recipients > GROWTH * last:
        message = f"{people}, more than twice the {last:,} of the last campaign"
        yield Diagnosis("audience", DiagnosisState.WARNING, message, "Check that no list was imported by mistake.")
    elif recipients and candidate.correction:
        yield Diagnosis("audience", DiagnosisState.GOOD, f"{people} who received {slug}")
    elif candidate.correction:
        message = f"no active subscriber received {slug} without this correction"
        yield Diagnosis("audience", DiagnosisState.ERROR, message, f"See `newsletter campaign report {slug}`.")
    elif recipients:
        already = f"; {received:,} already received it" if received else ""
        yield Diagnosis("audience", DiagnosisState.GOOD, f"{people}{already}")
    elif active:
        message = (
            f"all {active:,} matching subscribers already received {slug}"
            if active > 1
            else (f"the matching subscriber already received {slug}")
        )
        yield Diagnosis("audience", DiagnosisState.ERROR, message, f"See `newsletter campaign report {slug}`.")
    elif candidate.audience:
        message = f"no subscriber matches {candidate.audience}"
        advice = f"List them: `newsletter subscribers list --filter '{candidate.audience}'`."
        yield Diagnosis("audience", DiagnosisState.ERROR, message, advice)
    else:
        advice = "Import your list with `newsletter subscribers import FILE`."
        yield Diagnosis("audience", DiagnosisState.ERROR, "there are no active subscribers", advice)


def _unfinished_import(mark: Path, one: UnfinishedImport | None) -> Diagnosis:
    if one is None:
        message = f"an import was not finished, and its record {display(mark)} cannot be read"
        advice = f"Run the last import again. If none is running and the list is complete, delete {display(mark)}."
    else:
        message = f"the import of {display(Path(one.file))} on {timestamp(one.began_at)} was not finished"
        advice = f"Run it again. If it is not running and the list is complete, delete {display(mark)}."
    return Diagnosis("import", DiagnosisState.ERROR, message, advice)


def _count(number: int) -> str:
    return f"{number:,} {'subscriber' if number == 1 else 'subscribers'}"
