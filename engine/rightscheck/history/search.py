"""Full-text search over titles, summaries, reasons and evidence: the database's index finds, and each hit is checked.

SQLite keeps the terms in an FTS5 index, PostgreSQL in a tsvector with a GIN index; both hold the same terms (words.py),
so that the same query finds the same assessments, and no extension of the server is needed.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, Text, bindparam, delete, select, text

from rightscheck.assessment.model import Assessment
from rightscheck.history import models as m
from rightscheck.history.query import Filters, conditions
from rightscheck.history.records import unpack
from rightscheck.history.words import fold, parts, stem, terms_of, words_of

NEWEST = 500
FIELDS = ("title", "summary", "reasons", "evidence")
_WEIGHTS = {"title": 6.0, "summary": 3.0, "reasons": 1.5, "evidence": 2.0}
_SHOWN = 60

search_metadata = MetaData()
search_texts = Table(
    "search_texts",
    search_metadata,
    Column("assessment_id", m.Number, primary_key=True),
    *(Column(f, Text) for f in FIELDS),
)


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


def texts_of(case: dict[str, Any], result: Assessment) -> dict[str, str]:
    """Return the texts an assessment is found by, from its case's content and its result."""
    measure: dict[str, Any] = next((x for x in case.get("measures", []) if x.get("id") == result.measure), {})
    sources = [str(s.get(key) or "") for s in case.get("sources") or [] for key in ("title", "locator")]
    quotes = [str(e.get(key) or "") for e in (measure.get("evidence") or {}).values() for key in ("quote", "locator")]
    decided = case.get("decided") or {}
    reasons = [result.reason, *(r.reason for r in result.rights), *(f.because for f in result.fired)]
    found: dict[str, list[Any]] = {
        "title": [result.title, case.get("title"), result.case, result.measure],
        "summary": [case.get("summary")],
        "reasons": list(dict.fromkeys(reasons)),
        "evidence": [*sources, *quotes, decided.get("reference"), decided.get("note")],
    }
    return {name: "\n".join(str(x) for x in values if x).replace("\0", " ") for name, values in found.items()}


def put_texts(connection: Connection, number: int, texts: dict[str, str]) -> None:
    """Index the texts of an assessment within a writing transaction."""
    terms = terms_of("\n".join(texts.values()))
    if connection.dialect.name == "postgresql":
        values = {"id": number, **texts, "terms": terms}
        connection.execute(
            text(
                "INSERT INTO search_texts (assessment_id, title, summary, reasons, evidence, terms) "
                "VALUES (:id, :title, :summary, :reasons, :evidence, array_to_tsvector(CAST(:terms AS text[])))"
            ),
            values,
        )
        return
    joined = " ".join(terms)
    connection.execute(
        text(
            "INSERT INTO search_texts (assessment_id, title, summary, reasons, evidence, terms) "
            "VALUES (:id, :title, :summary, :reasons, :evidence, :terms)"
        ),
        {"id": number, **texts, "terms": zlib.compress(joined.encode(), 1)},
    )
    connection.execute(
        text("INSERT INTO search_index (rowid, terms) VALUES (:id, :terms)"), {"id": number, "terms": joined}
    )


def remove_texts(connection: Connection, numbers: Iterable[int]) -> None:
    """Take assessments out of the index; `purge` then removes what the index still holds of them."""
    for number in numbers:
        if connection.dialect.name != "postgresql":
            query = text("SELECT terms FROM search_texts WHERE assessment_id = :id")
            packed = connection.execute(query, {"id": number}).scalar()
            if packed is not None:
                connection.execute(
                    text("INSERT INTO search_index (search_index, rowid, terms) VALUES ('delete', :id, :terms)"),
                    {"id": number, "terms": zlib.decompress(packed).decode()},
                )
        connection.execute(delete(search_texts).where(search_texts.c.assessment_id == number))


def purge(connection: Connection) -> None:
    """Merge the index so that nothing of removed texts stays in it."""
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql("INSERT INTO search_index (search_index) VALUES ('optimize')")


def rebuild(connection: Connection) -> None:
    """Index every stored assessment; used by the migration that makes the index."""
    versions: dict[int, dict[str, Any]] = {}
    a = m.assessments.c
    numbers = list(connection.execute(select(a.id).order_by(a.id)).scalars())
    for number in numbers:
        row = connection.execute(select(a.version_id, a.result).where(a.id == number)).one()
        if row.version_id not in versions:
            versions.clear()
            query = select(m.case_versions.c.content).where(m.case_versions.c.id == row.version_id)
            versions[row.version_id] = json.loads(connection.execute(query).scalar_one())
        result = Assessment.model_validate_json(unpack(row.result))
        put_texts(connection, number, texts_of(versions[row.version_id], result))


def search(connection: Connection, query: str, filters: Filters, limit: int, offset: int = 0) -> Found:
    """Return a page of assessments in which every word of a query stands, as itself, by its stem or as a part.

    The best hits come first; where many are found, the newest are ranked.
    """
    words = list(dict.fromkeys(words_of(query)))[:12]
    if not words:
        return Found([], False)
    numbers = _candidates(connection, words, filters)
    tests = [_pattern(word) for word in words]
    rows = connection.execute(
        select(search_texts).where(search_texts.c.assessment_id.in_(bindparam("numbers", expanding=True))),
        {"numbers": numbers[:NEWEST]},
    )
    hits = [hit for row in rows if (hit := _hit(row, tests)) is not None]
    hits.sort(key=lambda h: (-h.score, -h.number))
    return Found(hits[offset : offset + limit], len(numbers) > NEWEST)


def _candidates(connection: Connection, words: list[str], filters: Filters) -> list[int]:
    a = m.assessments.c
    query = select(a.id).where(*conditions(filters)).order_by(a.id.desc()).limit(NEWEST + 1)
    if connection.dialect.name == "postgresql":
        wanted = " & ".join(_clause(word, "&", "|", "'{}'") for word in words)
        found = text("SELECT assessment_id FROM search_texts WHERE terms @@ CAST(:wanted AS tsquery)")
        chosen = select(text("assessment_id")).select_from(found.columns(search_texts.c.assessment_id).subquery())
        return list(connection.execute(query.where(a.id.in_(chosen)), {"wanted": wanted}).scalars())
    wanted = " AND ".join(_clause(word, "AND", "OR", '"{}"') for word in words)
    plain = filters == Filters()
    matching = "SELECT rowid FROM search_index WHERE search_index MATCH :wanted"
    if plain:
        newest = text(f"{matching} ORDER BY rowid DESC LIMIT {NEWEST + 1}")
        return list(connection.execute(newest, {"wanted": wanted}).scalars())
    chosen = select(text("rowid")).select_from(text(matching).columns(Column("rowid", m.Number)).subquery())
    return list(connection.execute(query.where(a.id.in_(chosen)), {"wanted": wanted}).scalars())


def _clause(word: str, every: str, either: str, quoted: str) -> str:
    """Return the condition of one word; words hold letters and digits only, so nothing in them is syntax."""
    by_stem = quoted.format(f"1{stem(word)}")
    by_parts = f" {every} ".join(quoted.format(part) for part in parts(word))
    return f"({by_stem} {either} ({by_parts}))" if by_parts else f"({by_stem})"


def _pattern(word: str) -> tuple[str, str]:
    return word, stem(word)


def _hit(row: Any, tests: list[tuple[str, str]]) -> Hit | None:
    """Score one candidate; None where a word stands in none of its fields (parts met, but not in one word)."""
    best: tuple[float, str, int, int] = (0.0, "", 0, 0)
    total, left = 0.0, set(range(len(tests)))
    for name in FIELDS:
        original = getattr(row, name) or ""
        folded = fold(original)
        for index, (word, base) in enumerate(tests):
            score, start, end = _occurrence(folded, word, base)
            if score:
                left.discard(index)
                total += score * _WEIGHTS[name]
                if score * _WEIGHTS[name] > best[0]:
                    best = (score * _WEIGHTS[name], name, start, end)
    if left:
        return None
    original = getattr(row, best[1]) or ""
    same = len(fold(original)) == len(original)
    return Hit(row.assessment_id, total, best[1], _excerpt(original if same else fold(original), best[2], best[3]))


def _occurrence(folded: str, word: str, base: str) -> tuple[float, int, int]:
    """Return how well a word is met in a text, and where: 3 as itself, 2 by its stem, 1 as a part."""
    found = (0.0, 0, 0)
    start = folded.find(word)
    if start >= 0:
        exact = re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", folded)
        if exact:
            return 3.0, exact.start(), exact.end()
        found = (1.0, start, start + len(word)) if len(word) >= 3 else found
    for match in re.finditer(rf"(?<![^\W_]){re.escape(base)}[^\W_]*", folded):
        if stem(match.group()) == base:
            return 2.0, match.start(), match.end()
    return found


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
