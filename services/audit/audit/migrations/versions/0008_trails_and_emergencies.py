"""Trails, emergencies, what searches showed; alerts raised again and escalated (AU-2, AU-3, AU-7)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_courses",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lead", sa.Text(), nullable=True),
        sa.Column("lead_since", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_courses")),
    )
    op.create_table(
        "emergencies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergencies")),
    )
    op.create_index(
        "ix_emergencies_organisation", "emergencies", ["organisation", "valid_from"], unique=False
    )
    op.create_index("ix_emergencies_worker", "emergencies", ["worker", "valid_from"], unique=False)
    op.create_table(
        "persons_found",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("worker", "day", "person_id", name=op.f("pk_persons_found")),
    )
    op.create_index("ix_persons_found_day", "persons_found", ["day"], unique=False)
    op.create_table(
        "restricted_persons",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_restricted_persons")),
    )
    op.create_table(
        "team_places",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_to_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("membership_id", name=op.f("pk_team_places")),
    )
    op.create_index("ix_team_places_case_id", "team_places", ["case_id"], unique=False)
    op.add_column("alerts", sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint(op.f("uq_alerts_rule_key"), "alerts", type_="unique")
    op.create_index("ix_alerts_key", "alerts", ["key"], unique=False)
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["rule", "key"],
        unique=True,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.add_column(
        "worker_days", sa.Column("found", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.execute("INSERT INTO case_courses (case_id, closed_at) SELECT case_id, closed_at FROM closed_cases")


def downgrade() -> None:
    op.drop_column("worker_days", "found")
    op.drop_index("uq_alerts_open", table_name="alerts", postgresql_where=sa.text("state <> 'closed'"))
    op.drop_index("ix_alerts_key", table_name="alerts")
    op.create_unique_constraint(
        op.f("uq_alerts_rule_key"), "alerts", ["rule", "key"], postgresql_nulls_not_distinct=False
    )
    op.drop_column("alerts", "escalated_at")
    op.drop_index("ix_team_places_case_id", table_name="team_places")
    op.drop_table("team_places")
    op.drop_table("restricted_persons")
    op.drop_index("ix_persons_found_day", table_name="persons_found")
    op.drop_table("persons_found")
    op.drop_index("ix_emergencies_worker", table_name="emergencies")
    op.drop_index("ix_emergencies_organisation", table_name="emergencies")
    op.drop_table("emergencies")
    op.drop_table("case_courses")
