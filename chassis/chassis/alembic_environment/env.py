"""Alembic's environment for every service: the connection is given by `chassis.migrations`."""

from alembic import context

from chassis.database import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=False,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
