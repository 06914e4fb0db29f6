"""Random measures as tables, and what the reference reading says of them, for tests of the reading by columns."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa

from rightscheck.assessment.assess import Judged, Reader, judge, setting_of
from rightscheck.audit.circuit import BookCircuit
from rightscheck.audit.encode import Encoder
from rightscheck.audit.standing import Standing
from rightscheck.facts.values import SetValue, Value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.readings.columns import unpack, words_for
from rightscheck.rulebook.book import Rulebook
from tests.strategies import random_facts

BOUNDS = ("low", "moderate", "high", "incompatible")
VERDICTS = (*BOUNDS, "undetermined")


def cell(name: str, value: Value) -> str:
    """The text of a spreadsheet's cell."""
    if isinstance(value, SetValue):
        return ";".join(value.listed(vocabulary()[name])) or "[]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def table_of(rows: Sequence[dict[str, Any]], names: Sequence[str] | None = None) -> pa.RecordBatch:
    """Rows of texts as a batch of dictionary columns; absent is null."""
    names = names or list(dict.fromkeys(n for row in rows for n in row))
    columns = [pa.array([row.get(n) for row in rows], pa.string()).dictionary_encode() for n in names]
    return pa.RecordBatch.from_arrays(columns, names=list(names))


def row_of(number: int, facts: dict[str, Value], country: str | None, date: str | None) -> dict[str, Any]:
    """One measure as a row."""
    head = {"case": f"case-{number}", "country": country, "date": date, "measure": "one", "title": f"Measure {number}"}
    return {**head, **{n: cell(n, v) for n, v in facts.items()}}


def random_rows(rng: Random, count: int, names: list[str], countries: list[str | None]) -> list[tuple[Any, ...]]:
    """Random (facts, country, date)."""
    found = []
    for _ in range(count):
        facts = random_facts(rng, names, rng.choice([0.05, 0.2, 0.5, 0.8, 0.95, 1.0]))
        day = datetime.date(1945, 1, 1) + datetime.timedelta(rng.randrange(30_000))
        found.append((facts, rng.choice(countries), rng.choice([None, day.isoformat(), str(day.year)])))
    return found


def expected(reader: Reader, facts: dict[str, Value], country: str | None, date: str | None) -> dict[str, Any]:
    """What the reference says of one measure."""
    day = None
    if date:
        day = datetime.date.fromisoformat(date if len(date) > 4 else f"{date}-01-01")
    return flat(judge(reader, facts, setting_of(reader.book, country, day)))


def flat(judged: Judged) -> dict[str, Any]:
    """A judgement as plain data."""
    found: dict[str, Any] = {"verdict": judged.verdict, "could_be": judged.could_be, "states": dict(judged.states)}
    found["rights"] = {
        r.right: (r.verdict, r.engaged, r.could_be, {n: f.verdict for n, f in r.findings.items()})
        for r in judged.rights
    }
    sure = [r for r in judged.rights if r.engaged and r.verdict == judged.verdict]
    alike = sure or [r for r in judged.rights if r.failing and not r.engaged] or judged.rights
    first = alike[0] if alike else None
    if first is None:
        kind = "no-restriction" if judged.verdict == "low" else "unengaged"
        found["reason"] = (None, kind, None, None)
    else:
        why, rules = first.why()
        question = first.unanswered[0].id if why == "core" and first.asked else None
        found["reason"] = (first.right, why, rules[0] if rules else None, question)
    return found


class Columns:
    """The circuit of a rulebook, read back row by row as plain data."""

    def __init__(self, book: Rulebook) -> None:
        self.circuit = BookCircuit(book, every_state=True)
        self.program, self.place = self.circuit.program()
        self.encoder = Encoder(Standing(book), self.program.inputs)

    def read(self, batch: pa.RecordBatch) -> list[dict[str, Any]]:
        """Evaluate a batch of rows; those whose facts contradict each other are evaluated too."""
        encoded = self.encoder.encode(batch)
        assert all(r.reason.startswith("contradicts") for r in encoded.rejects), encoded.rejects
        out = self.program.run(self.encoder.inputs(encoded), words_for(batch.num_rows))
        table = np.stack([unpack(out[row], batch.num_rows) for row in range(len(out))], axis=1)
        return [self._row(table[n]) for n in range(batch.num_rows)]

    def _row(self, bits: Any) -> dict[str, Any]:
        def on(*key: object) -> bool:
            return bool(bits[self.place[key]])

        def number(*key: object, planes: int = 3) -> int:
            return sum(int(on(*key, bit)) << bit for bit in range(planes))

        def only(kind: str) -> Any:
            found = [key[1] for key in self.place if key[0] == kind and bits[self.place[key]]]
            assert len(found) <= 1, found
            return found[0] if found else None

        rights = {}
        for name, nodes in self.circuit.rights.items():
            if on("reported", name):
                bounds = (BOUNDS[number("right-best", name, planes=2)], BOUNDS[number("right-worst", name, planes=2)])
                by = {s: VERDICTS[number("by", name, s)] for s in nodes.findings if on("covered", name, s)}
                rights[name] = (VERDICTS[number("right", name)], on("engaged", name), bounds, by)
        states = dict.fromkeys(self.circuit.states, "silent")
        for state in ("fired", "rebuttable", "excused", "live", "dormant"):
            for name in states:
                if on("state", state, name):
                    assert states[name] == "silent" or (states[name], state) == ("fired", "rebuttable")
                    states[name] = state
        return {
            "verdict": VERDICTS[number("verdict")],
            "could_be": (BOUNDS[number("best", planes=2)], BOUNDS[number("worst", planes=2)]),
            "states": states,
            "rights": rights,
            "reason": (only("reason-right"), only("why"), only("reason-rule"), only("reason-question")),
        }
