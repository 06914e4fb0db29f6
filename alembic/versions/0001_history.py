"""Cases with their versions, rulebooks, assessments, and the ledger

Revises: nothing
"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_assessment(name: str, *columns: sa.Column) -> None:
    keys = [column.name for column in columns if column.info.get("key")]
    op.create_table(
        name,
        sa.Column("assessment_id", NUMBER, nullable=False),
        *columns,
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessments.id"], name=f"fk_{name}_assessment_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("assessment_id", *keys, name=f"pk_{name}"),
    )


def _key(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=False, info={"key": True})


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def upgrade() -> None:
    about = op.create_table(
        "about",
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_about"),
    )
    op.bulk_insert(about, [{"key": "history", "value": secrets.token_hex(16)}])
    op.create_table(
        "rulebooks",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_rulebooks"),
    )
    op.create_table(
        "cases",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("slug", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("slug", name="uq_cases_slug"),
    )
    op.create_table(
        "case_versions",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("country", sa.String(2)),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_versions_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_case_versions"),
        sa.UniqueConstraint("case_id", "sha256", name="uq_case_versions_case_id_sha256"),
    )
    op.create_table(
        "measures",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("case_id", NUMBER, nullable=False),
        sa.Column("slug", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_measures_case_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_measures"),
        sa.UniqueConstraint("case_id", "slug", name="uq_measures_case_id_slug"),
    )
    op.create_table(
        "ledger",
        sa.Column("seq", NUMBER, nullable=False, autoincrement=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_ledger"),
    )
    op.create_table(
        "assessments",
        sa.Column("id", NUMBER, nullable=False, autoincrement=False),
        sa.Column("version_id", NUMBER, nullable=False),
        sa.Column("measure_id", NUMBER, nullable=False),
        sa.Column("rulebook", sa.String(64), nullable=False),
        sa.Column("engine", sa.String(40), nullable=False),
        sa.Column("as_of", sa.String(10)),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("country", sa.String(2)),
        sa.Column("type", sa.String(60)),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("best", sa.String(20), nullable=False),
        sa.Column("worst", sa.String(20), nullable=False),
        sa.Column("stored_at", sa.String(40), nullable=False),
        sa.Column("commitment", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("input", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["id"], ["ledger.seq"], name="fk_assessments_id"),
        sa.ForeignKeyConstraint(["version_id"], ["case_versions.id"], name="fk_assessments_version_id"),
        sa.ForeignKeyConstraint(["measure_id"], ["measures.id"], name="fk_assessments_measure_id"),
        sa.ForeignKeyConstraint(["rulebook"], ["rulebooks.sha256"], name="fk_assessments_rulebook"),
        sa.PrimaryKeyConstraint("id", name="pk_assessments"),
        sa.UniqueConstraint("commitment", name="uq_assessments_commitment"),
    )
    for column in ("version_id", "measure_id", "rulebook", "verdict", "country", "type", "stored_at"):
        _index("assessments", column)
    text = sa.String(20)
    _of_assessment("assessment_standards", _key("standard", 20), sa.Column("status", text, nullable=False))
    _index("assessment_standards", "standard", "assessment_id")
    _of_assessment(
        "right_verdicts",
        _key("right_id", 40),
        sa.Column("verdict", text, nullable=False),
        sa.Column("best", text, nullable=False),
        sa.Column("worst", text, nullable=False),
    )
    _index("right_verdicts", "right_id", "verdict", "assessment_id")
    _of_assessment(
        "fired_rules",
        _key("rule", 120),
        _key("right_id", 40),
        sa.Column("stage", text, nullable=False),
        sa.Column("effect", text, nullable=False),
    )
    _index("fired_rules", "rule", "assessment_id")
    _index("fired_rules", "stage", "assessment_id")
    _of_assessment("open_rules", _key("rule", 120), _key("right_id", 40), sa.Column("stage", text, nullable=False))
    _index("open_rules", "rule", "assessment_id")


def downgrade() -> None:
    for table in ("open_rules", "fired_rules", "right_verdicts", "assessment_standards", "assessments"):
        op.drop_table(table)
    for table in ("ledger", "measures", "case_versions", "cases", "rulebooks", "about"):
        op.drop_table(table)
