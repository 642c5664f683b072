"""Writes claims of deliveries and their outcomes to the ledger.

A delivery is claimed before its message is passed to a server, and its outcome is recorded afterwards. Both are durable
when `LedgerWriter.write` returns. A killed process leaves its claims in the state `attempting`; `mark_uncertain` finds
them. In PostgreSQL, a process also needs a lease of the delivery for both; see `leases`.
"""

from collections.abc import Sequence
from contextlib import nullcontext

from newsletter.database.database import Database
from newsletter.database.states import DeliveryState
from newsletter.ledger.delivery import DeliveryClaim, DeliveryOutcome
from newsletter.ledger.delivery_statements import GIVE_BACK, LEASED, PLAIN, PreparedStatement, Row
from newsletter.ledger.ledger_connection import LedgerConnection
from newsletter.text.redact import redact


class LedgerWriter(LedgerConnection):
    """A connection that writes claims and outcomes, which are durable when `write` returns.

    The arguments and attributes are those of `LedgerConnection`.
    """

    def __init__(self, database: Database, *, leased: bool = False) -> None:
        super().__init__(database, leased=leased)
        engine = database.engine
        self._claim, self._answer, self._deactivate, self._confirm, self._release = (
            PreparedStatement(each, engine) for each in (LEASED if leased else PLAIN)
        )
        self._give_back = PreparedStatement(GIVE_BACK, engine) if leased else None
        # Versions of libpq before 14 have no pipelines.
        self._pipelines = not self._sqlite and engine.dialect.loaded_dbapi.Pipeline.is_supported()

    def write(
        self,
        outcomes: Sequence[DeliveryOutcome],
        claims: Sequence[DeliveryClaim],
        dropped: Sequence[DeliveryClaim] = (),
    ) -> frozenset[int]:
        """Write outcomes and claims in one transaction.

        Args:
            outcomes: The results of claimed deliveries.
            claims: The deliveries to claim.
            dropped: Claims of an earlier call that failed. They are undone if that call succeeded after all.

        Returns:
            The ids of the claims that failed, because the subscriber is no longer active (which is recorded) or
            another process has claimed the delivery.

        Raises:
            DatabaseError: It is not known whether anything was written. If it is `transient`, repeat the call with the
                same claims, or with them as `dropped`: nothing is written twice.
        """
        with self._alone, self._translated():
            if self._lost:
                self._reconnect()
            failed = self._write(outcomes, claims, dropped)
        self._doubtful = False
        return failed

    def _write(
        self, outcomes: Sequence[DeliveryOutcome], claims: Sequence[DeliveryClaim], dropped: Sequence[DeliveryClaim]
    ) -> frozenset[int]:
        rows = [self._claim_row(claim) for claim in claims]
        failed: set[int] = set()
        self._write_together(outcomes, rows)
        if rows and self._cursor.rowcount != len(rows):
            self._pooled.rollback()
            self._begin(outcomes)
            for claim, row in zip(claims, rows, strict=True):
                self._cursor.execute(self._claim.sql, row)
                if not self._cursor.rowcount and not self._is_confirmed(claim):
                    values: dict[str, object] = {
                        "inactive": claim.id,
                        "at": claim.at,
                        "fencing_number": claim.lease,
                    }
                    self._cursor.execute(self._deactivate.sql, self._deactivate.row(values))
                    if self._give_back:
                        values = {"given": claim.id, "fencing_number": claim.lease}
                        self._cursor.execute(self._give_back.sql, self._give_back.row(values))
                    failed.add(claim.id)
        for claim in dropped:
            self._cursor.execute(self._release.sql, self._mine_row(self._release, claim))
        self._pooled.commit()
        return frozenset(failed)

    def _write_together(self, outcomes: Sequence[DeliveryOutcome], rows: Sequence[Row]) -> None:
        """Begin a transaction, and write outcomes and claims. PostgreSQL gets both at once.

        Measured with two of each: a write, commit included, takes three quarters of the time and of the processor time.
        """
        with self._pooled.driver_connection.pipeline() if self._pipelines else nullcontext():  # type: ignore[union-attr]
            self._begin(outcomes)
            if rows:
                self._cursor.executemany(self._claim.sql, rows)

    def _is_confirmed(self, claim: DeliveryClaim) -> bool:
        """Return whether the last write, which failed, has made this claim."""
        if not self._doubtful:
            return False
        self._cursor.execute(self._confirm.sql, self._mine_row(self._confirm, claim))
        return bool(self._cursor.rowcount)

    def _begin(self, outcomes: Sequence[DeliveryOutcome]) -> None:
        if self._sqlite:
            # PostgreSQL's driver begins transactions implicitly.
            self._cursor.execute("BEGIN IMMEDIATE")
        if outcomes:
            # In a pipeline, each cursor has the results of one statement.
            self._outcomes.executemany(self._answer.sql, [self._outcome_row(outcome) for outcome in outcomes])

    def _claim_row(self, claim: DeliveryClaim) -> Row:
        values = {"claimed": claim.id, "at": claim.at, "message_id": claim.message_id, "server": claim.server}
        idempotent_at = claim.at if claim.is_idempotent else None
        values |= {"or_state": _state_before(claim), "idempotent_at": idempotent_at, "fencing_number": claim.lease}
        return self._claim.row(values)

    @staticmethod
    def _mine_row(statement: PreparedStatement, claim: DeliveryClaim) -> Row:
        return statement.row(
            {
                "claimed": claim.id,
                "claimed_message": claim.message_id,
                "claimed_at": claim.at,
                "claimed_server": claim.server,
                "or_state": _state_before(claim),
                "fencing_number": claim.lease,
            }
        )

    def _outcome_row(self, outcome: DeliveryOutcome) -> Row:
        return self._answer.row(
            {
                "answered": outcome.id,
                "new_state": outcome.state.value,
                "new_answered_at": outcome.at,
                "new_attempts": outcome.attempts,
                "new_due_at": outcome.due_at,
                "new_code": outcome.code,
                "new_enhanced": outcome.enhanced,
                "new_text": redact(outcome.text),
                "fencing_number": outcome.lease,
                "again": outcome.again,
            }
        )


def _state_before(claim: DeliveryClaim) -> str:
    """Return the state of a delivery before a claim, as far as it must be known: uncertain, or may be sent."""
    return (DeliveryState.UNCERTAIN if claim.uncertain else DeliveryState.PENDING).value
