"""One narrow row an assessment for all filters; the full-text index by words, with a list of them

Revises: 0002
"""

import zlib
from collections import defaultdict

import sqlalchemy as sa
from alembic import op

from rightscheck.history.search_index import rebuild
from rightscheck.history.words import parts, stem, terms_of, words_in, words_of

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
REPLACED = (
    *(("assessments", (name,)) for name in ("verdict", "country", "type", "stored_at")),
    ("assessment_standards", ("standard", "assessment_id")),
    ("right_verdicts", ("right_id", "verdict", "assessment_id")),
    ("fired_rules", ("rule", "assessment_id")),
    ("fired_rules", ("stage", "assessment_id")),
)
ADDED = (("fired_rules", ("rule", "stage", "right_id", "assessment_id")),)
FTS = "CREATE VIRTUAL TABLE search_index USING fts5 (terms, content='', detail=none, tokenize=\"%s\")"
BATCH = 1000


def _name(table: str, columns: tuple[str, ...]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"


def upgrade() -> None:
    connection = op.get_bind()
    facets = op.create_table(
        "facets",
        sa.Column("assessment_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("country", sa.String(2)),
        sa.Column("type", sa.String(60)),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("rulebook", sa.String(64), nullable=False),
        sa.Column("stored_at", sa.String(40), nullable=False),
        sa.Column("standards", sa.Text(), nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.Column("fired", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessments.id"], name="fk_facets_assessment_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("assessment_id", name="pk_facets"),
    )
    last = connection.execute(sa.text("SELECT max(id) FROM assessments")).scalar() or 0
    for first in range(1, last + 1, BATCH):
        found = _facets(connection, first, first + BATCH - 1)
        if found:
            connection.execute(facets.insert(), found)
    for table, columns in REPLACED:
        op.drop_index(_name(table, columns), table)
    for table, columns in ADDED:
        op.create_index(_name(table, columns), table, list(columns))
    op.create_table(
        "search_words",
        sa.Column("word", WORD, nullable=False),
        sa.Column("stem", WORD, nullable=False),
        sa.PrimaryKeyConstraint("word", name="pk_search_words"),
    )
    op.create_index("ix_search_words_stem", "search_words", ["stem"])
    if connection.dialect.name == "postgresql":
        _terms_apart()
    else:
        op.execute("DROP TABLE search_index")
        op.execute(FTS % "ascii")
    _index_anew(connection, terms_of, listed=True)
    rebuild(connection)


def _terms_apart() -> None:
    """Move PostgreSQL's terms to a narrow table, in which a frequent word is found without reading all texts."""
    op.create_table(
        "search_terms",
        sa.Column("assessment_id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("terms", sa.dialects.postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessments.id"], name="fk_search_terms_assessment_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("assessment_id", name="pk_search_terms"),
    )
    op.create_index("ix_search_terms_terms", "search_terms", ["terms"], postgresql_using="gin")
    op.execute("INSERT INTO search_terms (assessment_id, terms) SELECT assessment_id, terms FROM search_texts")
    op.drop_column("search_texts", "terms")


def _terms_together() -> None:
    op.add_column("search_texts", sa.Column("terms", sa.dialects.postgresql.TSVECTOR()))
    op.execute(
        "UPDATE search_texts SET terms = t.terms FROM search_terms t WHERE t.assessment_id = search_texts.assessment_id"
    )
    op.alter_column("search_texts", "terms", nullable=False)
    op.create_index("ix_search_texts_terms", "search_texts", ["terms"], postgresql_using="gin")
    op.drop_table("search_terms")


def _facets(connection: sa.Connection, first: int, last: int) -> list[dict[str, object]]:
    """Return the rows of a span of assessments, made of the tables for filters."""

    def rows(query: str) -> list[sa.Row]:
        return connection.execute(sa.text(query), {"first": first, "last": last}).all()

    def grouped(columns: str, table: str, form: str) -> dict[int, set[str]]:
        query = f"SELECT assessment_id, {columns} FROM {table} WHERE assessment_id BETWEEN :first AND :last"
        found = defaultdict(set)
        for number, *values in rows(query):
            found[number].add(form.format(*values))
        return found

    lists = {
        "standards": grouped("standard", "assessment_standards", "|{}"),
        "rights": grouped("right_id, verdict", "right_verdicts", "|{}={}"),
        "fired": grouped("right_id, stage", "fired_rules", "|{}.{}"),
    }
    names = ("country", "type", "verdict", "rulebook", "stored_at")
    return [
        {"assessment_id": number, **dict(zip(names, values, strict=True))}
        | {name: "".join(sorted(found[number])) + "|" for name, found in lists.items()}
        for number, *values in rows(
            f"SELECT id, {', '.join(names)} FROM assessments WHERE id BETWEEN :first AND :last ORDER BY id"
        )
    ]


def _index_anew(connection: sa.Connection, terms, *, listed: bool) -> None:
    """Give every indexed text other terms; the FTS5 table is new and empty."""
    postgres = connection.dialect.name == "postgresql"
    place = "search_terms" if postgres else "search_texts"
    known: set[str] = set()
    last = connection.execute(sa.text("SELECT max(assessment_id) FROM search_texts")).scalar() or 0
    for first in range(1, last + 1, BATCH):
        query = (
            "SELECT assessment_id, title, summary, reasons, evidence FROM search_texts "
            "WHERE assessment_id BETWEEN :first AND :last ORDER BY assessment_id"
        )
        for number, *texts in connection.execute(sa.text(query), {"first": first, "last": first + BATCH - 1}).all():
            found = terms("\n".join(texts))
            value = found if postgres else zlib.compress(" ".join(found).encode(), 1)
            made = "array_to_tsvector(CAST(:value AS text[]))" if postgres else ":value"
            connection.execute(
                sa.text(f"UPDATE {place} SET terms = {made} WHERE assessment_id = :number"),
                {"value": value, "number": number},
            )
            if not postgres:
                values = {"number": number, "terms": " ".join(found)}
                connection.execute(sa.text("INSERT INTO search_index (rowid, terms) VALUES (:number, :terms)"), values)
            if listed:
                known.update(words_in(found))
    if known:
        rows = [{"word": word, "stem": stem(word)} for word in sorted(known)]
        connection.execute(sa.text("INSERT INTO search_words (word, stem) VALUES (:word, :stem)"), rows)


def _terms_before(text: str) -> list[str]:
    """Return terms as the revision before has them: stems in place of words."""
    found = set()
    for word in set(words_of(text)):
        found.add(f"1{stem(word)}")
        found.update(parts(word))
    return sorted(found)


def downgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        op.execute("DROP TABLE search_index")
        op.execute(FTS % "unicode61 remove_diacritics 0")
    _index_anew(connection, _terms_before, listed=False)
    if connection.dialect.name == "postgresql":
        _terms_together()
    op.drop_table("search_words")
    for table, columns in ADDED:
        op.drop_index(_name(table, columns), table)
    for table, columns in REPLACED:
        op.create_index(_name(table, columns), table, list(columns))
    op.drop_table("facets")
