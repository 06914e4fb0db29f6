"""Figures kept beside the cases are read only while rulebook, program and cases are the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from rightscheck.audit import agreement
from rightscheck.audit.decided import case_files, figures, rulings_of
from rightscheck.cli.main import run
from rightscheck.problems import InputError
from rightscheck.resources import bundled
from rightscheck.rulebook.load import rulebook_from_content
from tests.audit.test_batch import RULES
from tests.books import ReferenceReader, content


@pytest.fixture
def decided(tmp_path: Path) -> Path:
    """A few decided cases in a folder of their own."""
    folder = tmp_path / "decided"
    folder.mkdir()
    for path in case_files(bundled("cases") / "decided")[:8]:
        shutil.copy(path, folder)
    return folder


def test_kept_figures_are_the_measured_ones(decided: Path) -> None:
    rulings = rulings_of(ReferenceReader(rulebook_from_content(content(RULES))), case_files(decided))
    path = agreement.keep_agreement(decided, "abc", rulings)
    key = agreement.agreement_key(decided, "abc")
    kept = agreement.kept_agreement(decided, key)
    assert path.parent == decided.parent and kept is not None
    assert sum(item["rulings"] for item in kept) == len(rulings)
    for item in kept:
        assert item["agreeing"] == figures(r for r in rulings if r.half == item["half"]).agreeing


def test_figures_of_something_else_are_not_used(decided: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agreement.keep_agreement(decided, "abc", [])
    key = agreement.agreement_key(decided, "abc")
    assert agreement.kept_agreement(decided, key) is not None
    assert agreement.kept_agreement(decided, agreement.agreement_key(decided, "abd")) is None
    with monkeypatch.context() as patch:
        patch.setattr(agreement, "__version__", "9.9.9")
        assert agreement.agreement_key(decided, "abc") != key
    first = case_files(decided)[0]
    first.write_bytes(first.read_bytes() + b"\n# changed\n")
    assert agreement.agreement_key(decided, "abc") != key
    agreement.agreement_path(decided).write_text("{")
    assert agreement.kept_agreement(decided, key) is None


def test_command_keeps_them(decided: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["audit", "decided", str(decided), "--keep", "--format", "json"]) == 0
    assert "agreement.json" in capsys.readouterr().err and agreement.agreement_path(decided).is_file()
    assert run(["audit", "decided", str(decided), "--keep", "--right", "assembly"]) == 2


def test_first_runs_are_kept_for_good_and_taken_together(decided: Path) -> None:
    book = rulebook_from_content(content(RULES))
    rulings = rulings_of(ReferenceReader(book), case_files(decided))
    assert agreement.unseen_item(decided) is None

    agreement.keep_first_run(decided, "one", book, rulings[:5])
    agreement.keep_first_run(decided, "two", book, rulings[5:])
    with pytest.raises(InputError, match="run before"):
        agreement.keep_first_run(decided, "one", book, rulings)

    item, every = agreement.unseen_item(decided), figures(rulings)
    if every.determined:
        assert item is not None and item["interval"] == every.wilson
        assert (item["rulings"], item["agreeing"], item["majority"]) == (every.rulings, every.agreeing, every.majority)
    agreement.first_runs_path(decided).write_text("{")
    with pytest.raises(InputError, match="first-runs.json"):
        agreement.unseen_item(decided)
