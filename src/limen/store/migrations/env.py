"""Runs migrations in the caller's transaction; Alembic loads this file."""

from alembic import context

from limen.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
