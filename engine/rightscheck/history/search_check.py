"""Is the search index what follows from the content? A part of `history verify --deep`."""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select, text

from rightscheck.assessment.model import Assessment
from rightscheck.history import models as m
from rightscheck.history.search_index import FIELDS, search_words, texts_of
from rightscheck.history.words import stem, terms_of, words_in


class IndexCheck:
    """Compares the index with the content, assessment by assessment, then as a whole."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.postgres = connection.dialect.name == "postgresql"
        self.documents: Counter[str] = Counter()
        self._version: tuple[int, Any] = (0, None)

    def rows(self, first: int, last: int) -> dict[int, Any]:
        """Return the index's rows of a span of assessments."""
        terms = "tsvector_to_array(terms) AS terms" if self.postgres else "terms"
        source = "search_texts LEFT JOIN search_terms USING (assessment_id)" if self.postgres else "search_texts"
        query = (
            f"SELECT assessment_id, {', '.join(FIELDS)}, {terms} FROM {source} WHERE assessment_id BETWEEN :a AND :b"
        )
        return {row.assessment_id: row for row in self.connection.execute(text(query), {"a": first, "b": last})}

    def same(self, row: Any, version_id: int, result: Assessment) -> bool:
        """Whether the index's row of an assessment follows from its content."""
        if self._version[0] != version_id:
            query = select(m.case_versions.c.content).where(m.case_versions.c.id == version_id)
            content = self.connection.execute(query).scalar()
            self._version = (version_id, None if content is None else json.loads(content))
        if row is None or self._version[1] is None:
            return False
        texts = texts_of(self._version[1], result)
        terms = terms_of("\n".join(texts.values()))
        self.documents.update(terms)
        if {name: getattr(row, name) for name in FIELDS} != texts:
            return False
        if self.postgres:
            return sorted(row.terms or []) == terms
        try:
            return zlib.decompress(row.terms).decode() == " ".join(terms)
        except (zlib.error, UnicodeDecodeError, TypeError):
            return False

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with the index as a whole, once every assessment was compared."""
        for table in ("search_texts", "search_terms") if self.postgres else ("search_texts",):
            stray = f"SELECT count(*) FROM {table} WHERE assessment_id NOT IN (SELECT id FROM assessments)"
            if self.connection.execute(text(stray)).scalar():
                yield "the search index has texts of no assessment"
        listed = {row.word: row.stem for row in self.connection.execute(select(search_words))}
        if listed != {word: stem(word) for word in words_in(self.documents)}:
            yield "the list of words does not hold the words of the stored texts"
        if self.postgres:
            return
        execute = self.connection.exec_driver_sql
        execute("DROP TABLE IF EXISTS temp.search_vocabulary")
        execute("CREATE VIRTUAL TABLE temp.search_vocabulary USING fts5vocab(main, search_index, row)")
        indexed = {row.term: row.doc for row in execute("SELECT term, doc FROM temp.search_vocabulary")}
        execute("DROP TABLE temp.search_vocabulary")
        if indexed != dict(self.documents):
            yield "the full-text index does not hold the terms of the stored texts"
