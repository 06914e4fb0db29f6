"""Verdicts alone, by columns or by the reference: of a measure, of its rights, of each right under each standard."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rightscheck.assessment.assess import Reader, full_state, judge, setting_of
from rightscheck.audit.circuit import VERDICTS, BookCircuit
from rightscheck.audit.encode import Encoded, Encoder
from rightscheck.audit.results import Outcome
from rightscheck.audit.standing import Standing
from rightscheck.facts.case import RIGHTS, STANDARDS
from rightscheck.readings.columns import pack, unpack, words_for
from rightscheck.readings.kleene import Kleene, Situation
from rightscheck.rulebook.book import Rulebook

Target = tuple[str, ...]
Codes = npt.NDArray[np.int8]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
Watch = Callable[[BookCircuit], Mapping[int, Sequence[int]]]
NONE = -1
# the measure, each right, each right under each standard
TARGETS: tuple[Target, ...] = ((), *((r,) for r in RIGHTS), *((r, s) for r in RIGHTS for s in STANDARDS))
PLACE = {target: number for number, target in enumerate(TARGETS)}
# the order in which verdicts are combined, so that the loss of a grave verdict is never a step up
RANK: dict[str | None, int] = {None: 0, "low": 0, "moderate": 1, "undetermined": 2, "high": 3, "incompatible": 4}


def direction(old: str | None, new: str | None) -> str:
    """Return milder, graver, or, where only one rulebook reports the right, `new` or `gone` if neither."""
    if RANK[old] != RANK[new]:
        return "milder" if RANK[new] < RANK[old] else "graver"
    return "new" if old is None else "gone"


def word_of(code: int) -> str | None:
    """Return the verdict of a code, None where the right is not reported."""
    return None if code == NONE else VERDICTS[code]


@dataclass(frozen=True)
class Found:
    """Verdicts of encoded rows: `codes` by target and row; `watched` by ("watch", line, number)."""

    encoded: Encoded
    codes: Codes
    watched: dict[Hashable, Flags]


class VerdictKernel:
    """A rulebook's circuit as far as verdicts need it; `watch` gives further nodes that are to be seen, by number."""

    def __init__(self, book: Rulebook, watch: Watch = lambda _: {}) -> None:
        circuit = BookCircuit(book, every_state=True)
        self._watched: list[Hashable] = []
        self._words = 1
        for line, nodes in watch(circuit).items():
            for number, node in enumerate(nodes):
                circuit.outputs["watch", line, number] = node
                self._watched.append(("watch", line, number))
        wanted = {"verdict", "right", "reported", "by", "covered", "watch"}
        self.program, self.place = circuit.program(lambda key: isinstance(key, tuple) and key[0] in wanted)
        self.encoder = Encoder(Standing(book), self.program.inputs)

    def read(
        self, batch: pa.RecordBatch, numbers: Places | None = None, extra: Mapping[Hashable, Flags] | None = None
    ) -> Found:
        """Evaluate a batch; rows that cannot be read are false in `encoded.good`, `extra` are inputs by row."""
        encoded = self.encoder.encode(batch, numbers)
        self._words = words = max(words_for(encoded.rows), self._words)
        inputs = self.encoder.inputs(encoded, words)
        inputs.update({key: pack(flags, words) for key, flags in (extra or {}).items()})
        outcome = Outcome(encoded.rows, self.program.run(inputs, words), self.place)
        codes = np.full((len(TARGETS), encoded.rows), NONE, dtype=np.int8)
        for number, target in enumerate(TARGETS):
            if not target:
                codes[number] = outcome.number("verdict")
                continue
            kinds = ("reported", "right") if len(target) == 1 else ("covered", "by")
            if (kinds[0], *target) in self.place:
                held = outcome.flags(kinds[0], *target) == 1
                codes[number] = np.where(held, outcome.number(kinds[1], *target), NONE)
        watched: dict[Hashable, Flags] = {
            key: unpack(outcome.bits[self.place[key]], encoded.rows).view(np.bool_) for key in self._watched
        }
        return Found(encoded, codes, watched)


class Reference(Reader):
    """Reads by the reference reading alone, for rulebooks that are tried out and nothing is stored of."""

    def __post_init__(self) -> None:
        return

    def states(self, situation: Situation) -> tuple[dict[str, str], tuple[str, ...], Kleene]:
        """Return the state of every rule, no firing order, and the evaluator."""
        trees = self.book.trees
        kleene = Kleene(trees.factors, situation)
        return {n: full_state(kleene, when, trees.unless.get(n)) for n, when in trees.when.items()}, (), kleene


def judged_codes(reader: Reader, found: Encoded, row: int) -> Codes:
    """Return the verdicts of one row by target, as `VerdictKernel` gives them."""
    country, named = found.countries[found.country_codes[row]], found.sets[found.set_codes[row]]
    day = int(found.days[row])
    date = datetime.date.fromordinal(day) if day else None
    judged = judge(reader, found.facts(row), setting_of(reader.book, country or None, date, named or None))
    codes = np.full(len(TARGETS), NONE, dtype=np.int8)
    codes[0] = VERDICTS.index(judged.verdict)
    for right in judged.rights:
        codes[PLACE[right.right,]] = VERDICTS.index(right.verdict)
        for standard, finding in right.findings.items():
            codes[PLACE[right.right, standard]] = VERDICTS.index(finding.verdict)
    return codes


__all__ = ["NONE", "PLACE", "TARGETS", "Found", "Reference", "VerdictKernel", "direction", "judged_codes", "word_of"]
