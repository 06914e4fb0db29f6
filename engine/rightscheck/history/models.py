"""The tables of the history.

A case keeps every version of its content; an assessment points to one version and one rulebook. The ledger commits to
every assessment with a salt, so that content can be erased while the chain still verifies (docs/reliability.md).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Number = BigInteger().with_variant(Integer, "sqlite")
Digest = String(64)

about = Table(
    "about",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Facts about the history itself: `history` is its random id, on which the first record of the chain rests."""

rulebooks = Table(
    "rulebooks",
    metadata,
    Column("sha256", Digest, primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Rulebooks as JSON text, each once; `sha256` is the digest of the canonical form."""

cases = Table(
    "cases",
    metadata,
    Column("id", Number, primary_key=True),
    Column("slug", String(120), nullable=False, unique=True),
)

case_versions = Table(
    "case_versions",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case_id", Number, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("sha256", Digest, nullable=False),
    Column("title", Text, nullable=False),
    Column("country", String(2)),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("case_id", "sha256"),
)
"""Every version of a case's content as JSON text; `sha256` is that text's."""

measures = Table(
    "measures",
    metadata,
    Column("id", Number, primary_key=True),
    Column("case_id", Number, ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("slug", String(120), nullable=False),
    UniqueConstraint("case_id", "slug"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("record", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
"""The append-only chain: canonical JSON records and their leaf hashes; no case text."""

assessments = Table(
    "assessments",
    metadata,
    Column("id", Number, ForeignKey("ledger.seq"), primary_key=True, autoincrement=False),
    Column("version_id", Number, ForeignKey("case_versions.id"), nullable=False),
    Column("measure_id", Number, ForeignKey("measures.id"), nullable=False),
    Column("rulebook", Digest, ForeignKey("rulebooks.sha256"), nullable=False),
    Column("engine", String(40), nullable=False),
    Column("as_of", String(10)),
    Column("title", Text, nullable=False),
    Column("country", String(2)),
    Column("type", String(60)),
    Column("verdict", String(20), nullable=False),
    Column("best", String(20), nullable=False),
    Column("worst", String(20), nullable=False),
    Column("stored_at", String(40), nullable=False),
    Column("commitment", LargeBinary, nullable=False, unique=True),
    Column("salt", LargeBinary, nullable=False),
    Column("input", LargeBinary, nullable=False),
    Column("result", LargeBinary, nullable=False),
    Index(None, "version_id"),
    Index(None, "measure_id"),
    Index(None, "rulebook"),
)
"""One measure assessed. `input` is canonical JSON, `result` is canonical JSON, deflated; the rest is derived."""


def _of_assessment(name: str, *more: Column[Any] | Index) -> Table:
    """Return a table of rows that follow from an assessment's result and go with it."""
    owner = ForeignKey("assessments.id", ondelete="CASCADE")
    return Table(name, metadata, Column("assessment_id", Number, owner, primary_key=True, autoincrement=False), *more)


def _key(name: str, length: int) -> Column[Any]:
    return Column(name, String(length), primary_key=True)


def _name(name: str, length: int = 20) -> Column[Any]:
    return Column(name, String(length), nullable=False)


facets = _of_assessment(
    "facets",
    Column("country", String(2)),
    Column("type", String(60)),
    _name("verdict"),
    _name("rulebook", 64),
    _name("stored_at", 40),
    Column("standards", Text, nullable=False),
    Column("rights", Text, nullable=False),
    Column("fired", Text, nullable=False),
)
"""What filters ask for, in one narrow row an assessment, so that any filters together cost one quick scan.

`standards` is `|iccpr|echr|`, `rights` is `|assembly=high|`, `fired` is `|assembly.legality|` for each right and stage
at which a rule fired.
"""

assessment_standards = _of_assessment("assessment_standards", _key("standard", 20), _name("status"))

right_verdicts = _of_assessment("right_verdicts", _key("right_id", 40), _name("verdict"), _name("best"), _name("worst"))

fired_rules = _of_assessment(
    "fired_rules",
    _key("rule", 120),
    _key("right_id", 40),
    _name("stage"),
    _name("effect"),
    Index(None, "rule", "stage", "right_id", "assessment_id"),
)

open_rules = _of_assessment(
    "open_rules",
    _key("rule", 120),
    _key("right_id", 40),
    _name("stage"),
    Index(None, "rule", "assessment_id"),
)
"""Rules that an unknown fact leaves live (those of groups not in play stand in the result only)."""

DERIVED = (facets, assessment_standards, right_verdicts, fired_rules, open_rules)
