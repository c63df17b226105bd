"""petitions from first draft to the answer"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# autogenerate sees no CHECK: what a state may be is written by hand
PETITION_STATES = (
    "state IN ('draft', 'amendment', 'before_guild', 'open', 'closed', 'delivered', 'answered',"
    " 'settled', 'rejected', 'withdrawn', 'stopped')"
)
PETITION_STATES_BEFORE = (
    "state IN ('draft', 'before_guild', 'open', 'closed', 'rejected', 'withdrawn')"
)
# signatures that were counted in sum alone, by hour and by place: dialect -> statements
COUNTED_BEFORE = {
    "postgresql": (
        "INSERT INTO petition_hour (id, petition_id, hour, step)"
        " SELECT gen_random_uuid(), petition_id, date_trunc('hour', confirmed_at, 'UTC'), count(*)"
        " FROM signature WHERE state = 'confirmed' AND confirmed_at IS NOT NULL GROUP BY 2, 3",
        "INSERT INTO petition_place (id, petition_id, country, region, signature_count)"
        " SELECT gen_random_uuid(), petition_id, country, '', count(*)"
        " FROM signature WHERE state = 'confirmed' GROUP BY 2, 3",
    ),
    "sqlite": (
        "INSERT INTO petition_hour (id, petition_id, hour, step)"
        " SELECT lower(hex(randomblob(16))), petition_id,"
        " strftime('%Y-%m-%d %H:00:00.000000', confirmed_at), count(*)"
        " FROM signature WHERE state = 'confirmed' AND confirmed_at IS NOT NULL GROUP BY 2, 3",
        "INSERT INTO petition_place (id, petition_id, country, region, signature_count)"
        " SELECT lower(hex(randomblob(16))), petition_id, country, '', count(*)"
        " FROM signature WHERE state = 'confirmed' GROUP BY 2, 3",
    ),
}


def upgrade() -> None:
    op.create_table(
        "recount_script",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recount_script")),
        sa.UniqueConstraint("sha256", name=op.f("uq_recount_script_sha256")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("institution_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address_sealed", sa.String(length=600), nullable=False),
        sa.Column("address_hash", sa.String(length=64), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by"], ["user.id"], name=op.f("fk_contact_added_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"],
            ["institution.id"],
            name=op.f("fk_contact_institution_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint(
            "institution_id", "address_hash", name=op.f("uq_contact_institution_id_address_hash")
        ),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_institution_id"), ["institution_id"], unique=False
        )

    op.create_table(
        "answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=8000), nullable=False),
        sa.Column("text_html", sa.String(), nullable=False),
        sa.Column("said_by", sa.String(length=120), nullable=False),
        sa.Column("source_url", sa.String(length=300), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_answer_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["user.id"], name=op.f("fk_answer_entered_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["petition_id"], ["petition.id"], name=op.f("fk_answer_petition_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_answer_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_entered_by"), ["entered_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_answer_petition_id"), ["petition_id"], unique=False)

    op.create_table(
        "co_petitioner",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("guild_id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "joined",
                "left",
                "declined",
                name="joinstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["guild_id"], ["guild.id"], name=op.f("fk_co_petitioner_guild_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_co_petitioner_petition_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposal.id"],
            name=op.f("fk_co_petitioner_proposal_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_co_petitioner")),
        sa.UniqueConstraint(
            "petition_id", "guild_id", name=op.f("uq_co_petitioner_petition_id_guild_id")
        ),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_co_petitioner_proposal_id")),
    )
    with op.batch_alter_table("co_petitioner", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_co_petitioner_guild_id"), ["guild_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "in_person",
                "post",
                "email",
                "portal",
                name="deliveryway",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("received_by", sa.String(length=120), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proof", sa.String(length=1000), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signature_count", sa.Integer(), nullable=False),
        sa.Column("paper_count", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_delivery_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_delivery_petition_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["user.id"], name=op.f("fk_delivery_recorded_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_petition_id"), ["petition_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_recorded_by"), ["recorded_by"], unique=False)

    op.create_table(
        "dossier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("signature_count", sa.Integer(), nullable=False),
        sa.Column("paper_count", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_dossier_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier")),
        sa.UniqueConstraint("petition_id", name=op.f("uq_dossier_petition_id")),
    )
    op.create_table(
        "dossier_part",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first", sa.LargeBinary(), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_dossier_part_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dossier_part")),
        sa.UniqueConstraint(
            "petition_id", "number", name=op.f("uq_dossier_part_petition_id_number")
        ),
    )
    with op.batch_alter_table("dossier_part", schema=None) as batch_op:
        batch_op.create_index(
            "ix_dossier_part_petition_id_first", ["petition_id", "first"], unique=False
        )

    op.create_table(
        "milestone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("meaning", sa.String(length=120), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acted_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_milestone_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
        sa.UniqueConstraint(
            "petition_id", "threshold", name=op.f("uq_milestone_petition_id_threshold")
        ),
    )
    op.create_table(
        "paper_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("signature_count", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("collected_on", sa.Date(), nullable=False),
        sa.Column("witness", sa.String(length=120), nullable=False),
        sa.Column("sheet_hash", sa.String(length=64), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("struck_reason", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("signature_count > 0", name=op.f("ck_paper_batch_signature_count")),
        sa.ForeignKeyConstraint(
            ["entered_by"], ["user.id"], name=op.f("fk_paper_batch_entered_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_paper_batch_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_batch")),
        sa.UniqueConstraint(
            "petition_id", "sheet_hash", name=op.f("uq_paper_batch_petition_id_sheet_hash")
        ),
    )
    with op.batch_alter_table("paper_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_batch_entered_by"), ["entered_by"], unique=False)

    op.create_table(
        "petition_hour",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_petition_hour_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition_hour")),
        sa.UniqueConstraint("petition_id", "hour", name=op.f("uq_petition_hour_petition_id_hour")),
    )
    op.create_table(
        "petition_place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("signature_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_petition_place_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition_place")),
        sa.UniqueConstraint(
            "petition_id",
            "country",
            "region",
            name=op.f("uq_petition_place_petition_id_country_region"),
        ),
    )
    op.create_table(
        "petition_update",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=3000), nullable=False),
        sa.Column("text_html", sa.String(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owed_through", sa.Uuid(), nullable=True),
        sa.Column("owed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reader_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user.id"],
            name=op.f("fk_petition_update_author_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_petition_update_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition_update")),
    )
    with op.batch_alter_table("petition_update", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_petition_update_author_id"), ["author_id"], unique=False
        )
        batch_op.create_index(
            "ix_petition_update_petition_id_posted_at", ["petition_id", "posted_at"], unique=False
        )

    op.create_table(
        "signature_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_signature_step_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_step")),
    )
    with op.batch_alter_table("signature_step", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signature_step_petition_id"), ["petition_id"], unique=False
        )

    op.create_table(
        "suggestion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column(
            "passage",
            sa.Enum(
                "title",
                "request",
                "background",
                "further",
                name="passage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("before", sa.String(length=3000), nullable=False),
        sa.Column("after", sa.String(length=3000), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "accepted",
                "declined",
                "withdrawn",
                name="suggestionstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("suggested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=1000), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_suggestion_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user.id"], name=op.f("fk_suggestion_decided_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_suggestion_petition_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
    )
    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_suggestion_author_id"), ["author_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_suggestion_decided_by"), ["decided_by"], unique=False)
        batch_op.create_index(
            "ix_suggestion_petition_id_suggested_at", ["petition_id", "suggested_at"], unique=False
        )

    op.create_table(
        "sweep",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column(
            "deed",
            sa.Enum(
                "hold",
                "remove",
                "release",
                name="sweepdeed",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("condition", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("signature_count", sa.Integer(), nullable=False),
        sa.Column("counted_count", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user.id"], name=op.f("fk_sweep_actor_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["petition_id"], ["petition.id"], name=op.f("fk_sweep_petition_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweep")),
    )
    with op.batch_alter_table("sweep", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sweep_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(
            "ix_sweep_petition_id_done_at", ["petition_id", "done_at"], unique=False
        )

    op.create_table(
        "petition_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("petition_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("request", sa.String(length=300), nullable=False),
        sa.Column("background", sa.String(length=800), nullable=False),
        sa.Column("further", sa.String(length=3000), nullable=False),
        sa.Column("institution_name", sa.String(length=120), nullable=False),
        sa.Column("goal", sa.Integer(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suggestion_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["petition_id"],
            ["petition.id"],
            name=op.f("fk_petition_version_petition_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["suggestion_id"],
            ["suggestion.id"],
            name=op.f("fk_petition_version_suggestion_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["written_by"],
            ["user.id"],
            name=op.f("fk_petition_version_written_by"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_petition_version")),
        sa.UniqueConstraint(
            "petition_id", "number", name=op.f("uq_petition_version_petition_id_number")
        ),
    )
    with op.batch_alter_table("petition_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_petition_version_suggestion_id"), ["suggestion_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_petition_version_written_by"), ["written_by"], unique=False
        )

    op.create_table(
        "swept",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sweep_id", sa.Uuid(), nullable=False),
        sa.Column("signature_id", sa.Uuid(), nullable=False),
        sa.Column(
            "hold_before",
            sa.Enum(
                "none",
                "held",
                "removed",
                name="hold",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sweep_before", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["signature_id"],
            ["signature.id"],
            name=op.f("fk_swept_signature_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["sweep_id"], ["sweep.id"], name=op.f("fk_swept_sweep_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swept")),
        sa.UniqueConstraint(
            "sweep_id", "signature_id", name=op.f("uq_swept_sweep_id_signature_id")
        ),
    )
    with op.batch_alter_table("swept", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_swept_signature_id"), ["signature_id"], unique=False)

    with op.batch_alter_table("amendment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("terms", sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table("endorsement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("decline_reason", sa.String(length=300), server_default="", nullable=False)
        )

    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("procedure", sa.String(length=40), server_default="", nullable=False)
        )

    with op.batch_alter_table("petition", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("further", sa.String(length=3000), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("further_html", sa.String(), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("regions", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("follows_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column("stopped_reason", sa.String(length=1000), server_default="", nullable=False)
        )
        batch_op.add_column(sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("answer_due_on", sa.Date(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "answer_due_because", sa.String(length=200), server_default="", nullable=False
            )
        )
        batch_op.add_column(sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column(
                "settlement",
                sa.Enum(
                    "met",
                    "partly_met",
                    "refused",
                    "unanswered",
                    name="settlement",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(
            sa.Column(
                "settlement_reason", sa.String(length=1000), server_default="", nullable=False
            )
        )
        batch_op.add_column(sa.Column("desk_cleared_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("paper_count", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(
            sa.Column("kept_months", sa.Integer(), server_default="6", nullable=False)
        )
        batch_op.create_index("ix_petition_closed_at", ["closed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_petition_follows_id"), ["follows_id"], unique=False)
        batch_op.create_index("ix_petition_state_closes_on", ["state", "closes_on"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_petition_follows_id"),
            "petition",
            ["follows_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index("ix_proposal_state_review_at", ["state", "review_at"], unique=False)

    with op.batch_alter_table("proposal_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("terms", sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "name_is_handed_over", sa.Boolean(), server_default=sa.false(), nullable=False
            )
        )
        batch_op.add_column(
            sa.Column("region", sa.String(length=60), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column(
                "hold",
                sa.Enum(
                    "none",
                    "held",
                    "removed",
                    name="hold",
                    native_enum=False,
                    create_constraint=True,
                    length=32,
                ),
                server_default="none",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("sweep_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column("domain_hash", sa.String(length=16), server_default="", nullable=False)
        )
        batch_op.add_column(
            sa.Column("network_hash", sa.String(length=16), server_default="", nullable=False)
        )
        batch_op.create_index(
            "ix_signature_held",
            ["petition_id", "signed_at"],
            unique=False,
            sqlite_where=sa.text("hold <> 'none'"),
            postgresql_where=sa.text("hold <> 'none'"),
        )
        batch_op.create_index(
            "ix_signature_petition_id_signed_at", ["petition_id", "signed_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_signature_sweep_id"), ["sweep_id"], unique=False)
        batch_op.create_index(
            "ix_signature_wants_updates",
            ["petition_id", "id"],
            unique=False,
            sqlite_where=sa.text("wants_updates = 1"),
            postgresql_where=sa.text("wants_updates"),
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_signature_sweep_id"), "sweep", ["sweep_id"], ["id"], ondelete="SET NULL"
        )

    with op.batch_alter_table("petition", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_petition_petitionstate"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_petition_petitionstate"), PETITION_STATES)
        batch_op.create_check_constraint(batch_op.f("ck_petition_paper_count"), "paper_count >= 0")

    for statement in COUNTED_BEFORE[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    # the nearest state there was
    op.execute("UPDATE petition SET state = 'draft' WHERE state = 'amendment'")
    op.execute(
        "UPDATE petition SET state = 'closed'"
        " WHERE state IN ('delivered', 'answered', 'settled', 'stopped')"
    )
    with op.batch_alter_table("petition", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_petition_paper_count"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_petition_petitionstate"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_petition_petitionstate"), PETITION_STATES_BEFORE
        )

    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_signature_sweep_id"), type_="foreignkey")
        batch_op.drop_index(
            "ix_signature_wants_updates",
            sqlite_where=sa.text("wants_updates = 1"),
            postgresql_where=sa.text("wants_updates"),
        )
        batch_op.drop_index(batch_op.f("ix_signature_sweep_id"))
        batch_op.drop_index("ix_signature_petition_id_signed_at")
        batch_op.drop_index(
            "ix_signature_held",
            sqlite_where=sa.text("hold <> 'none'"),
            postgresql_where=sa.text("hold <> 'none'"),
        )
        batch_op.drop_column("network_hash")
        batch_op.drop_column("domain_hash")
        batch_op.drop_column("sweep_id")
        batch_op.drop_constraint(batch_op.f("ck_signature_hold"), type_="check")
        batch_op.drop_column("hold")
        batch_op.drop_column("region")
        batch_op.drop_column("name_is_handed_over")

    with op.batch_alter_table("proposal_version", schema=None) as batch_op:
        batch_op.drop_column("terms")

    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index("ix_proposal_state_review_at")

    with op.batch_alter_table("petition", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_petition_follows_id"), type_="foreignkey")
        batch_op.drop_index("ix_petition_state_closes_on")
        batch_op.drop_index(batch_op.f("ix_petition_follows_id"))
        batch_op.drop_index("ix_petition_closed_at")
        batch_op.drop_column("kept_months")
        batch_op.drop_column("paper_count")
        batch_op.drop_column("counted_at")
        batch_op.drop_column("desk_cleared_at")
        batch_op.drop_column("settlement_reason")
        batch_op.drop_constraint(batch_op.f("ck_petition_settlement"), type_="check")
        batch_op.drop_column("settlement")
        batch_op.drop_column("settled_at")
        batch_op.drop_column("answer_due_because")
        batch_op.drop_column("answer_due_on")
        batch_op.drop_column("delivered_at")
        batch_op.drop_column("stopped_reason")
        batch_op.drop_column("follows_id")
        batch_op.drop_column("regions")
        batch_op.drop_column("further_html")
        batch_op.drop_column("further")

    with op.batch_alter_table("institution", schema=None) as batch_op:
        batch_op.drop_column("procedure")

    with op.batch_alter_table("endorsement", schema=None) as batch_op:
        batch_op.drop_column("decline_reason")
        batch_op.drop_column("declined_at")

    with op.batch_alter_table("amendment", schema=None) as batch_op:
        batch_op.drop_column("terms")

    with op.batch_alter_table("swept", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_swept_signature_id"))

    op.drop_table("swept")
    with op.batch_alter_table("petition_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_petition_version_written_by"))
        batch_op.drop_index(batch_op.f("ix_petition_version_suggestion_id"))

    op.drop_table("petition_version")
    with op.batch_alter_table("sweep", schema=None) as batch_op:
        batch_op.drop_index("ix_sweep_petition_id_done_at")
        batch_op.drop_index(batch_op.f("ix_sweep_actor_id"))

    op.drop_table("sweep")
    with op.batch_alter_table("suggestion", schema=None) as batch_op:
        batch_op.drop_index("ix_suggestion_petition_id_suggested_at")
        batch_op.drop_index(batch_op.f("ix_suggestion_decided_by"))
        batch_op.drop_index(batch_op.f("ix_suggestion_author_id"))

    op.drop_table("suggestion")
    with op.batch_alter_table("signature_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signature_step_petition_id"))

    op.drop_table("signature_step")
    with op.batch_alter_table("petition_update", schema=None) as batch_op:
        batch_op.drop_index("ix_petition_update_petition_id_posted_at")
        batch_op.drop_index(batch_op.f("ix_petition_update_author_id"))

    op.drop_table("petition_update")
    op.drop_table("petition_place")
    op.drop_table("petition_hour")
    with op.batch_alter_table("paper_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_batch_entered_by"))

    op.drop_table("paper_batch")
    op.drop_table("milestone")
    with op.batch_alter_table("dossier_part", schema=None) as batch_op:
        batch_op.drop_index("ix_dossier_part_petition_id_first")

    op.drop_table("dossier_part")
    op.drop_table("dossier")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_recorded_by"))
        batch_op.drop_index(batch_op.f("ix_delivery_petition_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_contact_id"))

    op.drop_table("delivery")
    with op.batch_alter_table("co_petitioner", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_co_petitioner_guild_id"))

    op.drop_table("co_petitioner")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_answer_petition_id"))
        batch_op.drop_index(batch_op.f("ix_answer_entered_by"))
        batch_op.drop_index(batch_op.f("ix_answer_contact_id"))

    op.drop_table("answer")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_institution_id"))

    op.drop_table("contact")
    op.drop_table("recount_script")
