"""Agreement with decided cases as figures kept beside the cases, so that a report reads and does not measure them.

The figures are bound to the program's version, the rulebook's digest and the bytes of the cases; where one differs they
are measured anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rightscheck import __version__
from rightscheck.audit.decided import Ruling, case_files, figures
from rightscheck.problems import SurroundingsError

HALVES = ("A", "B")


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
    found = []
    for half in HALVES:
        made = figures(r for r in every if r.half == half)
        found.append(
            {
                "half": half,
                "rulings": made.rulings,
                "determined": made.determined,
                "agreeing": made.agreeing,
                "interval": made.wilson,
                "majority": made.majority,
                "low_on_violation": made.low_on_violation,
            }
        )
    return found


def keep_agreement(decided: Path, rulebook: str, rulings: Iterable[Ruling]) -> Path:
    """Write the figures beside the cases and return where; raises SurroundingsError."""
    path = agreement_path(decided)
    data = {"key": agreement_key(decided, rulebook), "rulebook": rulebook, "halves": agreement_items(rulings)}
    try:
        path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise SurroundingsError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from None
    return path


def kept_agreement(decided: Path, key: str) -> list[Any] | None:
    """Return the figures kept beside the cases, None where there are none or they rest on something else."""
    try:
        data = json.loads(agreement_path(decided).read_bytes())
        return list(data["halves"]) if data["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
