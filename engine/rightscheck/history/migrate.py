"""Migrations: which schema a database has, and bringing it up to date; all or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

from rightscheck.history.database import reading, shown, writing
from rightscheck.problems import SurroundingsError
from rightscheck.resources import bundled

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS = ("0001", "0002", "0003")
"""Every revision of the schema, oldest first (a test compares it with the migrations)."""
HEAD = REVISIONS[-1]


def config(connection: Connection | None = None) -> Config:
    """Return alembic's configuration; there is no ini file."""
    from alembic.config import Config as AlembicConfig

    made = AlembicConfig()
    made.set_main_option("script_location", str(bundled("alembic")).replace("%", "%%"))
    if connection is not None:
        made.attributes["connection"] = connection
    return made


def revision_of(connection: Connection) -> str | None:
    """Return the schema's revision, None where the database is empty.

    Raises:
        SurroundingsError: the database belongs to another program, or to a newer version of this one.
    """
    names = set(inspect(connection).get_table_names())
    if "alembic_version" not in names:
        if names:
            raise SurroundingsError(f"the database {shown(connection.engine.url)} holds tables of another program")
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if found is None:
        return None
    if "ledger" not in names:
        raise SurroundingsError(f"the database {shown(connection.engine.url)} holds tables of another program")
    if found not in REVISIONS:
        raise SurroundingsError(
            f"the database {shown(connection.engine.url)} was written by a newer version of rightscheck "
            f"(schema {found}, this one knows up to {HEAD}); install that version"
        )
    return str(found)


def current(engine: Engine) -> str | None:
    """Return the schema's revision, None where the database is empty; raises SurroundingsError."""
    with reading(engine) as connection:
        return revision_of(connection)


def upgrade(engine: Engine, to: str = "head") -> tuple[str | None, str | None]:
    """Bring the schema up to date in one transaction; return the revision before and after.

    Raises:
        SurroundingsError: the database cannot be written, or is newer than this program.
    """
    from alembic import command

    with writing(engine) as connection:
        before = revision_of(connection)
        if before == HEAD and to == "head":
            return before, before
        command.upgrade(config(connection), to)
        return before, revision_of(connection)


def downgrade(engine: Engine, to: str) -> None:
    """Take the schema back to a revision, or to `base`, in one transaction."""
    from alembic import command

    with writing(engine) as connection:
        command.downgrade(config(connection), to)


def differences(engine: Engine) -> list[str]:
    """Return how the database's tables differ from those the program expects, in words; none when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from rightscheck.history.models import metadata

    with reading(engine) as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        return [_said(item) for item in compare_metadata(context, metadata)]


def ours(_: Any, name: str | None, kind: str, reflected: bool, __: Any) -> bool:
    """Whether a table belongs to the compared schema; a search index's own tables do not."""
    return not (kind == "table" and reflected and (name or "").startswith("search_"))


def _said(item: Any) -> str:
    while isinstance(item, list):
        item = item[0]
    return " ".join(str(getattr(part, "name", part)) for part in item if part is not None)


def migrations_folder() -> Path:
    """Return the folder of the migrations."""
    return bundled("alembic")
