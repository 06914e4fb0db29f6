from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rightscheck.history.database import make_engine, url_of
from rightscheck.history.migrate import HEAD, REVISIONS, config, current, differences, downgrade, upgrade
from rightscheck.history.store import Store
from rightscheck.history.verify import verify
from rightscheck.rulebook.book import Rulebook
from tests.history import samples
from tests.history.conftest import rows

ROOT = Path(__file__).parents[2]


def test_the_known_revisions_are_those_of_the_migrations() -> None:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(config())
    assert tuple(r.revision for r in reversed(list(script.walk_revisions()))) == REVISIONS
    assert script.get_heads() == [HEAD]


def test_the_migrations_make_the_tables_the_program_expects(store: Store) -> None:
    assert differences(store.engine) == []


def test_a_missing_column_is_found(store: Store) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("ALTER TABLE assessments ADD COLUMN more TEXT")
        connection.exec_driver_sql("DROP INDEX ix_assessments_rulebook")
    found = " | ".join(differences(store.engine))
    assert "more" in found and "ix_assessments_rulebook" in found


def test_up_down_and_up_from_empty(database: str) -> None:
    engine = make_engine(url_of(database), lambda line: None)
    for revision in REVISIONS:
        upgrade(engine, revision)
        assert current(engine) == revision
    assert upgrade(engine) == (HEAD, HEAD)
    downgrade(engine, "base")
    assert current(engine) is None
    assert upgrade(engine) == (None, HEAD)
    assert differences(engine) == []


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_down_and_up_keeps_every_row(full: Store, revision: str) -> None:
    before = rows(full)
    downgrade(full.engine, revision)
    assert current(full.engine) == revision
    upgrade(full.engine)
    assert rows(full) == before
    assert differences(full.engine) == []
    with full.reading() as connection:
        assert verify(connection, deep=True).sound


KILLED = """
import os, signal, sys
from sqlalchemy import event
from rightscheck.history.database import make_engine, url_of
from rightscheck.history.migrate import upgrade
engine = make_engine(url_of(sys.argv[1]), print)
left = int(sys.argv[2])
@event.listens_for(engine, "after_cursor_execute")
def count(*args):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
upgrade(engine)
"""


@pytest.mark.parametrize("after", [6, 25])
def test_a_migration_killed_in_the_middle_recovers(database: str, book: Rulebook, after: int) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, database, str(after)], cwd=ROOT, check=False)
    assert done.returncode == -9
    engine = make_engine(url_of(database), lambda line: None)
    assert current(engine) is None
    store = Store.open(database, lambda line: None)
    assert differences(store.engine) == []
    assert samples.add_case(store, book, 0) == [1, 2]


@pytest.mark.parametrize("after", [15, 40])
def test_a_migration_of_a_full_history_killed_in_the_middle_recovers(
    full: Store, database: str, book: Rulebook, after: int
) -> None:
    before = rows(full)
    downgrade(full.engine, REVISIONS[0])
    done = subprocess.run([sys.executable, "-c", KILLED, database, str(after)], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert current(full.engine) == REVISIONS[0]
    store = Store.open(database, lambda line: None)
    assert rows(store) == before and differences(store.engine) == []
    with store.reading() as connection:
        assert verify(connection, deep=True).sound
    assert samples.add_case(store, book, 9) == [13, 14]


RUN = """
import sys, rightscheck
from rightscheck.cli.main import main
print(rightscheck.__file__)
main(sys.argv[1:])
"""


DOWN_AND_UP = """
import sys, rightscheck
from rightscheck.history.database import make_engine, url_of
from rightscheck.history.migrate import downgrade, upgrade
print(rightscheck.__file__)
engine = make_engine(url_of(sys.argv[1]), print)
for revision in sys.argv[2:]:
    downgrade(engine, revision)
    upgrade(engine)
"""


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_the_built_wheel_brings_its_migrations(
    kind: str, wheel: Path, tmp_path: Path, book: Rulebook, request: pytest.FixtureRequest
) -> None:
    database = str(tmp_path / "new.db") if kind == "sqlite" else request.getfixturevalue("postgres")
    base = [sys.executable, "-c", RUN, "--database", database]
    env = {**samples.ENV, "PYTHONPATH": str(wheel), "HOME": str(tmp_path)}
    for command, said in ((["db", "upgrade"], f"schema none to {HEAD}"), (["db", "check"], "the tables are those")):
        done = subprocess.run([*base, *command], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        where, line = done.stdout.splitlines()
        assert where.startswith(str(wheel)) and said in line
    store = Store.open(database, lambda line: None)
    samples.add_case(store, book, 1)
    before = rows(store)
    command = [sys.executable, "-c", DOWN_AND_UP, database, *REVISIONS[:-1]]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(wheel)) and rows(store) == before and differences(store.engine) == []


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the built wheel is installed."""
    import shutil
    import zipfile

    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    skipped = shutil.ignore_patterns("__pycache__", "*.egg-info", "_bundled")
    for name in ("engine", "rules", "alembic", "cases"):
        shutil.copytree(ROOT / name, source / name, ignore=skipped)
    for name in ("README.md", "LICENSE"):
        (source / name).touch()
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in"):
        shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(out), "."]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (built,) = out.glob("rightscheck-*.whl")
    target = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(target)
    assert (target / "rightscheck" / "_bundled" / "rules" / "rulebook.yaml").is_file()
    return target
