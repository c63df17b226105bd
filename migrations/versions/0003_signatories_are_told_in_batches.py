"""signatories are told in batches, and sheets that were struck out can be entered anew"""

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
# of sheets that were entered more than once, the schema before holds one batch: the one that counts
SHEETS_ONCE = (
    "DELETE FROM paper_batch WHERE struck_at IS NOT NULL AND EXISTS (SELECT 1 FROM paper_batch"
    " AS other WHERE other.petition_id = paper_batch.petition_id"
    " AND other.sheet_hash = paper_batch.sheet_hash AND other.id <> paper_batch.id"
    " AND (other.struck_at IS NULL OR other.id > paper_batch.id))"
)
COUNTS = sa.text("struck_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("paper_batch", schema=None) as batch_op:
        batch_op.drop_constraint("uq_paper_batch_petition_id_sheet_hash", type_="unique")
        batch_op.create_index(
            "ix_paper_batch_sheets",
            ["petition_id", "sheet_hash"],
            unique=True,
            sqlite_where=COUNTS,
            postgresql_where=COUNTS,
        )
        batch_op.create_index(
            "ix_paper_batch_petition_id_entered_at", ["petition_id", "entered_at"], unique=False
        )
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
    """Of what is under way only news goes on: the schema before had nowhere to keep the rest.

    Nor for sheets that were struck out and entered anew: the batch that was struck out goes.
    """
    with op.batch_alter_table("petition_update", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("reader_count", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("owed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("owed_through", sa.Uuid(), nullable=True))
    for statement in NEWS_AFTER:
        op.execute(statement)
    op.drop_table("telling")
    with op.batch_alter_table("paper_batch", schema=None) as batch_op:
        batch_op.drop_index("ix_paper_batch_petition_id_entered_at")
        batch_op.drop_index("ix_paper_batch_sheets", sqlite_where=COUNTS, postgresql_where=COUNTS)
    op.execute(SHEETS_ONCE)
    with op.batch_alter_table("paper_batch", schema=None) as batch_op:
        batch_op.create_unique_constraint(
            "uq_paper_batch_petition_id_sheet_hash", ["petition_id", "sheet_hash"]
        )
