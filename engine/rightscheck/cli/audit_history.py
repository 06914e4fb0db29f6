"""The history beside a run over a table: its measures as the rows, and what is stored of a run."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import func, select

from rightscheck import __version__
from rightscheck.assessment.model import Assessment
from rightscheck.audit.checks import Case, Pool
from rightscheck.audit.circuit import VERDICTS
from rightscheck.audit.encode import Encoded
from rightscheck.audit.kernel import Options
from rightscheck.audit.results import Outcome, plain_column
from rightscheck.audit.source import Source
from rightscheck.audit.tables import Row, Unit, flat, gathered, row_of
from rightscheck.audit.tally import Tally
from rightscheck.facts.case import parse_date
from rightscheck.facts.read import case_from_data
from rightscheck.facts.values import plain_facts
from rightscheck.history import models as m
from rightscheck.history.query import Filters, conditions
from rightscheck.history.records import rulebook_bytes
from rightscheck.history.runs import Run, put_run
from rightscheck.history.store import Store, history_id, new_item, put, put_rulebook, same_as
from rightscheck.problems import EngineFault, InputError
from rightscheck.rulebook.book import Rulebook

if TYPE_CHECKING:
    from sqlalchemy import Connection

_AT_ONCE = 500
_NOT_FACTS = ("id", "title", "evidence", "claims", "not_known")
Numbers = npt.NDArray[np.int64]
CaseOf = Callable[[Unit, Encoded, int, Options], Case]


# --- the history as a table ---------------------------------------------------------------------


class StoredMeasures:
    """The measures of the stored history, each once: as the newest of its assessments that pass the filters has it.

    Each is weighed at the date and by the standards of that assessment. What is stored later does not count, so that
    a run that was broken off goes on with the same rows.
    """

    def __init__(self, store: Store, filters: Filters, upto: int | None = None) -> None:
        self.store = store
        with store.reading() as connection:
            last = upto if upto is not None else connection.execute(select(func.max(m.ledger.c.seq))).scalar() or 0
            newest = (
                select(func.max(m.assessments.c.id).label("id"))
                .where(m.assessments.c.id <= last, *conditions(filters))
                .group_by(m.assessments.c.measure_id)
                .order_by("id")
            )
            self.numbers: Numbers = np.array(list(connection.execute(newest).scalars()), dtype=np.int64)
            self.history = history_id(connection)
        self.last, self.filters = int(last), filters

    @property
    def digest(self) -> str:
        """What was chosen: the history and the numbers of the assessments."""
        return hashlib.sha256(self.history.encode() + self.numbers.tobytes()).hexdigest()

    def source(self) -> Source:
        """Return the measures as a source."""
        described = {
            "table": "the history",
            "history": self.history,
            "up to": self.last,
            "filters": repr(self.filters),
            "chosen": self.digest,
        }
        return Source("the history", lambda skip: gathered(self._rows(skip), skip), len(self.numbers), described)

    def _rows(self, skip: int) -> Iterator[Row]:
        total = len(self.numbers)
        for start in range(skip, total, _AT_ONCE):
            chosen = self.numbers[start : start + _AT_ONCE].tolist()
            with self.store.reading() as connection:
                found = self._read(connection, chosen)
            for place, number in enumerate(chosen, start + 1):
                yield _row(place, found.get(number), place / total)

    def _read(self, connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[Any, dict[str, Any]]]:
        a, v = m.assessments.c, m.case_versions.c
        query = (
            select(a.id, a.input, a.as_of, a.version_id, m.measures.c.slug)
            .join(m.measures, m.measures.c.id == a.measure_id)
            .where(a.id.in_(numbers))
        )
        rows = list(connection.execute(query))
        versions = select(v.id, v.content).where(v.id.in_({row.version_id for row in rows}))
        cases = {row.id: json.loads(row.content) for row in connection.execute(versions)}
        return {row.id: (row, cases[row.version_id]) for row in rows}

    def case_of(self, unit: Unit, found: Encoded, row: int, options: Options) -> Case:
        """Return a row's case as it was stored, with the date and standards it was weighed by."""
        number = int(self.numbers[int(unit.numbers[row]) - 1])
        with self.store.reading() as connection:
            stored, data = self._read(connection, [number])[number]
        as_of = options.as_of or (parse_date(stored.as_of) if stored.as_of else None)
        standards = options.standards or tuple(json.loads(stored.input)["standards"])
        return data, stored.slug, as_of, standards


def _row(place: int, found: tuple[Any, dict[str, Any]] | None, share: float) -> Row:
    if found is None:
        return place, None, "\twas erased while the run went on", share
    row, case = found
    measure = next((x for x in case["measures"] if x["id"] == row.slug), None)
    if measure is None:
        return place, None, "measure\tis not among the measures of its stored case", share
    try:
        facts = flat({name: value for name, value in measure.items() if name not in _NOT_FACTS})
    except ValueError as error:
        return place, None, str(error), share
    given = {"case": case["case"], "country": case.get("country"), "date": row.as_of, "measure": row.slug}
    standards = json.loads(row.input)["standards"]
    return row_of(place, {**given, "title": measure["title"], "standards": standards, **facts}, share)


# --- storing a run ------------------------------------------------------------------------------


def case_of_row(unit: Unit, found: Encoded, row: int, options: Options) -> Case:
    """Return a table's row as a case of one measure, as a case file would give it."""
    slug, measure = (plain_column(unit.batch.column(n).slice(row, 1))[0].as_py() for n in ("case", "measure"))
    title = None
    if "title" in unit.batch.schema.names:
        title = plain_column(unit.batch.column("title").slice(row, 1))[0].as_py()
    facts: dict[str, Any] = {"id": measure, "title": title or measure}
    for name, value in plain_facts(found.facts(row)).items():
        group, dot, key = name.partition(".")
        if dot:
            facts.setdefault(group, {})[key] = value
        else:
            facts[name] = value
    data: dict[str, Any] = {"case": slug, "title": title or slug}
    country, named = found.countries[found.country_codes[row]], found.sets[found.set_codes[row]]
    if country:
        data["country"] = country
    if found.days[row]:
        data["date"] = datetime.date.fromordinal(int(found.days[row])).isoformat()
    if named:
        data["standards"] = list(named)
    return {**data, "measures": [facts]}, measure, options.as_of, options.standards


class Keeper:
    """Stores the measures of a run as `assess` would, so many rows in one transaction, all of them or none.

    A row whose assessment is stored already (an earlier run, or the same run before it was broken off) takes that one.
    """

    def __init__(self, store: Store, book: Rulebook, pool: Pool, case_of: CaseOf, options: Options) -> None:
        self.store, self.book, self.pool, self.case_of, self.options = store, book, pool, case_of, options

    def __call__(self, unit: Unit, found: Encoded, outcome: Outcome) -> Numbers:
        """Assess and store a unit's good rows; returns their numbers, 0 for a rejected row.

        Raises:
            EngineFault: an assessment differs from the reading by columns; then nothing of the unit is stored.
        """
        numbers = np.zeros(found.rows, dtype=np.int64)
        rows = np.flatnonzero(found.good).tolist()
        cases = [self.case_of(unit, found, row, self.options) for row in rows]
        made = list(zip(rows, cases, self.pool.assess(cases), strict=True))
        verdicts = outcome.number("verdict")
        for row, _, result in made:
            place = f"row {int(unit.numbers[row])}"
            if isinstance(result, InputError):
                raise EngineFault(f"{place} makes no case that can be stored: {result.problems[0]}")
            if result.verdict != VERDICTS[verdicts[row]]:
                text = f"{place}: the reading by columns says {VERDICTS[verdicts[row]]}"
                raise EngineFault(f"{text}, the rules engine {result.verdict}")
        with self.store.writing() as connection:
            for row, (data, _, _, _), result in made:
                assert isinstance(result, Assessment)
                numbers[row] = self._put(connection, data, result)
        return numbers

    def _put(self, connection: Connection, data: dict[str, Any], result: Assessment) -> int:
        book = self.book
        item = new_item(case_from_data(data).case, result)
        number = same_as(connection, item)
        if number is None:
            put_rulebook(connection, book.sha256, book.content.name, book.content.version, lambda: rulebook_bytes(book))
            number = put(connection, item)
        return number


def id_of(store: Store) -> str:
    """Return the history's random id."""
    with store.reading() as connection:
        return history_id(connection)


def record_run(store: Store, book: Rulebook, options: Options, source: str, tally: Tally) -> int:
    """Put a run that is done into the chain and return the number of its record."""
    run = Run(
        rulebook=book.sha256,
        engine=__version__,
        source=source,
        options={
            "as_of": options.as_of.isoformat() if options.as_of else None,
            "standards": list(options.standards),
        },
        rows=tally.rows,
        rejected=tally.rejected,
        verdicts=dict(zip(VERDICTS, tally.verdicts, strict=True)),
        stored=tally.stored,
    )
    with store.writing() as connection:
        return put_run(connection, run)


__all__ = ["Keeper", "StoredMeasures", "case_of_row", "id_of", "record_run"]
