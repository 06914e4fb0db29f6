from __future__ import annotations

import stat
from pathlib import Path

import pytest

from rightscheck.history.backup import backup, restore
from rightscheck.history.erase import erase_case
from rightscheck.history.store import Store
from rightscheck.history.verify import verify
from rightscheck.problems import EngineFault, InputError, SurroundingsError
from rightscheck.rulebook.book import Rulebook
from tests.history import samples
from tests.history.conftest import rows


def test_backup_and_restore_keep_every_row(full: Store, database: str, tmp_path: Path, book: Rulebook) -> None:
    erase_case(full, "case-2")
    report = backup(full, tmp_path / "copy.db")
    assert report.records == 13
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    copied = Store.open(str(tmp_path / "copy.db"), lambda line: None)
    assert rows(copied) == rows(full)
    with copied.reading() as connection:
        assert verify(connection, deep=True).root == report.root
    target = Store.open(str(tmp_path / "restored.db"), lambda line: None)
    restore(tmp_path / "copy.db", target)
    assert rows(target) == rows(full)
    samples.add_case(target, book, 9)
    with target.reading() as connection:
        assert verify(connection, deep=True).sound
    with pytest.raises(InputError, match="holds records"):
        restore(tmp_path / "copy.db", target)


@pytest.mark.postgres
def test_from_sqlite_to_postgres_and_on(tmp_path: Path, postgres: str, book: Rulebook) -> None:
    small = Store.open(str(tmp_path / "small.db"), lambda line: None)
    for number in range(3):
        samples.add_case(small, book, number)
    office = Store.open(postgres, lambda line: None)
    restore(tmp_path / "small.db", office)
    assert rows(office) == rows(small)
    assert samples.add_case(office, book, 4) == [7, 8]
    with office.reading() as connection:
        assert verify(connection, deep=True).sound


def test_a_backup_that_cannot_be(full: Store, tmp_path: Path) -> None:
    (tmp_path / "there.db").write_text("x")
    with pytest.raises(InputError, match="is there already"):
        backup(full, tmp_path / "there.db")
    with pytest.raises(SurroundingsError, match="cannot be written"):
        backup(full, Path("/proc/none/copy.db"))
    with full.writing() as connection:
        connection.exec_driver_sql("UPDATE assessments SET verdict = 'low', engine = 'x'")
    with pytest.raises(EngineFault, match="not sound"):
        backup(full, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists() and not list(tmp_path.glob(".copy*"))
    with pytest.raises(InputError, match="no such file"):
        restore(tmp_path / "copy.db", full)
