"""Runs migrations on the connection core.migrating hands over, inside its transaction."""

from alembic import context
from sqlmodel import SQLModel

from core import migrating

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
    **migrating.comparing(),
)
with context.begin_transaction():
    context.run_migrations()
