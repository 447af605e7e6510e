"""Alerts, their steps, and what is remembered to raise them (AU-2, AU-7)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts_of_persons",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account", "person_id", name=op.f("pk_accounts_of_persons")),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("persons", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("cases", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.Column("findings", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'closed') = (finding IS NOT NULL) AND (finding IS NULL) = (closed_at IS NULL)"
            " AND (finding IS NULL) = (closed_by IS NULL) AND (finding IS NULL) = (findings IS NULL)",
            name=op.f("ck_alerts_closed_with_findings"),
        ),
        sa.CheckConstraint(
            "finding IN ('misuse', 'mistake', 'legitimate', 'unclear')", name=op.f("ck_alerts_finding")
        ),
        sa.CheckConstraint("severity IN ('high', 'medium', 'low')", name=op.f("ck_alerts_severity")),
        sa.CheckConstraint(
            "state <> 'assigned' OR assigned_to IS NOT NULL", name=op.f("ck_alerts_assigned_to_somebody")
        ),
        sa.CheckConstraint(
            "state IN ('raised', 'acknowledged', 'assigned', 'closed')", name=op.f("ck_alerts_state")
        ),
        sa.CheckConstraint(
            "closed_by IS NULL OR closed_by <> worker", name=op.f("ck_alerts_closed_by_somebody_else")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("rule", "key", name=op.f("uq_alerts_rule_key")),
    )
    op.create_index("ix_alerts_state", "alerts", ["state", "id"], unique=False)
    op.create_index("ix_alerts_worker", "alerts", ["worker", "id"], unique=False)
    op.create_table(
        "closed_cases",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_closed_cases")),
    )
    op.create_table(
        "families_of_cases",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "person_id", name=op.f("pk_families_of_cases")),
    )
    op.create_index("ix_families_of_cases_person_id", "families_of_cases", ["person_id"], unique=False)
    op.create_table(
        "persons_of_days",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("statute_alone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "worker", "day", "person_id", "statute_alone", name=op.f("pk_persons_of_days")
        ),
    )
    op.create_index("ix_persons_of_days_day", "persons_of_days", ["day"], unique=False)
    op.create_table(
        "watch_cursors",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("next_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watch_cursors")),
    )
    op.create_table(
        "worker_days",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("by_statute", sa.Integer(), nullable=False),
        sa.Column("denials", sa.Integer(), nullable=False),
        sa.Column("after_hours", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("worker", "day", name=op.f("pk_worker_days")),
    )
    op.create_index("ix_worker_days_day", "worker_days", ["day"], unique=False)
    op.create_table(
        "workers_seen",
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_workers_seen")),
    )
    op.create_table(
        "alert_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("alert_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name=op.f("fk_alert_steps_alert_id_alerts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_steps")),
        sa.UniqueConstraint("alert_id", "number", name=op.f("uq_alert_steps_alert_id_number")),
    )
    # What was logged before there were rules is not judged by them.
    op.execute(
        "INSERT INTO watch_cursors (name, next_position)"
        " SELECT 'alerts', coalesce(max(position) + 1, 0) FROM leaves"
    )


def downgrade() -> None:
    op.drop_table("alert_steps")
    op.drop_table("workers_seen")
    op.drop_index("ix_worker_days_day", table_name="worker_days")
    op.drop_table("worker_days")
    op.drop_table("watch_cursors")
    op.drop_index("ix_persons_of_days_day", table_name="persons_of_days")
    op.drop_table("persons_of_days")
    op.drop_index("ix_families_of_cases_person_id", table_name="families_of_cases")
    op.drop_table("families_of_cases")
    op.drop_table("closed_cases")
    op.drop_index("ix_alerts_worker", table_name="alerts")
    op.drop_index("ix_alerts_state", table_name="alerts")
    op.drop_table("alerts")
    op.drop_table("accounts_of_persons")
