"""The same verdict again: stored rulebook, facts and date, assessed anew and compared byte by byte."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from rightscheck.assessment.assess import Reader, assess_measure
from rightscheck.assessment.model import Assessment
from rightscheck.facts.case import CaseBase, MeasureBase, measures_of, parse_date
from rightscheck.facts.read import case_from_data
from rightscheck.history.records import read_json, result_bytes
from rightscheck.history.store import Store, Stored
from rightscheck.problems import EngineFault, InputError
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook, rulebook_from_content


@dataclass(frozen=True)
class Replayed:
    """A stored assessment made anew; `result` equals the stored one byte for byte."""

    reader: Reader
    case: CaseBase
    measure: MeasureBase
    result: Assessment


class Replayer:
    """Makes stored assessments anew; keeps one reader a rulebook.

    A rulebook that equals the default one is not read from the store; with `strict` its stored text is checked all
    the same.
    """

    def __init__(self, store: Store, default: Rulebook | None = None, *, strict: bool = False) -> None:
        self._strict = strict
        self.store = store
        self._default = default
        self._readers: dict[str, Reader] = {}

    def reader(self, digest: str) -> Reader:
        """Return a reader of a stored rulebook; raises EngineFault where it is missing or no longer read."""
        if digest not in self._readers:
            self._readers.clear()
            self._readers[digest] = Reader(self._book(digest))
        return self._readers[digest]

    def _book(self, digest: str) -> Rulebook:
        content = self.store.rulebook(digest) if self._strict else b""
        default = self._default
        if default is None:
            default = self._default = load_rulebook()
        if default.sha256 == digest:
            return default
        content = content or self.store.rulebook(digest)
        try:
            book = rulebook_from_content(json.loads(content))
        except InputError as error:
            raise EngineFault(f"this version cannot read the stored rulebook {digest[:12]}: {error}") from None
        if book.sha256 != digest:
            raise EngineFault(f"this version reads the stored rulebook {digest[:12]} otherwise than it was stored")
        return book

    def replay(self, stored: Stored) -> Replayed:
        """Make a stored assessment anew.

        Raises:
            EngineFault: a piece is missing or changed, or the result differs; the message names it.
        """
        made = self.assess(stored, self.reader(stored.rulebook))
        again = made.result.model_copy(update={"engine": _engine_of(stored)})
        if result_bytes(again) != stored.result:
            names = difference(json.loads(stored.result), json.loads(result_bytes(again)))
            raise EngineFault(f"assessment {stored.number} made anew differs at {', '.join(names[:5])}")
        return Replayed(made.reader, made.case, made.measure, stored.assessment())

    def assess(self, stored: Stored, reader: Reader) -> Replayed:
        """Assess a stored measure anew under any rulebook; raises EngineFault where a piece is missing."""
        data = json.loads(self.store.version(stored.case, stored.version))
        try:
            case = case_from_data(data, f"assessment {stored.number}").case
        except InputError as error:
            places = ", ".join(p.name or p.message for p in error.problems[:3])
            raise EngineFault(f"this version cannot read the facts of assessment {stored.number}: {places}") from None
        measure = next((x for x in measures_of(case) if x.id == stored.measure), None)
        if measure is None:
            raise EngineFault(f"the facts of assessment {stored.number} lack its measure `{stored.measure}`")
        given = read_json(stored.input)
        date = parse_date(given["as_of"]) if given["as_of"] else None
        result = assess_measure(reader, case, measure, as_of=date, standards=given["standards"])
        return Replayed(reader, case, measure, result)


def _engine_of(stored: Stored) -> str:
    return str(json.loads(stored.result)["engine"])


def difference(old: Any, new: Any, at: str = "") -> list[str]:
    """Return the places at which two JSON values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = list(dict.fromkeys([*old, *new]))
        return [p for k in names for p in difference(old.get(k), new.get(k), f"{at}.{k}" if at else k)]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [p for i, (a, b) in enumerate(zip(old, new, strict=True)) for p in difference(a, b, f"{at}[{i}]")]
    return [] if old == new and type(old) is type(new) else [at or "the whole"]
