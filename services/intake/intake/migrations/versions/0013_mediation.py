"""Mediated requests, disputes, look-ups, and rows held for a worker."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lookups",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lookups")),
    )
    op.create_index("ix_lookups_worker", "lookups", ["worker", "asked_at"], unique=False)
    op.create_table(
        "mediation_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("reach_me_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["listings.id"], name=op.f("fk_mediation_requests_person_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mediation_requests")),
    )
    op.create_index(op.f("ix_mediation_requests_asked_by"), "mediation_requests", ["asked_by"], unique=False)
    op.create_index(
        "ix_mediation_requests_open",
        "mediation_requests",
        ["id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("involvement_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("raised_by", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answer_says", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.CheckConstraint("answer IN ('corrected', 'removed', 'stands')", name=op.f("ck_disputes_answer")),
        sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_disputes_answered")),
        sa.ForeignKeyConstraint(
            ["involvement_id"],
            ["involvements.id"],
            name=op.f("fk_disputes_involvement_id_involvements"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["listings.id"], name=op.f("fk_disputes_person_id_listings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index(op.f("ix_disputes_involvement_id"), "disputes", ["involvement_id"], unique=False)
    op.create_index(op.f("ix_disputes_person_id"), "disputes", ["person_id"], unique=False)
    op.create_index("ix_disputes_source", "disputes", ["source"], unique=False)
    op.create_index(
        "uq_disputes_open",
        "disputes",
        ["involvement_id", "raised_by"],
        unique=True,
        postgresql_where=sa.text("answer IS NULL"),
    )
    op.create_table(
        "introductions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["mediation_requests.id"],
            name=op.f("fk_introductions_request_id_mediation_requests"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introductions")),
        sa.UniqueConstraint(
            "request_id",
            "organisation",
            "worker",
            name=op.f("uq_introductions_request_id_organisation_worker"),
        ),
    )
    op.create_table(
        "mediation_contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("involvement_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "answer IN ('will_call', 'put_in_touch', 'declines', 'not_reached')",
            name=op.f("ck_mediation_contacts_answer"),
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_at IS NULL)", name=op.f("ck_mediation_contacts_answered")
        ),
        sa.ForeignKeyConstraint(
            ["involvement_id"],
            ["involvements.id"],
            name=op.f("fk_mediation_contacts_involvement_id_involvements"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["mediation_requests.id"],
            name=op.f("fk_mediation_contacts_request_id_mediation_requests"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mediation_contacts")),
        sa.UniqueConstraint(
            "request_id", "involvement_id", name=op.f("uq_mediation_contacts_request_id_involvement_id")
        ),
    )
    op.create_index(
        op.f("ix_mediation_contacts_involvement_id"), "mediation_contacts", ["involvement_id"], unique=False
    )
    op.add_column("held_rows", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "involvements", sa.Column("disputed", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("involvements", "disputed")
    op.drop_column("held_rows", "settled_at")
    op.drop_index(op.f("ix_mediation_contacts_involvement_id"), table_name="mediation_contacts")
    op.drop_table("mediation_contacts")
    op.drop_table("introductions")
    op.drop_index("uq_disputes_open", table_name="disputes", postgresql_where=sa.text("answer IS NULL"))
    op.drop_index("ix_disputes_source", table_name="disputes")
    op.drop_index(op.f("ix_disputes_person_id"), table_name="disputes")
    op.drop_index(op.f("ix_disputes_involvement_id"), table_name="disputes")
    op.drop_table("disputes")
    op.drop_index(
        "ix_mediation_requests_open",
        table_name="mediation_requests",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index(op.f("ix_mediation_requests_asked_by"), table_name="mediation_requests")
    op.drop_table("mediation_requests")
    op.drop_index("ix_lookups_worker", table_name="lookups")
    op.drop_table("lookups")
