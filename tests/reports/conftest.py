"""Fixtures for reports."""

import pytest

from newsletter.database.database import Database
from tests.reports.ledger import ReportedLedger


@pytest.fixture
def ledger(database: Database) -> ReportedLedger:
    """An empty ledger, on SQLite and PostgreSQL."""
    return ReportedLedger(database)
