"""Check that the database can be opened and has the schema of this version."""

from collections.abc import Iterator

from newsletter.doctor.examined_publication import ExaminedPublication
from newsletter.preflight.diagnosis import Diagnosis, diagnose_attempt
from newsletter.workspace.open_database import open_database


def check_database(examined: ExaminedPublication) -> Iterator[Diagnosis]:
    """Open the database. One that does not exist yet is not created."""

    def open_existing() -> str:
        with open_database(examined.workspace, writes=False) as database:
            if database.is_placeholder:
                return "does not exist yet; it is created when it is first needed"
            return "up to date"

    yield diagnose_attempt("database", open_existing)
