"""The index of the full-text search: what is found by which terms, the same in every database.

SQLite keeps the terms in an FTS5 index, PostgreSQL as a tsvector with a GIN index, in a narrow table of its own.
`search_words` lists every word with its stem; it leads from a stem or a part of a word to words, and so to terms.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, Text, delete, select, text

from rightscheck.assessment.model import Assessment
from rightscheck.history import models as m
from rightscheck.history.records import unpack
from rightscheck.history.words import WORD, stem, terms_of, words_in

FIELDS = ("title", "summary", "reasons", "evidence")

_metadata = MetaData()
search_texts = Table(
    "search_texts",
    _metadata,
    Column("assessment_id", m.Number, primary_key=True),
    *(Column(f, Text) for f in FIELDS),
)
search_words = Table("search_words", _metadata, Column("word", Text, primary_key=True), Column("stem", Text))
search_index = Table("search_index", _metadata, Column("rowid", m.Number, primary_key=True))
"""The virtual table of FTS5, in SQLite alone; there `search_texts` keeps the terms that it was given."""
search_terms = Table("search_terms", _metadata, Column("assessment_id", m.Number, primary_key=True))
"""The terms in PostgreSQL."""

_TEXTS = (
    "INSERT INTO search_texts (assessment_id, title, summary, reasons, evidence{0}) "
    "VALUES (:id, :title, :summary, :reasons, :evidence{1})"
)


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
    words = words_in(terms)
    values = {"id": number, **texts}
    if connection.dialect.name == "postgresql":
        connection.execute(text(_TEXTS.format("", "")), values)
        connection.execute(
            text(
                "INSERT INTO search_terms (assessment_id, terms) "
                "VALUES (:id, array_to_tsvector(CAST(:terms AS text[])))"
            ),
            {"id": number, "terms": terms},
        )
        connection.execute(
            text(
                "INSERT INTO search_words (word, stem) "
                "SELECT * FROM unnest(CAST(:words AS text[]), CAST(:stems AS text[])) ON CONFLICT DO NOTHING"
            ),
            {"words": words, "stems": [stem(word) for word in words]},
        )
        return
    joined = " ".join(terms)
    packed = zlib.compress(joined.encode(), 1)
    connection.execute(text(_TEXTS.format(", terms", ", :terms")), {**values, "terms": packed})
    connection.execute(
        text("INSERT INTO search_index (rowid, terms) VALUES (:id, :terms)"), {"id": number, "terms": joined}
    )
    if words:
        connection.exec_driver_sql(
            "INSERT OR IGNORE INTO search_words (word, stem) VALUES (?, ?)", [(word, stem(word)) for word in words]
        )


def remove_texts(connection: Connection, numbers: Iterable[int]) -> None:
    """Take assessments out of the index, with the words that no other has.

    `purge` then removes what the index still holds of them.
    """
    words: set[str] = set()
    for number in numbers:
        words.update(words_in(_take_terms(connection, number)))
        connection.execute(delete(search_texts).where(search_texts.c.assessment_id == number))
    for word in sorted(words):
        if connection.execute(matching(connection, quoted(connection, WORD + word)).limit(1)).first() is None:
            connection.execute(delete(search_words).where(search_words.c.word == word))


def _take_terms(connection: Connection, number: int) -> list[str]:
    """Take an assessment's terms out of the index and return them."""
    if connection.dialect.name == "postgresql":
        query = "DELETE FROM search_terms WHERE assessment_id = :id RETURNING tsvector_to_array(terms)"
        return connection.execute(text(query), {"id": number}).scalar() or []
    query = "SELECT terms FROM search_texts WHERE assessment_id = :id"
    packed = connection.execute(text(query), {"id": number}).scalar()
    if packed is None:
        return []
    joined = zlib.decompress(packed).decode()
    statement = "INSERT INTO search_index (search_index, rowid, terms) VALUES ('delete', :id, :terms)"
    connection.execute(text(statement), {"id": number, "terms": joined})
    return joined.split()


def quoted(connection: Connection, term: str) -> str:
    """Return a term for `matching`; terms hold letters and digits only, so nothing in them is syntax."""
    return f"'{term}'" if connection.dialect.name == "postgresql" else f'"{term}"'


def matching(connection: Connection, wanted: str) -> Any:
    """Return the query for the numbers of the assessments that a full-text condition finds."""
    if connection.dialect.name == "postgresql":
        test = text("search_terms.terms @@ CAST(:wanted AS tsquery)").bindparams(wanted=wanted)
        return select(search_terms.c.assessment_id.label("number")).where(test)
    test = text("search_index MATCH :wanted").bindparams(wanted=wanted)
    return select(search_index.c.rowid.label("number")).where(test)


def purge(connection: Connection) -> None:
    """Merge the index so that nothing of removed texts stays in it."""
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql("INSERT INTO search_index (search_index) VALUES ('optimize')")


def rebuild(connection: Connection) -> None:
    """Index every stored assessment that is not indexed."""
    versions: dict[int, dict[str, Any]] = {}
    a = m.assessments.c
    missing = select(a.id).where(a.id.not_in(select(search_texts.c.assessment_id))).order_by(a.id)
    for number in list(connection.execute(missing).scalars()):
        row = connection.execute(select(a.version_id, a.result).where(a.id == number)).one()
        if row.version_id not in versions:
            versions.clear()
            query = select(m.case_versions.c.content).where(m.case_versions.c.id == row.version_id)
            versions[row.version_id] = json.loads(connection.execute(query).scalar_one())
        result = Assessment.model_validate_json(unpack(row.result))
        put_texts(connection, number, texts_of(versions[row.version_id], result))
