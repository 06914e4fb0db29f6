"""Runs migrations inside the transaction of the connection that rightscheck.history.migrate hands over."""

from alembic import context

from rightscheck.history.models import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("migrations are run by `rightscheck db upgrade`")
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,
    transaction_per_migration=False,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
