"""Agreement with decided cases as figures kept beside the cases, so that a report reads and does not measure them.

The figures are bound to the program's version, the rulebook's digest and the bytes of the cases; where one differs they
are measured anew. The first run of a batch of cases, on a rulebook frozen before anyone who writes rules had opened
them, is kept for good: it says what to expect of cases not seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rightscheck import __version__
from rightscheck.audit.decided import Figures, Ruling, case_files, figures, wilson
from rightscheck.problems import InputError, Place, Problem, SurroundingsError
from rightscheck.rulebook.book import Rulebook

HALVES = ("A", "B")
_COUNTS = ("rulings", "determined", "agreeing", "violations", "low_on_violation")


def agreement_path(decided: Path) -> Path:
    """Return where the figures of a folder of decided cases are kept."""
    return decided.parent / "agreement.json"


def agreement_key(decided: Path, rulebook: str) -> str:
    """Return the SHA-256 over what the figures rest on: version, rulebook and cases."""
    hasher = hashlib.sha256(f"{__version__} {rulebook}".encode())
    for path in case_files(decided):
        hasher.update(path.read_bytes())
    return hasher.hexdigest()


def agreement_items(rulings: Iterable[Ruling]) -> list[dict[str, Any]]:
    """Return the figures of both halves as plain data."""
    every = list(rulings)
    return [{"half": half, **_plain(figures(r for r in every if r.half == half))} for half in HALVES]


def _plain(made: Figures) -> dict[str, Any]:
    return {
        "rulings": made.rulings,
        "determined": made.determined,
        "agreeing": made.agreeing,
        "interval": made.wilson,
        "majority": made.majority,
        "low_on_violation": made.low_on_violation,
    }


def keep_agreement(decided: Path, rulebook: str, rulings: Iterable[Ruling]) -> Path:
    """Write the figures beside the cases and return where; raises SurroundingsError."""
    path = agreement_path(decided)
    data = {"key": agreement_key(decided, rulebook), "rulebook": rulebook, "halves": agreement_items(rulings)}
    _write(path, data)
    return path


def _write(path: Path, data: object) -> None:
    try:
        path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise SurroundingsError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from None


def kept_agreement(decided: Path, key: str) -> list[Any] | None:
    """Return the figures kept beside the cases, None where there are none or they rest on something else."""
    try:
        data = json.loads(agreement_path(decided).read_bytes())
        return list(data["halves"]) if data["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def first_runs_path(decided: Path) -> Path:
    """Return where the first runs of batches are kept, for a folder of decided cases."""
    return decided.parent / "first-runs.json"


def first_runs(decided: Path) -> list[dict[str, Any]]:
    """Return the first runs of batches, oldest first; raises InputError where their file is not as it was written."""
    path = first_runs_path(decided)
    try:
        return list(json.loads(path.read_bytes())) if path.is_file() else []
    except (OSError, ValueError, TypeError) as error:
        raise InputError([Problem(f"cannot be read: {error}", Place(str(path)))]) from None


def keep_first_run(decided: Path, batch: str, book: Rulebook, rulings: Iterable[Ruling]) -> Path:
    """Add the first run of a batch and return where.

    Raises:
        InputError: the batch was run before; a later run is not a first one.
        SurroundingsError: the file cannot be written.
    """
    kept = first_runs(decided)
    if any(run["batch"] == batch for run in kept):
        raise InputError([Problem("was run before, and only the first run counts", Place("--batch"), batch)])
    made = figures(rulings)
    run = {"batch": batch, "version": book.content.version, "rulebook": book.sha256, "violations": made.violations}
    path = first_runs_path(decided)
    _write(path, [*kept, {**run, **_plain(made)}])
    return path


def unseen_item(decided: Path) -> dict[str, Any] | None:
    """Return the first runs taken together as plain data, None where there are none."""
    runs = first_runs(decided)
    total = {name: sum(run[name] for run in runs) for name in _COUNTS}
    if not total["determined"]:
        return None
    commoner = max(total["violations"], total["rulings"] - total["violations"])
    return {
        "half": "unseen",
        **{name: total[name] for name in _COUNTS if name != "violations"},
        "interval": wilson(total["agreeing"], total["determined"]),
        "majority": commoner / total["rulings"],
    }
