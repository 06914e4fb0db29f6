"""Counts over the stored history: the latest assessment of each measure, and what changed between assessments."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Subquery, case, func, select

from rightscheck.assessment.counts import MOST_GRAVE, MOST_RULES, Changed, Counts, Grave
from rightscheck.history import models as m
from rightscheck.history.query import Filters, conditions, rows_of

MOST_CHANGED = 50


def count_history(connection: Connection, filters: Filters) -> Counts:
    """Return the counts over assessments that pass the filters; each measure counts by the latest of them.

    The group `year` is the measure's own date, the group `stored` the month of every assessment.
    """
    a = m.assessments.c
    found = Counts()
    chosen = conditions(filters)
    latest = select(func.max(a.id).label("id")).where(*chosen).group_by(a.measure_id).subquery()
    _groups(connection, latest, found)
    month = func.substr(a.stored_at, 1, 7)
    stored = select(month, a.verdict, func.count()).where(*chosen).group_by(month, a.verdict)
    for name, verdict, count in connection.execute(stored):
        found.add("stored", name, verdict, count)
        found.assessments += count
    found.gravest = _gravest(connection, latest)
    found.changed = _changed(connection, chosen)
    return found


def _groups(connection: Connection, latest: Subquery, found: Counts) -> None:
    a, rights, fired = m.assessments.c, m.right_verdicts.c, m.fired_rules.c
    year = func.substr(a.as_of, 1, 4)
    columns = (a.verdict, a.country, a.type, year, a.rulebook)
    query = select(*columns, func.count()).join(latest, latest.c.id == a.id).group_by(*columns)
    books: dict[str, int] = {}
    for verdict, country, type_, when, book, count in connection.execute(query):
        for kind, name in (("all", ""), ("country", country), ("type", type_), ("year", when)):
            found.add(kind, name, verdict, count)
        books[book] = books.get(book, 0) + count
    if books:
        named = select(m.rulebooks.c.sha256, m.rulebooks.c.name, m.rulebooks.c.version)
        for digest, name, version in connection.execute(named.where(m.rulebooks.c.sha256.in_(books))):
            found.add_rulebook(digest, name, version, books[digest])
    cells = (
        select(rights.right_id, a.country, rights.verdict, func.count())
        .join(latest, latest.c.id == rights.assessment_id)
        .join(m.assessments, a.id == rights.assessment_id)
        .group_by(rights.right_id, a.country, rights.verdict)
    )
    for right, country, verdict, count in connection.execute(cells):
        found.add_cell(right, country, verdict, count)
    number = func.count(fired.assessment_id.distinct()).label("number")
    rules = (
        select(fired.rule, number)
        .join(latest, latest.c.id == fired.assessment_id)
        .where(fired.effect != "mitigates")
        .group_by(fired.rule)
        .order_by(number.desc(), fired.rule)
        .limit(MOST_RULES)
    )
    found.rules = {row.rule: row.number for row in connection.execute(rules)}


def _gravest(connection: Connection, latest: Subquery) -> list[Grave]:
    """Return the measures that are incompatible or high risk, those with most such rights first."""
    a, rights = m.assessments.c, m.right_verdicts.c
    rank = case((a.verdict == "incompatible", 0), else_=1)
    number = func.count(rights.right_id)
    worst = (
        select(a.id, number.label("rights"))
        .join(latest, latest.c.id == a.id)
        .join(m.right_verdicts, (rights.assessment_id == a.id) & (rights.verdict == a.verdict))
        .where(a.verdict.in_(("incompatible", "high")))
        .group_by(a.id, a.verdict)
        .order_by(rank, number.desc(), a.id)
        .limit(MOST_GRAVE)
    )
    order = [row.id for row in connection.execute(worst)]
    named: dict[int, list[str]] = {}
    query = select(rights.assessment_id, rights.right_id).join(m.assessments, a.id == rights.assessment_id)
    for number_, right in connection.execute(query.where(a.id.in_(order), rights.verdict == a.verdict)):
        named.setdefault(number_, []).append(right)
    rows = {row.id: row for row in rows_of(connection, order)}
    return [
        Grave(
            case=rows[n].case,
            measure=rows[n].measure,
            title=rows[n].title,
            country=rows[n].country,
            date=rows[n].as_of,
            verdict=rows[n].verdict,
            rights=tuple(sorted(named[n])),
            place=str(n),
        )
        for n in order
    ]


def _changed(connection: Connection, chosen: list[Any]) -> list[Changed]:
    """Return the measures whose verdict became another one, the newest change first."""
    a = m.assessments.c

    def before(column: Any) -> Any:
        return func.lag(column).over(partition_by=a.measure_id, order_by=a.id)

    each = (
        select(
            a.id,
            a.verdict,
            a.rulebook,
            a.stored_at,
            before(a.id).label("before"),
            before(a.verdict).label("was"),
            before(a.rulebook).label("old"),
        )
        .where(*chosen)
        .subquery()
    )
    query = select(each).where(each.c.was != each.c.verdict).order_by(each.c.id.desc()).limit(MOST_CHANGED)
    rows = list(connection.execute(query))
    named = {row.id: row for row in rows_of(connection, [row.id for row in rows])}
    return [
        Changed(
            case=named[row.id].case,
            measure=named[row.id].measure,
            title=named[row.id].title,
            before=row.was,
            after=row.verdict,
            number_before=row.before,
            number_after=row.id,
            stored_at=row.stored_at,
            other_rulebook=row.old != row.rulebook,
        )
        for row in rows
    ]
