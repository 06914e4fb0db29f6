"""Two assessments side by side: facts, rules, verdicts, and which change made a verdict another; a case's timeline."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from rightscheck.assessment.assess import Reader, judge, setting_of
from rightscheck.assessment.model import Assessment
from rightscheck.facts.case import parse_date
from rightscheck.facts.values import Value
from rightscheck.history import models as m
from rightscheck.history.replay import Replayed, Replayer
from rightscheck.history.store import Store
from rightscheck.problems import InputError, Place, Problem

RULEBOOK, STANDARDS, DATE, COUNTRY = "the rulebook", "the standards", "the date", "the country"


@dataclass(frozen=True, slots=True)
class Change:
    """A value that differs between two assessments."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """A changed verdict, of a right or (with `right` None) of the measure.

    `because` names a smallest set of changes (facts, rulebook, standards, date, country) that suffices, found by
    taking changes back one by one; `rules_gone` and `rules_new` are the rules behind it that fire in one only.
    """

    right: str | None
    old: str | None
    new: str | None
    because: list[str]
    rules_gone: list[str]
    rules_new: list[str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything in which two assessments differ."""

    old: Assessment
    new: Assessment
    facts: list[Change]
    setting: list[Change]
    rules_gone: list[str]
    rules_new: list[str]
    verdicts: list[VerdictChange] = field(default_factory=list)


def compare(store: Store, replayer: Replayer, old: int, new: int) -> Comparison:
    """Compare two stored assessments.

    Raises:
        InputError: there is no such assessment.
        EngineFault: a stored piece is missing or changed.
    """
    before, after = (replayer.replay(store.load(number)) for number in (old, new))
    a, b = before.result, after.result
    facts = _changes(a.facts, b.facts)
    setting = _changes(_setting(a), _setting(b))
    fired_a, fired_b = _fired(a), _fired(b)
    return Comparison(
        a,
        b,
        facts,
        setting,
        sorted(fired_a - fired_b),
        sorted(fired_b - fired_a),
        _verdicts(before, after, facts, setting),
    )


def _changes(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    names = dict.fromkeys([*old, *new])
    return [Change(n, old.get(n), new.get(n)) for n in names if old.get(n) != new.get(n)]


def _setting(result: Assessment) -> dict[str, Any]:
    return {
        RULEBOOK: f"{result.rulebook.name} {result.rulebook.version} ({result.rulebook.sha256[:12]})",
        STANDARDS: ", ".join(s.id for s in result.standards),
        DATE: result.as_of,
        COUNTRY: result.country,
    }


def _fired(result: Assessment, right: str | None = None) -> set[str]:
    return {f.rule for f in result.fired if right is None or f.right == right}


def _by_right(result: Assessment) -> dict[str | None, str]:
    return {None: result.verdict, **{r.right: r.verdict for r in result.rights}}


def _verdicts(before: Replayed, after: Replayed, facts: list[Change], setting: list[Change]) -> list[VerdictChange]:
    a, b = _by_right(before.result), _by_right(after.result)
    tried = _Trial(before, after)
    found = []
    for right in dict.fromkeys([*a, *b]):
        if a.get(right) == b.get(right):
            continue
        names = [c.name for c in setting] + [c.name for c in facts]
        gone, new = (_fired(x.result, right) - _fired(y.result, right) for x, y in ((before, after), (after, before)))
        because = _smallest(tried, names, right, b.get(right))
        found.append(VerdictChange(right, a.get(right), b.get(right), because, sorted(gone), sorted(new)))
    return found


def _smallest(tried: _Trial, names: list[str], right: str | None, wanted: str | None) -> list[str]:
    """Take changes back one by one as long as the new verdict stays; what is left cannot be made smaller."""
    kept = list(names)
    for name in reversed(names):
        fewer = [n for n in kept if n != name]
        if tried.verdicts(frozenset(fewer)).get(right) == wanted:
            kept = fewer
    return kept


class _Trial:
    """Judges the older measure with some of the changes applied."""

    def __init__(self, before: Replayed, after: Replayed) -> None:
        self.before = before
        self.after = after
        self.old: dict[str, Value] = before.measure.facts()
        self.new: dict[str, Value] = after.measure.facts()
        self.known: dict[frozenset[str], dict[str | None, str]] = {}
        self.readers = {False: before.reader, True: after.reader}

    def verdicts(self, changes: frozenset[str]) -> dict[str | None, str]:
        if changes not in self.known:
            self.known[changes] = self.judged(changes)
        return self.known[changes]

    def judged(self, changes: frozenset[str]) -> dict[str | None, str]:
        facts = {n: v for n, v in self.old.items() if n not in changes or n in self.new}
        facts.update({n: self.new[n] for n in changes if n in self.new})
        a, b = self.before.result, self.after.result
        reader: Reader = self.readers[RULEBOOK in changes]
        date = b.as_of if DATE in changes else a.as_of
        country = b.country if COUNTRY in changes else a.country
        standards = [s.id for s in (b if STANDARDS in changes else a).standards]
        judged = judge(reader, facts, setting_of(reader.book, country, parse_date(date) if date else None, standards))
        return {None: judged.verdict, **{r.right: r.verdict for r in judged.rights}}


def timeline(connection: Connection, case: str) -> list[Any]:
    """Return every assessment of a case, oldest first, with the version of its facts.

    Raises:
        InputError: no such case is stored.
    """
    a, v = m.assessments.c, m.case_versions.c
    query = (
        select(
            a.id,
            a.stored_at,
            m.measures.c.slug.label("measure"),
            a.title,
            a.as_of,
            a.verdict,
            a.best,
            a.worst,
            v.sha256.label("version"),
            a.rulebook,
        )
        .join(m.case_versions, v.id == a.version_id)
        .join(m.cases, m.cases.c.id == v.case_id)
        .join(m.measures, m.measures.c.id == a.measure_id)
        .where(m.cases.c.slug == case)
        .order_by(a.id)
    )
    rows: list[Any] = list(connection.execute(query))
    if not rows:
        raise InputError([Problem("no such case is stored", Place("history"), case)])
    return rows
