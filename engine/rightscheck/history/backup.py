"""Backup and restore: a whole history as one SQLite file, from and to either kind of database."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from rightscheck.history import models as m
from rightscheck.history.database import file_of, plain_errors
from rightscheck.history.search_index import rebuild
from rightscheck.history.store import Store
from rightscheck.history.verify import Report, verify
from rightscheck.problems import EngineFault, InputError, Place, Problem, SurroundingsError

_BATCH = 200


def backup(store: Store, target: Path, *, replace: bool = False) -> Report:
    """Write a copy of the history as it stands at one moment; it appears under its name only once it is verified.

    Raises:
        InputError: the file is there already, and `replace` is not given.
        SurroundingsError: it cannot be written.
        EngineFault: the copy does not verify; it is removed.
    """
    if target.exists() and not replace:
        raise InputError([Problem("is there already; --force writes over it", Place(str(target)))])
    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".part")
        os.close(handle)
        if file_of(store.engine.url) is not None:
            _sqlite_copy(store, name)
        else:
            Path(name).unlink()
            copy(store, Store.open(name, lambda line: None))
        made = Store.open(name, lambda line: None)
        with made.reading() as connection:
            report = verify(connection)
        if not report.sound:
            raise EngineFault(f"the copy is not sound, and neither may the history be: {report.problems[0][1]}")
        _flush(name)
        Path(name).replace(target)
    except OSError as error:
        raise SurroundingsError(f"{target} cannot be written: {(error.strerror or str(error)).lower()}") from None
    finally:
        for leftover in (name, f"{name}-wal", f"{name}-shm"):
            if name and Path(leftover).exists():
                Path(leftover).unlink()
    return report


def _sqlite_copy(store: Store, name: str) -> None:
    with plain_errors(store.engine.url):
        raw = store.engine.raw_connection()
        try:
            raw.cursor().execute("VACUUM INTO ?", (name,))
        finally:
            raw.close()


def _flush(name: str) -> None:
    """Empty the write-ahead log into the file and force it to the disk."""
    import sqlite3

    connection = sqlite3.connect(name)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with Path(name).open("rb") as stream:
        os.fsync(stream.fileno())


def copy(source: Store, target: Store) -> None:
    """Copy every row of a history into an empty one, in one transaction; the index is made anew.

    Raises:
        InputError: the target holds records.
    """
    with source.reading() as old, target.writing() as new:
        if new.execute(select(func.count()).select_from(m.ledger)).scalar():
            raise InputError([Problem("holds records already; restore into an empty one", Place("--database"))])
        new.execute(m.about.delete())
        for table in m.metadata.sorted_tables:
            query = table.select().order_by(*table.primary_key.columns)
            rows = old.execute(query, execution_options={"yield_per": _BATCH})
            for part in rows.partitions(_BATCH):
                new.execute(insert(table), [dict(row._mapping) for row in part])
        _counters(new)
        rebuild(new)


def _counters(connection: Connection) -> None:
    """Let PostgreSQL number on after the copied rows."""
    if connection.dialect.name != "postgresql":
        return
    for table in ("cases", "case_versions", "measures"):
        following = f"SELECT coalesce(max(id), 0) + 1 FROM {table}"
        connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), ({following}), false)")


def restore(source: Path, target: Store) -> Report:
    """Copy a backup into an empty history and verify it.

    Raises:
        InputError: there is no such file, it is not sound, or the target holds records.
    """
    if not source.is_file():
        raise InputError([Problem("there is no such file", Place(str(source)))])
    saved = Store.open(str(source), lambda line: None, create=False)
    with saved.reading() as connection:
        report = verify(connection)
    if not report.sound:
        number, what = report.problems[0]
        raise InputError([Problem(f"the backup was changed: record {number}: {what}", Place(str(source)))])
    copy(saved, target)
    return report
