"""a member shows since when they are in their role, and the decision it rests on"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("decision_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_column("decision_id")
        batch_op.drop_column("role_at")
