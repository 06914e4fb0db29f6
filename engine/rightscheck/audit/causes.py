"""Which edits of a rulebook cause a changed verdict: the smallest sets of edits that bring it about by themselves.

For each changed verdict, sets of the edits that may bear on it are applied to the old rulebook, the smallest first,
until some give the new verdict. A set is tried on all the measures it may explain at once: by columns where they are
many, by the reference where they are few. Where there would be too many sets, edits are taken out of the whole one by
one as long as the new verdict stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rightscheck.audit.bearing import Flags
from rightscheck.audit.encode import Encoded
from rightscheck.audit.tables import UNIT
from rightscheck.audit.verdicts import TARGETS, Codes, Reference, VerdictKernel, judged_codes, word_of
from rightscheck.problems import EngineFault
from rightscheck.rulebook.mixing import Mixer

MAX_TRIALS = 600  # sets of edits tried for one verdict before edits are taken out one by one
FEW = 60  # rows that the reference reads faster than a circuit is built
CHECKED = 2  # changes of each set of edits that are assessed again by the reference
MAX_CHECKED = 200  # sets of edits of which changes are assessed again

Edits = frozenset[int]
Places = npt.NDArray[np.int64]


@dataclass
class Block:
    """Measures whose verdicts change: their rows, both verdicts by target, and the groups that may bear on each."""

    batch: pa.RecordBatch
    numbers: npt.NDArray[np.int64]
    encoded: Encoded
    old: Codes
    new: Codes
    candidates: Flags


@dataclass
class Causes:
    """What was found for one block: for each change (a row and a target) its smallest sets of groups.

    `smallest` is false where the sets are not known to be smallest, only that nothing can be left out of them.
    """

    rows: Places
    targets: Places
    sets: list[list[Edits]]
    smallest: Flags


@dataclass
class Search:
    """Finds causes block by block."""

    mixer: Mixer
    touches: Flags
    progress: Callable[[int], None] = lambda _: None
    few: int = FEW
    most: int = MAX_TRIALS
    tried: int = 0
    _checked: dict[Edits, int] = field(default_factory=dict)

    def explain(self, block: Block) -> Causes:
        """Return the causes of every change in a block.

        Raises:
            EngineFault: a change is explained by no edits, or the reference does not confirm an explanation.
        """
        targets, rows = np.nonzero(block.old != block.new)
        found = Causes(rows, targets, [[] for _ in rows], np.ones(len(rows), dtype=np.bool_))
        allowed = block.candidates[:, rows] & self.touches[:, targets]
        self._whole(block, found, list(_alike(allowed)))
        left = [n for n, sets in enumerate(found.sets) if not sets]
        if left:
            self._taken_out(block, found, tuple(range(len(self.mixer.groups))), np.array(left, dtype=np.int64))
        self._confirm(block, found)
        return found

    def _whole(self, block: Block, found: Causes, pending: list[tuple[tuple[int, ...], Places]]) -> None:
        """Search among the sets of the groups that may bear on each change, a size at a time; a set is tried once."""
        size = 0
        while pending:
            size += 1
            wanted: dict[Edits, list[Places]] = {}
            going = []
            for chosen, jobs in pending:
                if sum(comb(len(chosen), n) for n in range(1, size + 1)) > self.most:
                    self._taken_out(block, found, chosen, jobs)
                    continue
                going.append((chosen, jobs))
                for some in combinations(chosen, size):
                    wanted.setdefault(frozenset(some), []).append(jobs)
            for edits, parts in wanted.items():
                jobs = np.concatenate(parts)
                for job in jobs[self._gives(block, found, edits, jobs)].tolist():
                    found.sets[job].append(edits)
            pending = []
            for chosen, jobs in going:
                rest = np.array([job for job in jobs.tolist() if not found.sets[job]], dtype=np.int64)
                if len(rest) and size < len(chosen):
                    pending.append((chosen, rest))

    def _taken_out(self, block: Block, found: Causes, chosen: tuple[int, ...], jobs: Places) -> None:
        """Take groups out one by one as long as the new verdict stays, until none can be taken out."""
        whole = frozenset(chosen)
        gives = self._gives(block, found, whole, jobs)
        if not gives.all():
            bad, jobs = jobs[~gives], jobs[gives]
            if len(chosen) == len(self.mixer.groups):
                row, target = found.rows[bad[0]], TARGETS[found.targets[bad[0]]]
                number = int(block.numbers[row])
                raise EngineFault(f"row {number}: no edit explains the verdict on {'/'.join(target) or 'the measure'}")
        held: dict[Edits, Places] = {whole: jobs}
        settled = False
        while not settled:
            settled = True
            for group in chosen:
                after: dict[Edits, Places] = {}
                for edits, mine in held.items():
                    stays = np.zeros(len(mine), dtype=np.bool_)
                    if group in edits and len(mine):
                        stays = self._gives(block, found, edits - {group}, mine)
                        settled = settled and not stays.any()
                    for kept, part in ((edits - {group}, mine[stays]), (edits, mine[~stays])):
                        if len(part):
                            after[kept] = np.concatenate([after[kept], part]) if kept in after else part
                held = after
        for edits, mine in held.items():
            found.smallest[mine] = False
            for job in mine.tolist():
                found.sets[job].append(edits)

    def _gives(self, block: Block, found: Causes, edits: Edits, jobs: Places) -> Flags:
        """Return for which jobs the old rulebook with these edits gives the new verdict."""
        rows, place = np.unique(found.rows[jobs], return_inverse=True)
        self.tried += 1
        self.progress(self.tried)
        codes = self._codes(block, edits, rows)
        wanted = block.new[found.targets[jobs], found.rows[jobs]]
        given: Flags = codes[found.targets[jobs], place.reshape(-1)] == wanted
        return given

    def _codes(self, block: Block, edits: Edits, rows: Places) -> Codes:
        book = self.mixer.mixed(edits)
        if len(rows) <= self.few:
            reader = Reference(book)
            return np.stack([judged_codes(reader, block.encoded, int(row)) for row in rows], axis=1)
        kernel = VerdictKernel(book)
        parts = []
        for first in range(0, len(rows), UNIT):
            parts.append(kernel.read(block.batch.take(pa.array(rows[first : first + UNIT]))).codes)
        return np.concatenate(parts, axis=1)

    def _confirm(self, block: Block, found: Causes) -> None:
        """Assess some changes of each cause again by the reference: the whole set gives it, one edit less does not."""
        for job, sets in enumerate(found.sets):
            for edits in sets:
                if self._checked.get(edits, 0) >= CHECKED or len(self._checked) > MAX_CHECKED:
                    continue
                self._checked[edits] = self._checked.get(edits, 0) + 1
                row, target = int(found.rows[job]), int(found.targets[job])
                for tried in (edits, *(edits - {group} for group in edits)):
                    reader = Reference(self.mixer.mixed(tried))
                    code = int(judged_codes(reader, block.encoded, row)[target])
                    if (code == int(block.new[target, row])) is not (tried == edits):
                        what = "/".join(TARGETS[target]) or "the measure"
                        raise EngineFault(
                            f"row {int(block.numbers[row])}: the cause of the verdict on {what} is not confirmed "
                            f"({word_of(code)} by the reference with {self._named(tried) or 'no edit'})"
                        )

    def _named(self, edits: Iterable[int]) -> str:
        return ", ".join(name for group in sorted(edits) for name in self.mixer.names(group))


def _alike(allowed: Flags) -> Iterator[tuple[tuple[int, ...], Places]]:
    """Yield each set of candidates with the changes that have just these."""
    if not allowed.size:
        yield from ([((), np.arange(allowed.shape[1]))] if allowed.shape[1] else [])
        return
    packed = np.packbits(allowed, axis=0)
    _, first, inverse = np.unique(packed, axis=1, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    order = np.argsort(inverse, kind="stable")
    bounds: Sequence[int] = np.searchsorted(inverse[order], np.arange(len(first) + 1)).tolist()
    for number, place in enumerate(first.tolist()):
        chosen = tuple(np.flatnonzero(allowed[:, place]).tolist())
        yield chosen, order[bounds[number] : bounds[number + 1]]


__all__ = ["Block", "Causes", "Edits", "Search"]
