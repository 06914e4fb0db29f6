"""Full-text search over titles, summaries, reasons and evidence: the index finds, each hit is checked and ranked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, func, literal_column, select

from rightscheck.history import models as m
from rightscheck.history.query import Filters, facet_conditions
from rightscheck.history.search_index import FIELDS, matching, quoted, search_index, search_texts, search_words
from rightscheck.history.words import PART, WORD, fold, parts, stem, words_of

NEWEST = 500
MOST_WORDS = 400
_WEIGHTS = {"title": 6.0, "summary": 3.0, "reasons": 1.5, "evidence": 2.0}
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Hit:
    """One assessment found, where, and the text around the hit with the hit between marks."""

    number: int
    score: float
    field: str
    excerpt: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; `more` where only the newest were ranked."""

    hits: list[Hit]
    more: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """A candidate's score, and where its best hit stands."""

    row: Any
    score: float
    field: str
    start: int
    end: int


def search(connection: Connection, query: str, filters: Filters, limit: int, offset: int = 0) -> Found:
    """Return a page of assessments in which every word of a query stands, as itself, by its stem or as a part.

    The best hits come first; where many are found, the newest are ranked.
    """
    words = list(dict.fromkeys(words_of(query)))[:12]
    numbers = _candidates(connection, words, filters)
    tests = [(word, stem(word)) for word in words]
    rows = connection.execute(select(search_texts).where(search_texts.c.assessment_id.in_(numbers[:NEWEST])))
    ranked = [place for row in rows if (place := _placed(row, tests)) is not None]
    ranked.sort(key=lambda p: (-p.score, -p.row.assessment_id))
    return Found([_hit(place) for place in ranked[offset : offset + limit]], len(numbers) > NEWEST)


def _candidates(connection: Connection, words: list[str], filters: Filters) -> list[int]:
    """Return the newest assessments that the index finds, one more than are ranked."""
    postgres = connection.dialect.name == "postgresql"
    clauses = [_clause(connection, word) for word in words]
    if not clauses or not all(clauses):
        return []
    query = matching(connection, (" & " if postgres else " AND ").join(clauses))
    number: ColumnElement[int] = search_index.c.rowid
    source: FromClause = search_index
    if postgres:
        # its planner would rather unpack the terms of every assessment, newest first, than ask their index
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        source = query.cte("found").prefix_with("MATERIALIZED")
        number, query = source.c.number, select(source.c.number)
    if filters != Filters():
        # `+` keeps SQLite from asking its full-text index once for each facet row
        key = number if postgres else literal_column("+search_index.rowid")
        joined = source.join(m.facets, m.facets.c.assessment_id == key)
        query = query.select_from(joined).where(*facet_conditions(filters))
    numbers = list(connection.execute(query.order_by(number.desc()).limit(NEWEST + 1)).scalars())
    if postgres:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = on")
    return numbers


def _clause(connection: Connection, word: str) -> str:
    """Return the full-text condition of one word; empty where no text has it."""
    postgres = connection.dialect.name == "postgresql"
    every, either = (" & ", " | ") if postgres else (" AND ", " OR ")
    c = search_words.c
    query = select(c.word).limit(MOST_WORDS + 1)
    found = set(connection.execute(query.where(c.stem == stem(word))).scalars())
    terms = [quoted(connection, WORD + each) for each in sorted(found)[:MOST_WORDS]]
    if len(word) == 3:
        terms.append(quoted(connection, PART + word))
    elif len(word) > 3:
        place = func.strpos(c.word, word) if postgres else func.instr(c.word, word)
        holding = set(connection.execute(query.where(place > 0)).scalars())
        if len(holding) > MOST_WORDS:
            terms.append(f"({every.join(quoted(connection, part) for part in parts(word))})")
        else:
            terms += [quoted(connection, WORD + each) for each in sorted(holding - found)]
    return f"({either.join(terms)})" if terms else ""


def _placed(row: Any, tests: list[tuple[str, str]]) -> _Place | None:
    """Score one candidate; None where a word stands in none of its fields (letters of another script may count so)."""
    best: tuple[float, str, int, int] = (0.0, "", 0, 0)
    total, left = 0.0, set(range(len(tests)))
    for name in FIELDS:
        folded = fold(getattr(row, name) or "")
        for index, (word, base) in enumerate(tests):
            score, start, end = _occurrence(folded, word, base)
            if score:
                left.discard(index)
                total += score * _WEIGHTS[name]
                best = max(best, (score * _WEIGHTS[name], name, start, end), key=lambda b: b[0])
    return None if left else _Place(row, total, *best[1:])


def _hit(place: _Place) -> Hit:
    original = getattr(place.row, place.field) or ""
    folded = fold(original)
    shown = original if len(folded) == len(original) else folded
    return Hit(place.row.assessment_id, place.score, place.field, _excerpt(shown, place.start, place.end))


def _occurrence(folded: str, word: str, base: str) -> tuple[float, int, int]:
    """Return how well a word is met in a text, and where: 3 as itself, 2 by its stem, 1 as a part."""
    first = start = folded.find(word)
    while start >= 0:
        end = start + len(word)
        if not _inside(folded, start) and not _inside(folded, end):
            return 3.0, start, end
        start = folded.find(word, end)
    start = folded.find(base)
    while start >= 0:
        end = start + len(base)
        if not _inside(folded, start):
            while _inside(folded, end):
                end += 1
            if stem(folded[start:end]) == base:
                return 2.0, start, end
        start = folded.find(base, end)
    if first >= 0 and len(word) >= 3:
        return 1.0, first, first + len(word)
    return 0.0, 0, 0


def _inside(folded: str, at: int) -> bool:
    """Whether the letters before and at a place belong to one word."""
    return 0 < at < len(folded) and folded[at - 1].isalnum() and folded[at].isalnum()


def _excerpt(original: str, start: int, end: int) -> tuple[str, str, str]:
    """Return the text before a hit, the hit, and the text after it, on one line."""
    before, after = original[max(0, start - _SHOWN) : start], original[end : end + _SHOWN]
    if start > _SHOWN:
        before = "..." + before.partition(" ")[2] if " " in before else before
    if end + _SHOWN < len(original):
        after = after.rpartition(" ")[0] + "..." if " " in after else after
    return _line(before), _line(original[start:end]), _line(after)


def _line(value: str) -> str:
    return re.sub(r"\s", " ", value)
