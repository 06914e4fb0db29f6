"""A rulebook ready for batches: its circuit with an encoder before it and results behind it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa

from rightscheck.audit.circuit import BookCircuit
from rightscheck.audit.encode import Encoded, Encoder, Reject
from rightscheck.audit.results import Outcome, Results
from rightscheck.audit.standing import Standing
from rightscheck.audit.tables import Unit
from rightscheck.readings.columns import words_for
from rightscheck.rulebook.book import Rulebook


@dataclass(frozen=True)
class Options:
    """What a run is to do."""

    lists: bool = False
    detail: bool = False
    strict: bool = False
    as_of: datetime.date | None = None
    standards: tuple[str, ...] = ()
    sheet: str | None = None


class Evaluate(Protocol):
    """Gives the circuit's outputs for encoded rows."""

    def __call__(self, found: Encoded) -> Outcome:
        """Evaluate the rows."""
        ...


@dataclass
class Kernel:
    """A rulebook's circuit with its encoder: Arrow batch in, Arrow batch out."""

    book: Rulebook
    options: Options = field(default_factory=Options)

    def __post_init__(self) -> None:
        detail = self.options.detail
        circuit = BookCircuit(self.book)
        skipped = set() if detail else {"by", "covered", "right-best", "right-worst", "engaged"}
        self.program, self.place = circuit.program(lambda key: isinstance(key, tuple) and key[0] not in skipped)
        self.skipped = skipped
        self.standing = Standing(self.book)
        self.encoder = Encoder(self.standing, self.program.inputs)
        self.results = Results(self.book, self.standing, lists=self.options.lists, detail=detail)
        self._words = 0

    def encode(self, unit: Unit) -> Encoded:
        """Read a unit's cells."""
        return self.encoder.encode(unit.batch, unit.numbers, self.options.as_of, self.options.standards)

    def evaluate(self, found: Encoded) -> Outcome:
        """Evaluate encoded rows by columns."""
        self._words = max(self._words, words_for(found.rows), 1)
        bits = self.program.run(self.encoder.inputs(found, self._words), self._words)
        return Outcome(found.rows, bits, self.place)

    def assess(self, batch: pa.RecordBatch) -> tuple[pa.RecordBatch, list[Reject]]:
        """Return the results of a batch's good rows and what is wrong with the others."""
        unit = Unit(batch, np.arange(1, batch.num_rows + 1), [], 1.0)
        found = self.encode(unit)
        return self.results.batch(batch, unit.numbers, found, self.evaluate(found)), found.rejects


__all__ = ["Evaluate", "Kernel", "Options"]
