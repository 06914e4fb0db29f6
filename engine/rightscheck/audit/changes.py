"""Two rulebooks over the same measures: which verdicts change, in which direction, and by which edits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rightscheck.assessment.assess import Reader
from rightscheck.audit.bearing import Bearing
from rightscheck.audit.causes import Block, Causes, Search
from rightscheck.audit.encode import Reject
from rightscheck.audit.source import Source
from rightscheck.audit.verdicts import TARGETS, Found, VerdictKernel, direction, judged_codes, word_of
from rightscheck.problems import EngineFault
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.mixing import Mixer

BLOCK = 50_000  # changed measures that are explained together
CHECKED = 5  # changed and unchanged measures that the rules engine reads too
MAX_REJECTS = 20
LEVELS = ("measure", "right", "standard")
_HEAD = ("case", "measure", "country", "date")


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A changed verdict: of a right under a standard, of a right (`standard` None) or of the measure (both None).

    `because` holds the smallest sets of edits, by name, each of which alone turns the old verdict into the new;
    `smallest` is false where only this is known, that none of a set can be left out.
    """

    right: str | None
    standard: str | None
    old: str | None
    new: str | None
    direction: str
    because: list[list[str]]
    smallest: bool
    unlisted: list[str]

    @property
    def level(self) -> str:
        """What the verdict is of: measure, right or standard."""
        return LEVELS[(self.right is not None) + (self.standard is not None)]


@dataclass(frozen=True, slots=True)
class MeasureChange:
    """A measure some of whose verdicts change; `row` is its number in the table."""

    row: int
    case: str
    measure: str
    country: str | None
    date: str | None
    changes: list[VerdictChange]


@dataclass
class Totals:
    """Counts of a comparison; of edits, how many measures each moves in each direction."""

    rows: int = 0
    changed: int = 0
    rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)
    levels: dict[str, Counter[str]] = field(default_factory=lambda: {level: Counter() for level in LEVELS})
    steps: Counter[tuple[str, str]] = field(default_factory=Counter)
    edits: dict[str, Counter[str]] = field(default_factory=dict)
    unlisted: Counter[str] = field(default_factory=Counter)
    tried: int = 0

    def add(self, item: MeasureChange) -> None:
        """Count a changed measure."""
        self.changed += 1
        moved: dict[str, set[str]] = {}
        for change in item.changes:
            self.levels[change.level][change.direction] += 1
            if change.level == "measure":
                self.steps[str(change.old), str(change.new)] += 1
            for name in {n for edits in change.because for n in edits}:
                moved.setdefault(name, set()).add(change.direction)
        for name, ways in moved.items():
            self.edits.setdefault(name, Counter()).update(ways)
        self.unlisted.update({name for change in item.changes for name in change.unlisted})


Progress = Callable[[str], None]


class Comparison:
    """Compares two rulebooks over a source; `listed` are the names of edits allowed to make verdicts milder."""

    def __init__(self, old: Rulebook, new: Rulebook, listed: Collection[str] = ()) -> None:
        self.old, self.new, self.listed = old, new, frozenset(listed)
        self.mixer = Mixer(old, new)
        self.totals = Totals()

    def run(self, source: Source, progress: Progress = lambda _: None) -> Iterator[MeasureChange]:
        """Yield the changed measures in the order of the rows.

        Raises:
            InputError: the source's rows have no meaning.
            EngineFault: readings differ, or a change is not explained.
        """
        bearing = Bearing(self.mixer)
        kernels = VerdictKernel(self.old, bearing.nodes), VerdictKernel(self.new, bearing.nodes)
        search = Search(self.mixer, bearing.touches, lambda n: progress(f"{n:,} sets of edits tried"))
        held: list[tuple[pa.RecordBatch, npt.NDArray[np.int64]]] = []
        unchecked = True
        for unit in source.read(0):
            old, new = (kernel.read(unit.batch, unit.numbers) for kernel in kernels)
            rejects = [*unit.rejects, *old.encoded.rejects]
            self.totals.rejected += len({r.row for r in rejects})
            self.totals.rejects += rejects[: MAX_REJECTS - len(self.totals.rejects)]
            good = old.encoded.good
            self.totals.rows += int(good.sum())
            changed = (old.codes != new.codes).any(axis=0) & good
            if unchecked and good.any():
                self._check(old, new, changed, unit.numbers)
                unchecked = False
            if changed.any():
                held.append((unit.batch.filter(pa.array(changed)), unit.numbers[changed]))
            progress(f"{int(max(unit.numbers[-1:], default=0)):,} rows read")
            if sum(len(numbers) for _, numbers in held) >= BLOCK:
                yield from self._explained(held, kernels, bearing, search)
                held = []
        if held:
            yield from self._explained(held, kernels, bearing, search)
        self.totals.tried = search.tried

    def _check(self, old: Found, new: Found, changed: npt.NDArray[np.bool_], numbers: npt.NDArray[np.int64]) -> None:
        """Read some rows by the rules engine as well; raises EngineFault where it differs."""
        rng = Random(f"{self.old.sha256} {self.new.sha256}")
        rows: list[int] = []
        for kind in (changed, old.encoded.good & ~changed):
            some = np.flatnonzero(kind).tolist()
            rows += rng.sample(some, min(CHECKED, len(some)))
        for book, found in ((self.old, old), (self.new, new)):
            reader = Reader(book)
            for row in rows:
                if not np.array_equal(judged_codes(reader, found.encoded, row), found.codes[:, row]):
                    text = f"row {int(numbers[row])}: the reading by columns differs from the rules engine"
                    raise EngineFault(f"{text} (rulebook {book.sha256[:12]})")

    def _explained(
        self,
        held: list[tuple[pa.RecordBatch, npt.NDArray[np.int64]]],
        kernels: tuple[VerdictKernel, VerdictKernel],
        bearing: Bearing,
        search: Search,
    ) -> Iterator[MeasureChange]:
        tables = [pa.Table.from_batches([batch]) for batch, _ in held]
        table = pa.concat_tables(tables, promote_options="default").unify_dictionaries().combine_chunks()
        (batch,) = table.to_batches()
        numbers = np.concatenate([n for _, n in held])
        old, new = (kernel.read(batch, numbers) for kernel in kernels)
        block = Block(batch, numbers, old.encoded, old.codes, new.codes, bearing.candidates(old, new))
        found = search.explain(block)
        texts = {name: _texts(batch, name) for name in _HEAD}
        for row, jobs in _by_row(found):
            head = {name: texts[name][row] for name in _HEAD}
            changes = [self._change(block, found, job) for job in jobs]
            item = MeasureChange(int(numbers[row]), **head, changes=changes)
            self.totals.add(item)
            yield item

    def _change(self, block: Block, found: Causes, job: int) -> VerdictChange:
        row, place = int(found.rows[job]), int(found.targets[job])
        target = TARGETS[place]
        before, after = word_of(int(block.old[place, row])), word_of(int(block.new[place, row]))
        way = direction(before, after)
        because = [[n for group in sorted(edits) for n in self.mixer.names(group)] for edits in found.sets[job]]
        named = dict.fromkeys(n for edits in because for n in edits)
        return VerdictChange(
            right=target[0] if target else None,
            standard=target[1] if len(target) > 1 else None,
            old=before,
            new=after,
            direction=way,
            because=because,
            smallest=bool(found.smallest[job]),
            unlisted=[n for n in named if n not in self.listed] if way == "milder" else [],
        )


def _by_row(found: Causes) -> Iterator[tuple[int, list[int]]]:
    order = np.lexsort((found.targets, found.rows))
    rows = found.rows[order]
    starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]]).tolist()
    for first, last in zip(starts, [*starts[1:], len(rows)], strict=True):
        yield int(rows[first]), order[first:last].tolist()


def _texts(batch: pa.RecordBatch, name: str) -> list[Any]:
    if name not in batch.schema.names:
        return [None] * batch.num_rows
    return [v.decode("utf-8", "replace") if isinstance(v, bytes) else v and str(v) for v in _listed(batch, name)]


def _listed(batch: pa.RecordBatch, name: str) -> list[Any]:
    values: list[Any] = batch.column(name).to_pylist()
    return values


__all__ = ["LEVELS", "Comparison", "MeasureChange", "Totals", "VerdictChange"]
