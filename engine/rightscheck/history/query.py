"""Listing the history: filters, newest first, paged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, Row, Select, Table, func, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

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


def _having(table: Table, **wanted: Any) -> ColumnElement[bool]:
    tests = [table.c[name] == value for name, value in wanted.items() if value is not None]
    return m.facets.c.assessment_id.in_(select(table.c.assessment_id).where(*tests))


class _Holds(FunctionElement[bool]):
    """Whether a column holds a text: each database has its own quickest way, LIKE or strpos."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[str], held: str) -> None:
        pattern = re.sub("([/%_])", r"/\1", held)
        super().__init__(column, held, f"%{pattern}%")


@compiles(_Holds)
def _like(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, _, pattern = element.clauses
    return compiler.process(column.like(pattern, escape="/"), **options)


@compiles(_Holds, "postgresql")
def _strpos(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, held, _ = element.clauses
    return compiler.process(func.strpos(column, held) > 0, **options)


def facet_conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of filters, on the table of facets, the quickest first."""
    c, f = m.facets.c, filters
    found: list[ColumnElement[bool]] = []
    for column, value in ((c.country, f.country), (c.type, f.type), (c.verdict, None if f.right else f.verdict)):
        if value is not None:
            found.append(column == value)
    if f.since is not None:
        found.append(c.stored_at >= f.since)
    if f.until is not None:
        found.append(c.stored_at < f.until)
    if f.case is not None:
        chosen = select(m.measures.c.id).join(m.cases).where(m.cases.c.slug == f.case)
        found.append(c.assessment_id.in_(select(m.assessments.c.id).where(m.assessments.c.measure_id.in_(chosen))))
    if f.rule is not None:
        found.append(_having(m.fired_rules, rule=f.rule, stage=f.stage, right_id=f.right))
    elif f.stage is not None:
        found.append(_Holds(c.fired, f"|{f.right}.{f.stage}|" if f.right else f".{f.stage}|"))
    if f.open_rule is not None:
        found.append(_having(m.open_rules, rule=f.open_rule))
    if f.standard is not None:
        found.append(_Holds(c.standards, f"|{f.standard}|"))
    if f.right is not None:
        found.append(_Holds(c.rights, f"|{f.right}={f.verdict}|" if f.verdict else f"|{f.right}="))
    if f.rulebook is not None:
        found.append(c.rulebook.startswith(f.rulebook, autoescape=True))
    return found


def numbers(filters: Filters) -> Select[Any]:
    """Return the query for the numbers of the assessments that pass the filters, in no order."""
    return select(m.facets.c.assessment_id).where(*facet_conditions(filters))


def conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Return the SQL conditions of filters, on the table of assessments; none where nothing is filtered."""
    return [] if filters == Filters() else [m.assessments.c.id.in_(numbers(filters))]


def listing(connection: Connection, filters: Filters, limit: int, offset: int = 0) -> list[Row[Any]]:
    """Return one page of assessments, newest first."""
    query = numbers(filters).order_by(m.facets.c.assessment_id.desc()).limit(limit).offset(offset)
    return rows_of(connection, list(connection.execute(query).scalars()))


def in_order(connection: Connection, filters: Filters) -> list[int]:
    """Return the numbers of all assessments that pass the filters, oldest first."""
    return list(connection.execute(numbers(filters).order_by(m.facets.c.assessment_id)).scalars())


def rows_of(connection: Connection, numbers: Sequence[int]) -> list[Row[Any]]:
    """Return the listed columns of assessments by their numbers, newest first."""
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
    query = select(func.count()).select_from(m.facets).where(*facet_conditions(filters))
    return int(connection.execute(query).scalar_one())
