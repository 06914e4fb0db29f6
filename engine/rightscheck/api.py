"""The Python interface: assess a case, explain a verdict, ask what matters, find amendments.

Nothing is stored. A case is a path, plain data (a dict as in a case file), or a case read before. `import rightscheck`
offers these names without importing anything until one is used.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, RootModel

from rightscheck.assessment.amend import MAX_CHANGES, advice_data
from rightscheck.assessment.amend import amend as _amend
from rightscheck.assessment.ask import ask as _ask
from rightscheck.assessment.ask import asked_data
from rightscheck.assessment.assess import Reader, assess_measure, judge
from rightscheck.assessment.explain import Explainer
from rightscheck.assessment.html import assessment_html, lines_html, table_html, verdict_html
from rightscheck.assessment.model import Assessment
from rightscheck.assessment.probe import Probe, setting_again
from rightscheck.assessment.words import answer, asked
from rightscheck.facts.case import RIGHTS, CaseBase, MeasureBase, measures_of, parse_date
from rightscheck.facts.read import case_from_data, read_case
from rightscheck.facts.values import read_value
from rightscheck.facts.vocabulary import vocabulary
from rightscheck.problems import InputError, Place, Problem, nearest
from rightscheck.rulebook.book import Rulebook
from rightscheck.rulebook.load import load_rulebook as _load

Case = str | Path | dict[str, Any] | CaseBase


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())


class Assessments(RootModel[tuple[Assessment, ...]]):
    """The assessments of a case, one a measure, in order."""

    def __iter__(self) -> Iterator[Assessment]:  # type: ignore[override]
        return iter(self.root)

    def __len__(self) -> int:
        return len(self.root)

    def __getitem__(self, key: int | str) -> Assessment:
        """Return an assessment by its place or by the id of its measure."""
        if isinstance(key, int):
            return self.root[key]
        return next(item for item in self.root if item.measure == key)

    def _repr_html_(self) -> str:
        return "".join(assessment_html(item) for item in self.root)


class Explanation(_Model):
    """One line of an explanation and the lines below it."""

    kind: str
    name: str
    text: str
    value: str
    expression: str | None = None
    given: Any = None
    url: str | None = None
    children: tuple[Explanation, ...] = ()

    def _repr_html_(self) -> str:
        return f"<ul>{lines_html(self)}</ul>"

    def __str__(self) -> str:
        below = "".join("\n" + "\n".join(f"  {line}" for line in str(c).splitlines()) for c in self.children)
        return self.text + below


class Reason(_Model):
    """Why a fact is asked for."""

    kind: str
    name: str
    right: str
    text: str


class Question(_Model):
    """A fact that can still change a verdict."""

    fact: str
    question: str
    type: str
    unit: str | None
    values: dict[str, str] | None
    can_change_measure: bool
    settles: float
    because: tuple[Reason, ...]


class Questions(_Model):
    """What is left to ask, most decisive first; `stable` where no answer changes a verdict."""

    verdict: str
    could_be: tuple[str, str]
    stable: bool
    ask: tuple[Question, ...]
    cannot_change: int
    not_asked: int

    def _repr_html_(self) -> str:
        rows = [[q.question, q.fact, "; ".join(dict.fromkeys(r.text for r in q.because[:3]))] for q in self.ask]
        head = f"<p>{verdict_html(self.verdict)}, could be {' to '.join(self.could_be)}.</p>"
        return head + table_html(["question", "fact", "bears on"], rows)


class Change(_Model):
    """A feature changed; `confirm` where it is not stated so far."""

    fact: str
    before: Any
    after: Any
    confirm: bool
    cost: int
    rules: tuple[str, ...]


class Amendment(_Model):
    """A smallest set of changes and the verdict it brings."""

    verdict: str
    cost: int
    confirm_cost: int
    changes: tuple[Change, ...]


class Need(_Model):
    """What stands in the way: a rule, an open rule, or a question that no feature answers."""

    kind: str
    name: str
    right: str


class Amendments(_Model):
    """Smallest sets of changes, cheapest first; where there is none, `cores` say what stands in the way."""

    target: str
    verdict: str
    reached: bool
    complete: bool
    amendments: tuple[Amendment, ...]
    cores: tuple[tuple[Need, ...], ...]

    def _repr_html_(self) -> str:
        rows = []
        for number, item in enumerate(self.amendments, 1):
            for change in item.changes:
                value = read_value(vocabulary()[change.fact], change.after)[0]
                word = "confirm" if change.confirm else "change"
                rows.append([str(number), word, asked(change.fact), answer(change.fact, value), item.verdict])
        stand = [[need.kind, need.name, need.right] for core in self.cores for need in core]
        head = f"<p>{verdict_html(self.verdict)}, to {verdict_html(self.target)}</p>"
        return head + (table_html(["kind", "stands", "right"], stand) if stand else table_html(_HEAD, rows))


_HEAD = ["set", "", "feature", "to be", "verdict"]


@dataclass(frozen=True)
class _Target:
    reader: Reader
    case: CaseBase
    measure: MeasureBase
    result: Assessment

    @property
    def probe(self) -> Probe:
        book = self.reader.book
        return Probe(book, setting_again(book, self.result), self.measure.facts())


@functools.lru_cache(maxsize=4)
def _bundled_or(folder: str | None) -> Reader:
    return Reader(_load(Path(folder) if folder else None))


def _reader(rulebook: Rulebook | str | Path | None) -> Reader:
    if isinstance(rulebook, Rulebook):
        reader: Reader | None = rulebook._cache.get("reader")
        if reader is None:
            reader = rulebook._cache["reader"] = Reader(rulebook)
        return reader
    return _bundled_or(str(rulebook) if rulebook is not None else None)


def _read(case: Case) -> CaseBase:
    if isinstance(case, CaseBase):
        return case
    return case_from_data(case).case if isinstance(case, dict) else read_case(Path(case)).case


def _target(case: Case, measure: str | None, rulebook: Rulebook | str | Path | None) -> _Target:
    read, reader = _read(case), _reader(rulebook)
    names = [item.id for item in measures_of(read)]
    if measure is None and len(names) > 1:
        raise InputError([Problem(f"has several measures; choose one: {', '.join(names)}", Place(read.case))])
    if measure is not None and measure not in names:
        raise InputError([Problem("no such measure", Place(read.case), measure, nearest(measure, names))])
    chosen = next(item for item in measures_of(read) if measure in (None, item.id))
    return _Target(reader, read, chosen, assess_measure(reader, read, chosen))


def load_rulebook(folder: str | Path | None = None) -> Rulebook:
    """Load and check a rulebook; the bundled one unless a folder is given."""
    return _load(Path(folder) if folder is not None else None)


def assess(
    case: Case,
    *,
    as_of: str | None = None,
    standards: Sequence[str] | None = None,
    rulebook: Rulebook | str | Path | None = None,
) -> Assessments:
    """Assess every measure of a case by both readings.

    Raises:
        InputError: the case is wrong; every fault is listed.
        EngineFault: the two readings differ, so nothing may be concluded.
    """
    read, reader = _read(case), _reader(rulebook)
    date = parse_date(as_of) if as_of else None
    found = [assess_measure(reader, read, m, as_of=date, standards=standards) for m in measures_of(read)]
    return Assessments(tuple(found))


def explain(
    case: Case,
    *,
    measure: str | None = None,
    right: str | None = None,
    rule: str | None = None,
    sensitivity: bool = False,
    rulebook: Rulebook | str | Path | None = None,
) -> Explanation:
    """Explain a verdict: the whole derivation, one right, one rule, or which known facts it hangs on.

    Raises:
        InputError: the case is wrong, or no such measure, right or rule.
    """
    target = _target(case, measure, rulebook)
    book = target.reader.book
    judged = judge(target.reader, target.measure.facts(), setting_again(book, target.result))
    told = Explainer(book, target.case, target.measure, target.result, judged)
    if rule is not None:
        if rule not in book.rules:
            raise InputError([Problem("no such rule", Place("rule"), rule, nearest(rule, book.rules))])
        line = told.rule(rule)
    elif sensitivity:
        from rightscheck.assessment.sensitivity import sensitivity as _sensitivity

        line = _sensitivity(told.probe, told.judged, target.measure)
    else:
        if right is not None and right not in RIGHTS:
            raise InputError([Problem("no such right", Place("right"), right, nearest(right, RIGHTS))])
        line = told.tree(right)
    return Explanation.model_validate(line.data())


def ask(case: Case, *, measure: str | None = None, rulebook: Rulebook | str | Path | None = None) -> Questions:
    """Return the unknown facts that can still change a verdict, most decisive first."""
    return Questions.model_validate(asked_data(_ask(_target(case, measure, rulebook).probe)))


def amend(
    case: Case,
    *,
    to: Literal["moderate", "low"] = "moderate",
    measure: str | None = None,
    sets: int | None = 3,
    changes: int = MAX_CHANGES,
    rulebook: Rulebook | str | Path | None = None,
) -> Amendments:
    """Return the smallest changes to a measure that bring it to a verdict; `sets=None` for all of them."""
    data = advice_data(_amend(_target(case, measure, rulebook).probe, to, most=changes, limit=sets))
    for item in data["amendments"]:
        for change in item["changes"]:
            change["before"], change["after"] = change.pop("from"), change.pop("to")
    return Amendments.model_validate(data)
