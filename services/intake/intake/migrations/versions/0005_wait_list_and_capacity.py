"""What programs can carry, and who waits for them (IN-6)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "caseload_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caseload_cases")),
        sa.UniqueConstraint("worker", "case_id", name=op.f("uq_caseload_cases_worker_case_id")),
    )
    op.create_index("ix_caseload_cases_case_id", "caseload_cases", ["case_id"], unique=False)
    op.create_table(
        "caseloads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("led_cases", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("led_cases >= 0 AND weight >= 0", name=op.f("ck_caseloads_counts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caseloads")),
        sa.UniqueConstraint("worker", name=op.f("uq_caseloads_worker")),
    )
    op.create_table(
        "overload_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("measures", sa.Text(), nullable=False),
        sa.Column("responsible", sa.Text(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overload_plans")),
    )
    op.create_index("ix_overload_plans_program", "overload_plans", ["program", "recorded_at"], unique=False)
    op.create_table(
        "program_capacities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("ideal", sa.Integer(), nullable=False),
        sa.Column("maximum", sa.Integer(), nullable=False),
        sa.Column("offers", sa.Text(), nullable=False),
        sa.Column("offer_days", sa.Integer(), nullable=False),
        sa.Column("after_decline", sa.Text(), nullable=False),
        sa.Column("after_expiry", sa.Text(), nullable=False),
        sa.Column("rest_days", sa.Integer(), nullable=False),
        sa.Column("check_in_days", sa.Integer(), nullable=False),
        sa.Column("attempts_before_lost", sa.Integer(), nullable=False),
        sa.Column("plan_days", sa.Integer(), nullable=False),
        sa.Column("full_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(kind = 'fixed_places') = (places IS NOT NULL)",
            name=op.f("ck_program_capacities_places_are_counted"),
        ),
        sa.CheckConstraint(
            "after_decline IN ('keeps_position', 'goes_to_end')",
            name=op.f("ck_program_capacities_after_decline"),
        ),
        sa.CheckConstraint(
            "after_expiry IN ('keeps_position', 'goes_to_end')",
            name=op.f("ck_program_capacities_after_expiry"),
        ),
        sa.CheckConstraint("kind IN ('caseload', 'fixed_places')", name=op.f("ck_program_capacities_kind")),
        sa.CheckConstraint("offers IN ('automatic', 'by_worker')", name=op.f("ck_program_capacities_offers")),
        sa.CheckConstraint(
            "ideal BETWEEN 1 AND maximum AND maximum <= 500",
            name=op.f("ck_program_capacities_ideal_below_maximum"),
        ),
        sa.CheckConstraint(
            "offer_days > 0 AND rest_days > 0 AND check_in_days > 0 AND plan_days > 0 AND attempts_before_lost > 0",
            name=op.f("ck_program_capacities_terms"),
        ),
        sa.CheckConstraint("places >= 0", name=op.f("ck_program_capacities_places")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_capacities")),
        sa.UniqueConstraint("program", name=op.f("uq_program_capacities_program")),
    )
    op.create_table(
        "program_workers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("full_time_percent", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("full_time_percent BETWEEN 1 AND 100", name=op.f("ck_program_workers_share")),
        sa.CheckConstraint("until >= since", name=op.f("ck_program_workers_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program_workers")),
    )
    op.create_index("ix_program_workers_worker", "program_workers", ["worker"], unique=False)
    op.create_index(
        "uq_program_workers_running",
        "program_workers",
        ["program", "worker"],
        unique=True,
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "turns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("eligible_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rest_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("took_place_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_because", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(ARRAY['returning_in_crisis', 'crisis', 'urgent', 'routine'])[rank + 1] = priority",
            name=op.f("ck_turns_rank_of_priority"),
        ),
        sa.CheckConstraint("(state = 'left') = (left_at IS NOT NULL)", name=op.f("ck_turns_left")),
        sa.CheckConstraint(
            "(state IN ('offered', 'placed')) = (took_place_at IS NOT NULL)",
            name=op.f("ck_turns_place_is_taken"),
        ),
        sa.CheckConstraint(
            "released_at IS NULL OR state = 'placed'", name=op.f("ck_turns_released_after_placing")
        ),
        sa.CheckConstraint("state IN ('waiting', 'offered', 'placed', 'left')", name=op.f("ck_turns_state")),
        sa.CheckConstraint(
            "(released_at IS NULL) = (release_reason IS NULL)", name=op.f("ck_turns_released_for_a_reason")
        ),
        sa.CheckConstraint(
            "worker IS NULL OR took_place_at IS NOT NULL", name=op.f("ck_turns_worker_holds_a_place")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turns")),
    )
    op.create_index(
        "ix_turns_case_id",
        "turns",
        ["case_id"],
        unique=False,
        postgresql_where=sa.text("case_id IS NOT NULL"),
    )
    op.create_index(
        "ix_turns_holding",
        "turns",
        ["worker", "program"],
        unique=False,
        postgresql_where=sa.text("state IN ('offered', 'placed') AND released_at IS NULL"),
    )
    op.create_index("ix_turns_line", "turns", ["program", "state", "rank", "ordered_at", "id"], unique=False)
    op.create_table(
        "offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("turn_id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("above_ideal", sa.Boolean(), nullable=False),
        sa.Column("out_of_turn", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("because", sa.Text(), nullable=True),
        sa.CheckConstraint("(state = 'standing') = (ended_at IS NULL)", name=op.f("ck_offers_ended")),
        sa.CheckConstraint(
            "state IN ('standing', 'accepted', 'declined', 'expired', 'withdrawn')",
            name=op.f("ck_offers_state"),
        ),
        sa.ForeignKeyConstraint(["turn_id"], ["turns.id"], name=op.f("fk_offers_turn_id_turns")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    op.create_index(
        "ix_offers_expiring",
        "offers",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("state = 'standing'"),
    )
    op.create_index("ix_offers_turn_id", "offers", ["turn_id"], unique=False)
    op.create_index(
        "uq_offers_standing",
        "offers",
        ["turn_id"],
        unique=True,
        postgresql_where=sa.text("state = 'standing'"),
    )
    op.create_table(
        "wait_list_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["turns.id"], name=op.f("fk_wait_list_entries_id_turns")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_wait_list_entries_person_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_wait_list_entries_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait_list_entries")),
    )
    op.create_index(
        "ix_wait_list_entries_person_id", "wait_list_entries", ["person_id", "program"], unique=False
    )
    op.create_index("ix_wait_list_entries_referral_id", "wait_list_entries", ["referral_id"], unique=False)
    op.create_index(
        "uq_wait_list_entries_open",
        "wait_list_entries",
        ["referral_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "waiting_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("was", sa.Text(), nullable=True),
        sa.Column("became", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'contact') = (outcome IS NOT NULL)",
            name=op.f("ck_waiting_notes_a_contact_has_an_outcome"),
        ),
        sa.CheckConstraint(
            "(kind = 'priority') = (became IS NOT NULL)", name=op.f("ck_waiting_notes_a_change_says_what")
        ),
        sa.CheckConstraint(
            "kind IN ('contact', 'support', 'priority', 'out_of_turn', 'declined', 'left', 'place_ended')",
            name=op.f("ck_waiting_notes_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["wait_list_entries.id"], name=op.f("fk_waiting_notes_entry_id_wait_list_entries")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_notes")),
    )
    op.create_index("ix_waiting_notes_entry_id", "waiting_notes", ["entry_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_waiting_notes_entry_id", table_name="waiting_notes")
    op.drop_table("waiting_notes")
    op.drop_index(
        "uq_wait_list_entries_open",
        table_name="wait_list_entries",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_wait_list_entries_referral_id", table_name="wait_list_entries")
    op.drop_index("ix_wait_list_entries_person_id", table_name="wait_list_entries")
    op.drop_table("wait_list_entries")
    op.drop_index("uq_offers_standing", table_name="offers", postgresql_where=sa.text("state = 'standing'"))
    op.drop_index("ix_offers_turn_id", table_name="offers")
    op.drop_index("ix_offers_expiring", table_name="offers", postgresql_where=sa.text("state = 'standing'"))
    op.drop_table("offers")
    op.drop_index("ix_turns_line", table_name="turns")
    op.drop_index(
        "ix_turns_holding",
        table_name="turns",
        postgresql_where=sa.text("state IN ('offered', 'placed') AND released_at IS NULL"),
    )
    op.drop_index("ix_turns_case_id", table_name="turns", postgresql_where=sa.text("case_id IS NOT NULL"))
    op.drop_table("turns")
    op.drop_index(
        "uq_program_workers_running", table_name="program_workers", postgresql_where=sa.text("until IS NULL")
    )
    op.drop_index("ix_program_workers_worker", table_name="program_workers")
    op.drop_table("program_workers")
    op.drop_table("program_capacities")
    op.drop_index("ix_overload_plans_program", table_name="overload_plans")
    op.drop_table("overload_plans")
    op.drop_table("caseloads")
    op.drop_index("ix_caseload_cases_case_id", table_name="caseload_cases")
    op.drop_table("caseload_cases")
