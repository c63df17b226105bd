"""signatories are told in batches"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# news was told in batches before all else was: what is under way goes on where it stands
NEWS_BEFORE = (
    "INSERT INTO telling (id, petition_id, kind, subject_id, began_at, told_through)"
    " SELECT id, petition_id, 'petitions.update', id, posted_at, owed_through"
    " FROM petition_update WHERE owed_at IS NULL"
)
NEWS_AFTER = (
    "UPDATE petition_update SET owed_through ="
    " (SELECT told_through FROM telling WHERE telling.subject_id = petition_update.id)",
    "UPDATE petition_update SET owed_at = posted_at"
    " WHERE id NOT IN (SELECT subject_id FROM telling)",
)


def upgrade() -> None:
    op.create_table(
        "telling",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_through", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_telling_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telling")),
        sa.UniqueConstraint(
            "petition_id",
            "kind",
            "subject_id",
            name=op.f("uq_telling_petition_id_kind_subject_id"),
        ),
    )
    op.execute(NEWS_BEFORE)
    with op.batch_alter_table("petition_update", schema=None) as batch_op:
        batch_op.drop_column("owed_through")
        batch_op.drop_column("owed_at")
        batch_op.drop_column("reader_count")


def downgrade() -> None:
    """Of what is under way only news goes on: the schema before had nowhere to keep the rest."""
    with op.batch_alter_table("petition_update", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("reader_count", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("owed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("owed_through", sa.Uuid(), nullable=True))
    for statement in NEWS_AFTER:
        op.execute(statement)
    op.drop_table("telling")
