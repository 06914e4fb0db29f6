"""Runs over tables in the history: a record in the chain says what was evaluated, by which rulebook, with what result.

It holds digests and counts, no case text. The assessments of a run are stored beside it like any other.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, select

from rightscheck.history import models as m
from rightscheck.history.records import Entry, now
from rightscheck.history.store import append


@dataclass(frozen=True, slots=True)
class Run:
    """A run over a table.

    Attributes:
        rulebook: the rulebook's digest.
        engine: the program's version.
        source: the SHA-256 of the table, or of what was chosen from the history.
        options: the date and standards that were weighed instead of the rows' own.
        rows: how many rows were evaluated.
        rejected: how many could not be read or stored.
        verdicts: how many rows have each verdict.
        stored: `rows` that have an assessment, and the `first` and `last` of their numbers.
    """

    rulebook: str
    engine: str
    source: str
    options: dict[str, Any]
    rows: int
    rejected: int
    verdicts: dict[str, int]
    stored: dict[str, int]


RUN_KEYS = frozenset(Run.__slots__)


def runs(connection: Connection) -> list[tuple[int, str, Run]]:
    """Return the number, the time and the content of every run, in order."""
    query = select(m.ledger.c.record).where(m.ledger.c.seq.not_in(select(m.assessments.c.id))).order_by(m.ledger.c.seq)
    records = (json.loads(r) for r in connection.execute(query).scalars() if b'"kind":"run"' in r)
    return [(r["seq"], r["at"], Run(**{key: r[key] for key in RUN_KEYS})) for r in records]


def put_run(connection: Connection, run: Run) -> int:
    """Record a run within a writing transaction and return the record's number; the same run is recorded once."""
    for number, _, other in runs(connection):
        if other == run:
            return number
    return append(connection, Entry("run", now(), asdict(run)))


__all__ = ["RUN_KEYS", "Run", "put_run", "runs"]
