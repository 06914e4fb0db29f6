"""Erasing a case: its text and facts go, its commitments stay, and a record in the chain says so."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from rightscheck.history import models as m
from rightscheck.history.database import plain_errors
from rightscheck.history.records import erased, now
from rightscheck.history.search_index import purge, remove_texts
from rightscheck.history.store import Store, append
from rightscheck.problems import InputError, Place, Problem, nearest

_REWRITTEN = (
    *("search_texts", "search_terms", "search_words"),
    *(table.name for table in (*m.DERIVED, m.assessments, m.case_versions, m.measures, m.cases)),
)


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: the numbers of the assessments, the record that says so, and whether no copy is left.

    `clean` is false where another program kept SQLite's write-ahead log from being emptied.
    """

    numbers: list[int]
    record: int
    clean: bool


def erase_case(store: Store, case: str) -> Erased:
    """Erase a case with all its versions and assessments.

    Raises:
        InputError: no such case is stored.
        SurroundingsError: the database fails; then nothing is erased.
    """
    with store.writing() as connection:
        case_id = connection.execute(select(m.cases.c.id).where(m.cases.c.slug == case)).scalar()
        if case_id is None:
            known = connection.execute(select(m.cases.c.slug)).scalars()
            raise InputError([Problem("no such case is stored", Place("history"), case, nearest(case, known))])
        of_case = select(m.case_versions.c.id).where(m.case_versions.c.case_id == case_id)
        query = select(m.assessments.c.id).where(m.assessments.c.version_id.in_(of_case)).order_by(m.assessments.c.id)
        numbers = list(connection.execute(query).scalars())
        remove(connection, case_id, numbers)
        record = append(connection, erased(numbers, now()))
        purge(connection)
    return Erased(numbers, record, scrub(store))


def remove(connection: Connection, case_id: int, numbers: list[int]) -> None:
    """Delete the rows of a case and its assessments within a writing transaction."""
    remove_texts(connection, numbers)
    for table in m.DERIVED:
        connection.execute(delete(table).where(table.c.assessment_id.in_(numbers)))
    connection.execute(delete(m.assessments).where(m.assessments.c.id.in_(numbers)))
    for table in (m.measures, m.case_versions):
        connection.execute(delete(table).where(table.c.case_id == case_id))
    connection.execute(delete(m.cases).where(m.cases.c.id == case_id))


def scrub(store: Store) -> bool:
    """Remove what deleted rows left in the database's files; return whether nothing is left there.

    SQLite overwrites deleted content itself (secure_delete), so its write-ahead log is emptied. PostgreSQL's tables
    are rewritten; its own write-ahead log and its backups are the server's to rotate.
    """
    with plain_errors(store.engine.url):
        if store.engine.dialect.name == "postgresql":
            with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for table in _REWRITTEN:
                    connection.exec_driver_sql(f"VACUUM FULL {table}")
                return True
        raw = store.engine.raw_connection()
        try:
            busy = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            raw.close()
        return not busy


def count_of(store: Store, case: str) -> int:
    """Return how many assessments of a case are stored."""
    query = (
        select(func.count())
        .select_from(m.assessments)
        .join(m.measures, m.measures.c.id == m.assessments.c.measure_id)
        .join(m.cases, m.cases.c.id == m.measures.c.case_id)
        .where(m.cases.c.slug == case)
    )
    with store.reading() as connection:
        return int(connection.execute(query).scalar_one())
