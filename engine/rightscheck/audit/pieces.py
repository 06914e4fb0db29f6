"""What one unit of rows gives: results, bad rows, counts, keys and rows to be checked. The same wherever it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rightscheck.audit.checks import Sample, sampled
from rightscheck.audit.encode import Encoded, Reject
from rightscheck.audit.kernel import Evaluate, Kernel
from rightscheck.audit.repeats import Keys, keys_of
from rightscheck.audit.results import Outcome
from rightscheck.audit.tables import Unit
from rightscheck.audit.tally import Tally

Numbers = npt.NDArray[np.int64]
Keep = Callable[[Unit, Encoded, Outcome], Numbers]
"""Stores a unit's measures and gives the number of each row's assessment, 0 for a rejected row."""


@dataclass
class Piece:
    """What a unit gave; `results` are a batch, or bytes where they were made elsewhere for a Parquet file."""

    row: int
    share: float
    numbers: Numbers
    keys: Keys
    rejects: list[Reject]
    tally: dict[str, object]
    results: pa.RecordBatch | bytes | None = None
    samples: list[Sample] = field(default_factory=list)


def piece_of(
    kernel: Kernel,
    unit: Unit,
    evaluate: Evaluate | None = None,
    *,
    seed: int = 0,
    checks: int = 0,
    keep: Keep | None = None,
) -> Piece:
    """Evaluate a unit.

    Args:
        kernel: the rulebook's circuit.
        unit: the rows.
        evaluate: what evaluates them instead of the circuit.
        seed: chooses the rows to be checked.
        checks: how many rows are to be checked.
        keep: stores the measures.
    """
    found = kernel.encode(unit)
    rejects = sorted([*unit.rejects, *found.rejects], key=lambda r: r.row)
    row = max([0, *(int(n) for n in unit.numbers[-1:]), *(r.row for r in unit.rejects[-1:])])
    tally = Tally(kernel.book)
    piece = Piece(row, unit.share, unit.numbers, np.zeros(0, dtype=np.uint64), rejects, {})
    if found.rows and not (rejects and kernel.options.strict):
        outcome = (evaluate or kernel.evaluate)(found)
        piece.samples = sampled(seed, checks, unit, found, outcome) if checks else []
        tally.add(found, outcome)
        results = kernel.results.batch(unit.batch, unit.numbers, found, outcome)
        piece.keys = keys_of(unit.batch, found.good)
        if keep is not None:
            stored = keep(unit, found, outcome)[found.good]
            tally.keep(stored)
            results = results.append_column("assessment", pa.array(stored))
        piece.results = results
    else:
        piece.numbers = unit.numbers[:0]
    for reject in rejects:
        tally.reject(reject.column, reject.reason)
    tally.rejected = len({r.row for r in rejects})
    piece.tally = tally.data()
    return piece


__all__ = ["Keep", "Numbers", "Piece", "piece_of"]
