"""Opening the database: its address, permissions, pragmas and locks, and its errors in one clear line."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import platformdirs
from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url, text
from sqlalchemy.pool import NullPool

from rightscheck.problems import EngineFault, InputError, Place, Problem, RightscheckError, SurroundingsError

Notice = Callable[[str], None]
LOCK_SECONDS: float = 30
WRITER_LOCK = 7_402_115_318  # advisory lock of PostgreSQL: one writer of a history at a time


def default_path() -> Path:
    """Return the file of the default database."""
    return Path(platformdirs.user_data_dir("rightscheck")) / "history.db"


def url_of(database: str | None) -> URL:
    """Return the address of a database; a bare path is an SQLite file.

    Raises:
        InputError: it is no address, or of another kind than SQLite and PostgreSQL.
    """
    if not database:
        return URL.create("sqlite", database=str(default_path()))
    if "://" not in database:
        return URL.create("sqlite", database=str(Path(database).expanduser()))
    try:
        url = make_url(database)
    except (exc.ArgumentError, ValueError):
        raise InputError([Problem("is no database address (sqlite:///file or postgresql://...)", _PLACE)]) from None
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        if not url.database or url.database == ":memory:":
            raise InputError([Problem("an SQLite history needs a file: sqlite:///path/to/history.db", _PLACE)])
        return url.set(drivername="sqlite")
    raise InputError([Problem("the history is kept in SQLite or PostgreSQL, not in this", _PLACE, url.drivername)])


_PLACE = Place("--database")


def shown(url: URL) -> str:
    """Return a database's address for people, without a password."""
    if url.drivername == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host") or "localhost"
    return f"PostgreSQL at {host}/{url.database or ''}"


def file_of(url: URL) -> Path | None:
    """Return the file of an SQLite database, None for another."""
    if url.drivername != "sqlite" or not url.database or url.database.startswith("file:"):
        return None
    return Path(url.database)


def make_engine(url: URL, notice: Notice, *, create: bool = True) -> Engine:
    """Return an engine; the file of an SQLite database is made first, for its owner alone.

    Raises:
        SurroundingsError: the file or its folder cannot be made or read.
    """
    if url.drivername == "sqlite":
        path = file_of(url)
        if path is not None:
            _prepare(path, notice, create)
        return _sqlite(url)
    return _postgres(url)


def _prepare(path: Path, notice: Notice, create: bool) -> None:
    try:
        if not path.exists():
            if not create:
                raise SurroundingsError(f"there is no database {path}; the first `rightscheck assess` makes it")
            make_folder(path.parent)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            os.fchmod(handle, 0o600)
            os.close(handle)
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise SurroundingsError(f"the database {path} cannot be opened: {_reason(error)}") from None
    if path.is_dir():
        raise SurroundingsError(f"the database {path} cannot be opened: it is a folder")
    if mode & 0o077:
        notice(f"warning: others can read the database {path}; mend it with `chmod 600 {path}`")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, each for its owner alone whatever the umask."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    for part in reversed(missing):
        part.mkdir(mode=0o700, exist_ok=True)
        part.chmod(0o700)


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _sqlite(url: URL) -> Engine:
    seconds = float(str(url.query.get("timeout", LOCK_SECONDS)))
    engine = create_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": seconds, "check_same_thread": False}
    )

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None
        for pragma in ("foreign_keys=ON", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode=WAL")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("history_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgres(url: URL) -> Engine:
    try:
        engine = create_engine(
            url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={
                "connect_timeout": int(str(url.query.get("connect_timeout", 10))),
                "options": f"-c lock_timeout={int(LOCK_SECONDS * 1000)} -c client_encoding=utf8",
                "application_name": "rightscheck",
            },
        )
    except ImportError:
        raise SurroundingsError("PostgreSQL needs its driver: pip install 'rightscheck[postgres]'") from None
    import psycopg

    class Streamed(psycopg.ServerCursor[Any]):
        """Takes rows as bytes, not as text with two digits a byte: half the work for large contents."""

        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            self.format = psycopg.pq.Format.BINARY

    @event.listens_for(engine, "connect")
    def connected(connection: psycopg.Connection[Any], _: Any) -> None:
        connection.server_cursor_factory = Streamed

    return engine


@contextlib.contextmanager
def plain_errors(url: URL) -> Iterator[None]:
    """Turn the database's errors into SurroundingsError, one line without any value or password.

    Raises:
        SurroundingsError: the database cannot be reached, read or written.
        EngineFault: it refuses a statement of ours.
    """
    try:
        yield
    except RightscheckError:
        raise
    except (exc.DBAPIError, sqlite3.Error) as error:
        origin = error.orig if isinstance(error, exc.DBAPIError) else error
        raise _plain(url, origin) from None
    except OSError as error:
        raise SurroundingsError(f"the database {shown(url)} cannot be used: {_reason(error)}") from None


_KINDS = (
    ("is locked", "is in use by another program and stayed locked; try again"),
    ("lock timeout", "is in use by another program and stayed locked; try again"),
    ("readonly", "cannot be written: it is read-only"),
    ("read-only", "cannot be written: it is read-only"),
    ("is full", "cannot be written: the disk is full"),
    ("disk i/o", "cannot be read or written: the disk is full or fails"),
    ("not a database", "is no database, or is damaged"),
    ("malformed", "is damaged; restore a backup"),
    ("unable to open", "cannot be opened (does the folder exist, and may you write there?)"),
    ('role "', "refuses the user name or the password"),
    ("does not exist", "does not exist there, or the history in it is incomplete"),
    ("password authentication", "refuses the user name or the password"),
    ("no password supplied", "asks for a password; give one in the address or in a pgpass file"),
    ("authentication failed", "refuses the user name or the password"),
    ("permission denied", "refuses permission to this user"),
    ("insufficient privilege", "refuses permission to this user"),
    ("could not translate host", "cannot be reached: no such host"),
    ("failed to resolve", "cannot be reached: no such host"),
    ("name or service not known", "cannot be reached: no such host"),
    ("connection refused", "cannot be reached: the server refuses the connection"),
    ("no such file or directory", "cannot be reached: no server answers there"),
    ("timeout expired", "cannot be reached: no answer in time"),
    ("connection timeout", "cannot be reached: no answer in time"),
    ("connection failed", "cannot be reached: the connection fails"),
    ("could not extend", "cannot be written: the server's disk is full"),
    ("no space left", "cannot be written: the disk is full"),
    ("server closed the connection", "broke the connection off; nothing of this assessment was stored"),
    ("terminating connection", "broke the connection off; nothing of this assessment was stored"),
    ("connection is closed", "broke the connection off; nothing of this assessment was stored"),
    ("consuming input failed", "broke the connection off; nothing of this assessment was stored"),
)


def _plain(url: URL, origin: BaseException | None) -> RightscheckError:
    said = str(origin).lower()
    for mark, line in _KINDS:
        if mark in said:
            return SurroundingsError(f"the database {shown(url)} {line}")
    name = type(origin).__name__
    if name in ("OperationalError", "DatabaseError", "InternalError", "InterfaceError", "ConnectionTimeout"):
        return SurroundingsError(f"the database {shown(url)} fails ({name})")
    return EngineFault(f"the database {shown(url)} refuses a statement of ours ({name})")


@contextlib.contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a connection in one writing transaction, alone among writers; it commits at the end or not at all."""
    with (
        plain_errors(engine.url),
        engine.connect().execution_options(history_writes=True) as connection,
        connection.begin(),
    ):
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})
        yield connection


@contextlib.contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a connection that reads one state of the database."""
    with plain_errors(engine.url), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection
