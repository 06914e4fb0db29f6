"""Listing the history: filters, newest first, paged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, func, select

from rightscheck.history import models as m


@dataclass(frozen=True, slots=True)
class Filters:
    """What a listing is narrowed to; None asks for anything.

    `since` (included) and `until` (not included) are times as stored; `rulebook` is the beginning of a digest.
    """

    right: str | None = None
    verdict: str | None = None
    stage: str | None = None
    rule: str | None = None
    open_rule: str | None = None
    country: str | None = None
    type: str | None = None
    since: str | None = None
    until: str | None = None
    standard: str | None = None
    rulebook: str | None = None
    case: str | None = None


COLUMNS = ("id", "case", "measure", "title", "country", "type", "as_of", "verdict", "best", "worst", "stored_at")


def _having(table: Table, **wanted: Any) -> ColumnElement[bool]:
    tests = [table.c[name] == value for name, value in wanted.items() if value is not None]
    return m.assessments.c.id.in_(select(table.c.assessment_id).where(*tests))


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of filters."""
    a, f = m.assessments.c, filters
    found: list[ColumnElement[bool]] = []
    if f.right is not None:
        found.append(_having(m.right_verdicts, right_id=f.right, verdict=f.verdict))
    elif f.verdict is not None:
        found.append(a.verdict == f.verdict)
    if f.rule is not None or f.stage is not None:
        found.append(_having(m.fired_rules, rule=f.rule, stage=f.stage, right_id=f.right))
    if f.open_rule is not None:
        found.append(_having(m.open_rules, rule=f.open_rule))
    if f.standard is not None:
        found.append(_having(m.assessment_standards, standard=f.standard))
    for column, value in ((a.country, f.country), (a.type, f.type)):
        if value is not None:
            found.append(column == value)
    if f.rulebook is not None:
        found.append(a.rulebook.startswith(f.rulebook, autoescape=True))
    if f.since is not None:
        found.append(a.stored_at >= f.since)
    if f.until is not None:
        found.append(a.stored_at < f.until)
    if f.case is not None:
        chosen = select(m.measures.c.id).join(m.cases).where(m.cases.c.slug == f.case)
        found.append(a.measure_id.in_(chosen))
    return found


def listing(connection: Connection, filters: Filters, limit: int, offset: int = 0) -> list[Row[Any]]:
    """Return one page of assessments, newest first."""
    a = m.assessments.c
    page = select(a.id).where(*conditions(filters)).order_by(a.id.desc()).limit(limit).offset(offset).subquery()
    return rows_of(connection, select(page.c.id))


def rows_of(connection: Connection, numbers: Any) -> list[Row[Any]]:
    """Return the listed columns of assessments chosen by a query or list of numbers, newest first."""
    a = m.assessments.c
    query = (
        select(
            a.id,
            m.cases.c.slug.label("case"),
            m.measures.c.slug.label("measure"),
            a.title,
            a.country,
            a.type,
            a.as_of,
            a.verdict,
            a.best,
            a.worst,
            a.stored_at,
            a.rulebook,
        )
        .join(m.measures, m.measures.c.id == a.measure_id)
        .join(m.cases, m.cases.c.id == m.measures.c.case_id)
        .where(a.id.in_(numbers))
        .order_by(a.id.desc())
    )
    return list(connection.execute(query))


def count(connection: Connection, filters: Filters) -> int:
    """Return how many assessments pass the filters."""
    query = select(func.count()).select_from(m.assessments).where(*conditions(filters))
    return int(connection.execute(query).scalar_one())
