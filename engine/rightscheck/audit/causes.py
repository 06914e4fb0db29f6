"""Which edits of a rulebook cause a changed verdict: the smallest sets of edits that bring it about by themselves.

For each changed verdict, sets of the edits that may bear on it are applied to the old rulebook, the smallest first,
until some give the new verdict. Many measures and sets are tried at once by columns, few by the reference. Where there
would be too many sets, edits are taken out of the whole one by one as long as the new verdict stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import comb

import numpy as np
import pyarrow as pa

from rightscheck.audit.encode import Encoded
from rightscheck.audit.switched import Switched, switchable
from rightscheck.audit.tables import UNIT
from rightscheck.audit.verdicts import TARGETS, Codes, Flags, Places, Reference, judged_codes, word_of
from rightscheck.problems import EngineFault
from rightscheck.rulebook.mixing import Mixer

MAX_TRIALS = 600  # sets of edits tried for one verdict before edits are taken out one by one
FEW = 60  # pairs that the reference reads faster than a circuit is built
LEAST_TRIALS, MAX_PAIRS = 30, 3_000_000  # where changes are many, fewer sets are tried for each
SLAB = 200_000  # pairs of a change and a set of edits tried at once
KERNELS = 6  # circuits kept
MAX_CHECKED = 60  # sets of edits of which a change is assessed again by the reference

Edits = frozenset[int]


@dataclass
class Block:
    """Measures whose verdicts change: their rows, both verdicts by target, and the groups that may bear on each."""

    batch: pa.RecordBatch
    numbers: Places
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
    """Finds causes block by block; `tried` counts the pairs of a measure and a set of edits that were assessed."""

    mixer: Mixer
    touches: Flags
    progress: Callable[[int], None] = lambda _: None
    few: int = FEW
    most: int = MAX_TRIALS
    tried: int = 0
    _checked: set[Edits] = field(default_factory=set)
    _kernels: dict[Edits, Switched] = field(default_factory=dict)

    def explain(self, block: Block) -> Causes:
        """Return the causes of every change in a block.

        Raises:
            EngineFault: a change is explained by no edits, or the reference does not confirm an explanation.
        """
        targets, rows = np.nonzero(block.old != block.new)
        found = Causes(rows, targets, [[] for _ in rows], np.ones(len(rows), dtype=np.bool_))
        if not len(rows):
            return found
        allowed = block.candidates[:, rows] & self.touches[:, targets]
        rest = self._whole(block, found, allowed)
        left = self._taken_out(block, found, rest, allowed[:, rest])
        if len(left):
            every = np.ones((len(allowed), len(left)), dtype=np.bool_)
            left = self._taken_out(block, found, left, every)
        if len(left):
            number, target = int(block.numbers[rows[left[0]]]), TARGETS[targets[left[0]]]
            raise EngineFault(f"row {number}: no edit explains the verdict on {'/'.join(target) or 'the measure'}")
        self._confirm(block, found)
        return found

    def _whole(self, block: Block, found: Causes, allowed: Flags) -> Places:
        """Try the sets of the groups that may bear on each change, the smallest first; return the changes left over.

        Changes with too many sets are left over, and those that no set explains.
        """
        most = min(self.most, max(LEAST_TRIALS, MAX_PAIRS // allowed.shape[1]))
        pending = list(_alike(allowed))
        left: list[tuple[tuple[int, ...], Places]] = []
        size = 0
        while pending:
            size += 1
            going: list[tuple[tuple[int, ...], Places]] = []
            for chosen, jobs in pending:
                within = size <= len(chosen) and sum(comb(len(chosen), n) for n in range(1, size + 1)) <= most
                (going if within else left).append((chosen, jobs))
            parts = ((frozenset(some), jobs) for chosen, jobs in going for some in combinations(chosen, size))
            for slab in _slabs(parts):
                chosen_by_job = np.zeros((len(allowed), sum(len(jobs) for _, jobs in slab)), dtype=np.bool_)
                at = 0
                for edits, jobs in slab:
                    chosen_by_job[list(edits), at : at + len(jobs)] = True
                    at += len(jobs)
                jobs = np.concatenate([jobs for _, jobs in slab])
                gives = self._gives(block, found, jobs, chosen_by_job)
                at = 0
                for edits, mine in slab:
                    for job in mine[gives[at : at + len(mine)]].tolist():
                        found.sets[job].append(edits)
                    at += len(mine)
            pending = []
            for chosen, jobs in going:
                rest = np.array([job for job in jobs.tolist() if not found.sets[job]], dtype=np.int64)
                if len(rest):
                    pending.append((chosen, rest))
        return np.concatenate([np.zeros(0, dtype=np.int64), *(jobs for _, jobs in left)])

    def _taken_out(self, block: Block, found: Causes, jobs: Places, kept: Flags) -> Places:
        """Take groups out one by one as long as the new verdict stays, until none can be taken out.

        Returns the changes that not even all of `kept` (by group and job) brings about.
        """
        if not len(jobs):
            return jobs
        gives = self._gives(block, found, jobs, kept)
        left, jobs, kept = jobs[~gives], jobs[gives], kept[:, gives]
        again = len(jobs) > 0
        while again:  # halves first, so that little is left to try one by one
            again = False
            for half in (0, 1):
                rank, many = np.cumsum(kept, axis=0, dtype=np.int16), kept.sum(axis=0)
                here = np.flatnonzero(many > 1)
                out = (rank * 2 > many) if half else (rank * 2 <= many)
                again = self._drop(block, found, jobs, kept, here, out & kept) or again
        again = len(jobs) > 0
        while again:
            again, tried = False, np.zeros(len(jobs), dtype=np.int64)
            while len(here := np.flatnonzero(tried < kept.sum(axis=0))):
                out = kept & (np.cumsum(kept, axis=0, dtype=np.int16) == tried + 1)
                before = kept.sum(axis=0)
                again = self._drop(block, found, jobs, kept, here, out) or again
                tried += kept.sum(axis=0) == before
        for place, job in enumerate(jobs.tolist()):
            found.smallest[job] = False
            found.sets[job].append(frozenset(np.flatnonzero(kept[:, place]).tolist()))
        return left

    def _drop(self, block: Block, found: Causes, jobs: Places, kept: Flags, here: Places, out: Flags) -> bool:
        """Take groups out for some jobs, where the new verdict stays; tell whether any was taken out."""
        if not len(here):
            return False
        stays = here[self._gives(block, found, jobs[here], kept[:, here] & ~out[:, here])]
        kept[:, stays] &= ~out[:, stays]
        return len(stays) > 0

    def _gives(self, block: Block, found: Causes, jobs: Places, chosen: Flags) -> Flags:
        """Return for which jobs the old rulebook with the groups chosen for each gives the new verdict."""
        rows, targets = found.rows[jobs], found.targets[jobs]
        keys = np.concatenate([rows.astype(np.int64)[:, None].view(np.uint8), np.packbits(chosen, axis=0).T], axis=1)
        whole = np.ascontiguousarray(keys).view(np.dtype((np.void, keys.shape[1])))[:, 0]
        _, first, pair = np.unique(whole, return_index=True, return_inverse=True)
        pair = pair.reshape(-1)
        self.tried += len(first)
        self.progress(self.tried)
        given = np.zeros(len(jobs), dtype=np.bool_)
        wanted = block.new[targets, rows]
        few = len(first) <= self.few and not self._kernels
        read = self._by_reference if few else self._by_columns
        for pairs, codes in read(block, rows[first], chosen[:, first]):
            place = np.full(len(first), -1, dtype=np.int64)
            place[pairs] = np.arange(len(pairs))
            mine = np.flatnonzero(place[pair] >= 0)
            given[mine] = codes[targets[mine], place[pair[mine]]] == wanted[mine]
        return given

    def _by_reference(self, block: Block, rows: Places, chosen: Flags) -> Iterator[tuple[Places, Codes]]:
        for pair, row in enumerate(rows.tolist()):
            reader = Reference(self.mixer.mixed(np.flatnonzero(chosen[:, pair]).tolist()))
            yield np.array([pair]), judged_codes(reader, block.encoded, row)[:, None]

    def _by_columns(self, block: Block, rows: Places, chosen: Flags) -> Iterator[tuple[Places, Codes]]:
        fixed = chosen.copy()
        fixed[switchable(self.mixer)] = False
        for applied, pairs in _alike(fixed):
            kernel = self._kernels.pop(frozenset(applied), None) or Switched(self.mixer, applied)
            self._kernels[frozenset(applied)] = kernel
            while len(self._kernels) > KERNELS:
                self._kernels.pop(next(iter(self._kernels)))
            for first in range(0, len(pairs), UNIT):
                some = pairs[first : first + UNIT]
                yield some, kernel.codes(block.batch, rows[some], chosen[:, some])

    def _confirm(self, block: Block, found: Causes) -> None:
        """Assess a change of each cause again by the reference: the whole set gives it, one edit less does not."""
        for job, sets in enumerate(found.sets):
            for edits in sets:
                if edits in self._checked or len(self._checked) >= MAX_CHECKED:
                    continue
                self._checked.add(edits)
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


def _slabs(parts: Iterable[tuple[Edits, Places]]) -> Iterator[list[tuple[Edits, Places]]]:
    """Gather sets of edits with the changes they are tried on."""
    held: list[tuple[Edits, Places]] = []
    count = 0
    for part in parts:
        held.append(part)
        count += len(part[1])
        if count >= SLAB:
            yield held
            held, count = [], 0
    if held:
        yield held


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
