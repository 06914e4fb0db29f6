"""What fails around us: one clear line, exit 4, nothing half stored, no traceback, no text of a case."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from rightscheck.cli.main import run
from rightscheck.history.query import Filters, listing
from rightscheck.history.store import Store
from rightscheck.rulebook.book import Rulebook
from tests.history import samples

ROOT = Path(__file__).parents[2]


@pytest.fixture
def case_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, book: Rulebook) -> str:
    """A case file; the command line reads the small rulebook."""
    monkeypatch.setattr("rightscheck.cli.common.load_rulebook", lambda path: book)
    monkeypatch.setattr("rightscheck.history.replay.load_rulebook", lambda: book)
    path = tmp_path / "case.json"
    path.write_text(json.dumps(samples.case_data(0)))
    return str(path)


def fails(capsys: pytest.CaptureFixture[str], *args: str, code: int = 4) -> str:
    assert run(list(args)) == code
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1, err
    assert "Traceback" not in err and "Summary 0" not in err and "rallies" not in err
    return err


def test_a_folder_that_cannot_be_written(case_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cannot be opened" in fails(capsys, "--database", "/proc/none/history.db", "assess", case_file)


def test_a_folder_in_place_of_a_file(case_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "it is a folder" in fails(capsys, "--database", str(tmp_path), "assess", case_file)


def test_no_database_to_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["history", "list"], ["history", "show", "1"], ["explain", "1"], ["db", "check"]):
        assert "there is no database" in fails(capsys, "--database", str(tmp_path / "no.db"), *command)
    assert not (tmp_path / "no.db").exists()


def test_a_file_that_is_no_database(case_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "text.db"
    path.write_bytes(b"this is a text, and a long one, not a database" * 100)
    path.chmod(0o600)
    assert "is no database, or is damaged" in fails(capsys, "--database", str(path), "assess", case_file)


def test_a_locked_database(case_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "history.db"
    store = Store.open(str(path), lambda line: None)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "stayed locked" in fails(capsys, "--database", f"sqlite:///{path}?timeout=0.2", "assess", case_file)
    other.close()
    with store.reading() as connection:
        assert listing(connection, Filters(), 10) == []


def test_a_read_only_database(case_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "history.db"
    Store.open(str(path), lambda line: None)
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    assert "it is read-only" in fails(capsys, "--database", url, "assess", case_file)
    assert run(["--database", url, "history", "list"]) == 0


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from rightscheck.history.store import Store
from rightscheck.problems import SurroundingsError
from tests.history import samples
store = Store.open(sys.argv[1], print)
book = samples.small_book()
samples.add_case(store, book, 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    for number in range(1, 500):
        samples.add_case(store, book, number)
        print("stored", 2 + 2 * number, flush=True)
except SurroundingsError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@pytest.mark.parametrize("room", [300_000, 401_234])
def test_a_full_disk(tmp_path: Path, room: int) -> None:
    path = tmp_path / "history.db"
    command = [sys.executable, "-c", FULL, str(path), str(room)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    last = done.stdout.splitlines()
    assert "cannot be" in last[-1] and "full" in last[-1]
    acknowledged = max([int(line.split()[1]) for line in last if line.startswith("stored")], default=2)
    store = Store.open(str(path), lambda line: None)
    with store.reading() as connection:
        found = len(listing(connection, Filters(), 10_000))
        assert acknowledged <= found <= acknowledged + 1
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


@pytest.mark.postgres
def test_an_unreachable_server(case_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = fails(capsys, "--database", "postgresql://u:secret@127.0.0.1:1/d", "assess", case_file)
    assert "cannot be reached" in said and "secret" not in said
    said = fails(capsys, "--database", "postgresql://u:secret@no-such-host.invalid/d", "assess", case_file)
    assert "cannot be reached" in said and "secret" not in said
    said = fails(capsys, "--database", "postgresql://u:secret@/d?host=/proc/none", "assess", case_file)
    assert "no server answers there" in said and "secret" not in said


@pytest.mark.postgres
def test_an_unknown_user(postgres: str, case_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = make_url(postgres).set(username="nobody-here").render_as_string(hide_password=False)
    assert "refuses the user name" in fails(capsys, "--database", url, "assess", case_file)


@pytest.mark.postgres
def test_a_database_that_is_not_there(server: str, case_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    url = make_url(server).set(database="none").render_as_string(hide_password=False)
    assert "does not exist there" in fails(capsys, "--database", url, "assess", case_file)


@pytest.mark.postgres
def test_a_wrong_password(server: str, postgres: str, case_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    admin = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        rules = Path(str(connection.execute(text("SHOW hba_file")).scalar()))
        try:
            before = rules.read_text()
        except OSError:
            pytest.skip("the server's rules of access cannot be written from here")
        connection.execute(text("DROP ROLE IF EXISTS stranger"))
        connection.execute(text("CREATE ROLE stranger LOGIN PASSWORD 'right'"))
        rules.write_text("local all stranger scram-sha-256\nhost all stranger all scram-sha-256\n" + before)
        connection.execute(text("SELECT pg_reload_conf()"))
        try:
            for _ in range(50):
                connection.execute(text("SELECT pg_sleep(0.05)"))
                lines = connection.execute(
                    text("SELECT count(*) FROM pg_hba_file_rules WHERE 'stranger' = ANY(user_name)")
                )
                if lines.scalar():
                    break
            url = make_url(postgres).set(username="stranger", password="wrong").render_as_string(hide_password=False)
            said = fails(capsys, "--database", url, "assess", case_file)
            assert "refuses the user name or the password" in said and "wrong" not in said.replace("wrong ", "")
        finally:
            rules.write_text(before)
            connection.execute(text("SELECT pg_reload_conf()"))
            connection.execute(text("DROP ROLE stranger"))
    admin.dispose()


@pytest.mark.postgres
def test_a_locked_server(
    postgres: str, case_file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rightscheck.history import database

    store = Store.open(postgres, lambda line: None)
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.2)
    with store.writing():
        assert "stayed locked" in fails(capsys, "--database", postgres, "assess", case_file)


def test_a_newer_schema(database: str, case_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store.open(database, lambda line: None)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for command in (["assess", case_file], ["history", "list"], ["db", "upgrade"]):
        assert "newer version of rightscheck" in fails(capsys, "--database", database, *command)


def test_a_wrong_address_is_usage(case_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "not in this" in fails(capsys, "--database", "mysql://u:pw@h/d", "assess", case_file, code=2)


def test_nothing_is_stored_where_one_file_is_wrong(
    case_file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("case: x\ntitle: y\nmeasures: []\n")
    assert run(["--database", str(tmp_path / "new.db"), "assess", case_file, str(wrong)]) == 2
    assert not (tmp_path / "new.db").exists()
    capsys.readouterr()
