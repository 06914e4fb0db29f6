"""The tables of the history.

A case keeps every version of its content; an assessment points to one version and one rulebook. The ledger commits to
every assessment with a salt, so that content can be erased while the chain still verifies (docs/reliability.md).
"""

from __future__ import annotations

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
    Index(None, "verdict"),
    Index(None, "country"),
    Index(None, "type"),
    Index(None, "stored_at"),
)
"""One measure assessed. `input` is canonical JSON, `result` is canonical JSON, deflated; the rest is derived."""

assessment_standards = Table(
    "assessment_standards",
    metadata,
    Column("assessment_id", Number, ForeignKey("assessments.id", ondelete="CASCADE"), primary_key=True),
    Column("standard", String(20), primary_key=True),
    Column("status", String(20), nullable=False),
    Index(None, "standard", "assessment_id"),
)

right_verdicts = Table(
    "right_verdicts",
    metadata,
    Column("assessment_id", Number, ForeignKey("assessments.id", ondelete="CASCADE"), primary_key=True),
    Column("right_id", String(40), primary_key=True),
    Column("verdict", String(20), nullable=False),
    Column("best", String(20), nullable=False),
    Column("worst", String(20), nullable=False),
    Index(None, "right_id", "verdict", "assessment_id"),
)

fired_rules = Table(
    "fired_rules",
    metadata,
    Column("assessment_id", Number, ForeignKey("assessments.id", ondelete="CASCADE"), primary_key=True),
    Column("rule", String(120), primary_key=True),
    Column("right_id", String(40), primary_key=True),
    Column("stage", String(20), nullable=False),
    Column("effect", String(20), nullable=False),
    Index(None, "rule", "assessment_id"),
    Index(None, "stage", "assessment_id"),
)

open_rules = Table(
    "open_rules",
    metadata,
    Column("assessment_id", Number, ForeignKey("assessments.id", ondelete="CASCADE"), primary_key=True),
    Column("rule", String(120), primary_key=True),
    Column("right_id", String(40), primary_key=True),
    Column("stage", String(20), nullable=False),
    Index(None, "rule", "assessment_id"),
)
"""Rules that an unknown fact leaves live (those of groups not in play stand in the result only)."""

DERIVED = (assessment_standards, right_verdicts, fired_rules, open_rules)
