"""Emergency accesses and their reviews (CO-6)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "emergency_accesses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("categories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("reaches_restricted", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("review", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ends_at > opened_at AND ends_at <= opened_at + interval '24 hours'",
            name=op.f("ck_emergency_accesses_a_day_at_most"),
        ),
        sa.CheckConstraint(
            "finding IN ('justified', 'not_justified', 'unclear')", name=op.f("ck_emergency_accesses_finding")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_emergency_accesses_ended_by_somebody")
        ),
        sa.CheckConstraint(
            "(reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (finding IS NULL)"
            " AND (reviewed_at IS NULL) = (review IS NULL)",
            name=op.f("ck_emergency_accesses_reviewed_as_a_whole"),
        ),
        sa.CheckConstraint("cardinality(categories) > 0", name=op.f("ck_emergency_accesses_scope")),
        sa.CheckConstraint(
            "reviewed_by <> worker", name=op.f("ck_emergency_accesses_reviewed_by_somebody_else")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_accesses")),
    )
    op.create_index(
        "ix_emergency_accesses_ends_at",
        "emergency_accesses",
        ["ends_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_emergency_accesses_person_id", "emergency_accesses", ["person_id"], unique=False)
    op.create_index(
        "ix_emergency_accesses_unreviewed",
        "emergency_accesses",
        ["id"],
        unique=False,
        postgresql_where=sa.text("reviewed_at IS NULL"),
    )
    op.create_index(
        "uq_emergency_accesses_one_at_a_time",
        "emergency_accesses",
        ["worker", "person_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_emergency_accesses_one_at_a_time",
        table_name="emergency_accesses",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_index(
        "ix_emergency_accesses_unreviewed",
        table_name="emergency_accesses",
        postgresql_where=sa.text("reviewed_at IS NULL"),
    )
    op.drop_index("ix_emergency_accesses_person_id", table_name="emergency_accesses")
    op.drop_index(
        "ix_emergency_accesses_ends_at",
        table_name="emergency_accesses",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("emergency_accesses")
