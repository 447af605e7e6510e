"""The tables of the front door: people, referrals, screening, the directory."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agencies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("concealed_as", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agencies")),
        sa.UniqueConstraint("organisation", name=op.f("uq_agencies_organisation")),
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("pronouns", sa.Text(), nullable=True),
        sa.Column("indigenous_identity", sa.Text(), nullable=True),
        sa.Column("indigenous_nation", sa.Text(), nullable=True),
        sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("interpreter_needed", sa.Boolean(), nullable=False),
        sa.Column("no_fixed_address", sa.Boolean(), nullable=False),
        sa.Column("born_year", sa.SmallInteger(), nullable=True),
        sa.Column("born_month", sa.SmallInteger(), nullable=True),
        sa.Column("born_day", sa.SmallInteger(), nullable=True),
        sa.Column("born_approximate", sa.Boolean(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "born_month BETWEEN 1 AND 12 AND born_day BETWEEN 1 AND 31", name=op.f("ck_persons_born_on_a_day")
        ),
        sa.CheckConstraint(
            "born_month IS NOT NULL OR born_day IS NULL", name=op.f("ck_persons_day_of_a_month")
        ),
        sa.CheckConstraint(
            "born_year IS NOT NULL OR born_month IS NULL", name=op.f("ck_persons_month_of_a_year")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
    )
    op.create_table(
        "practitioners",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practitioners")),
        sa.UniqueConstraint("worker", name=op.f("uq_practitioners_worker")),
    )
    op.create_index(op.f("ix_practitioners_organisation"), "practitioners", ["organisation"], unique=False)
    op.create_table(
        "account_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("relation IN ('self', 'parent', 'carer')", name=op.f("ck_account_links_relation")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_account_links_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_links")),
        sa.UniqueConstraint("person_id", "account", name=op.f("uq_account_links_person_id_account")),
    )
    op.create_table(
        "contact_points",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("safe_to_contact", sa.Boolean(), nullable=False),
        sa.Column("safe_to_leave_message", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('phone', 'email', 'address', 'place', 'through_someone')",
            name=op.f("ck_contact_points_kind"),
        ),
        sa.CheckConstraint(
            "safe_to_contact OR NOT safe_to_leave_message",
            name=op.f("ck_contact_points_a_message_is_a_contact"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_contact_points_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_points")),
    )
    op.create_index(op.f("ix_contact_points_person_id"), "contact_points", ["person_id"], unique=False)
    op.create_table(
        "listings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_keys", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("born_year", sa.SmallInteger(), nullable=True),
        sa.Column("born_month", sa.SmallInteger(), nullable=True),
        sa.Column("born_day", sa.SmallInteger(), nullable=True),
        sa.Column("born_approximate", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["persons.id"], name=op.f("fk_listings_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listings")),
    )
    op.create_index("ix_listings_born", "listings", ["born_year", "born_month", "born_day"], unique=False)
    op.create_table(
        "person_names",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("given", sa.Text(), nullable=True),
        sa.Column("family", sa.Text(), nullable=True),
        sa.Column("used_from", sa.Date(), nullable=True),
        sa.Column("used_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('legal', 'preferred', 'alias', 'birth', 'former')", name=op.f("ck_person_names_kind")
        ),
        sa.CheckConstraint(
            "given IS NOT NULL OR family IS NOT NULL", name=op.f("ck_person_names_says_something")
        ),
        sa.CheckConstraint("used_until >= used_from", name=op.f("ck_person_names_period")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_person_names_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_names")),
    )
    op.create_index(op.f("ix_person_names_person_id"), "person_names", ["person_id"], unique=False)
    op.create_table(
        "referrals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("referred_by", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("service_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(stage = 'in_service') = (service_contact_at IS NOT NULL)", name=op.f("ck_referrals_served")
        ),
        sa.CheckConstraint(
            "(stage = 'received') = (first_contact_at IS NULL)", name=op.f("ck_referrals_contacted")
        ),
        sa.CheckConstraint(
            "(stage IN ('eligible', 'not_eligible', 'in_service')) = (decided_at IS NOT NULL)",
            name=op.f("ck_referrals_decided"),
        ),
        sa.CheckConstraint(
            "(stage IN ('not_eligible', 'in_service')) = (ended_at IS NOT NULL)",
            name=op.f("ck_referrals_ended"),
        ),
        sa.CheckConstraint("priority IN ('routine', 'urgent', 'crisis')", name=op.f("ck_referrals_priority")),
        sa.CheckConstraint(
            "stage IN ('received', 'contacted', 'eligible', 'not_eligible', 'in_service')",
            name=op.f("ck_referrals_stage"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_referrals_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrals")),
    )
    op.create_index(op.f("ix_referrals_person_id"), "referrals", ["person_id"], unique=False)
    op.create_index("ix_referrals_program_stage", "referrals", ["program", "stage", "id"], unique=False)
    op.create_table(
        "search_words",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_search_words_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_words")),
        sa.UniqueConstraint("person_id", "word", name=op.f("uq_search_words_person_id_word")),
    )
    op.create_index("ix_search_words_word", "search_words", ["word", "person_id"], unique=False)
    op.create_table(
        "common_assessments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["listings.id"], name=op.f("fk_common_assessments_person_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_common_assessments")),
        sa.UniqueConstraint("assessment_id", name=op.f("uq_common_assessments_assessment_id")),
    )
    op.create_index(op.f("ix_common_assessments_case_id"), "common_assessments", ["case_id"], unique=False)
    op.create_index(
        op.f("ix_common_assessments_person_id"), "common_assessments", ["person_id"], unique=False
    )
    op.create_index(op.f("ix_common_assessments_until"), "common_assessments", ["until"], unique=False)
    op.create_table(
        "contact_attempts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('reached', 'no_answer', 'message_left', 'not_found', 'wrong_details', 'contact_declined')",
            name=op.f("ck_contact_attempts_outcome"),
        ),
        sa.CheckConstraint(
            "way IN ('in_person', 'phone', 'text_message', 'email', 'letter', 'through_someone')",
            name=op.f("ck_contact_attempts_way"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_contact_attempts_person_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_contact_attempts_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_attempts")),
    )
    op.create_index(
        op.f("ix_contact_attempts_referral_id"), "contact_attempts", ["referral_id"], unique=False
    )
    op.create_table(
        "involvements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("concealed_as", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("until >= since", name=op.f("ck_involvements_period")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["listings.id"], name=op.f("fk_involvements_person_id_listings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_involvements")),
        sa.UniqueConstraint(
            "source", "reference", "person_id", name=op.f("uq_involvements_source_reference_person_id")
        ),
    )
    op.create_index(op.f("ix_involvements_case_id"), "involvements", ["case_id"], unique=False)
    op.create_index(op.f("ix_involvements_person_id"), "involvements", ["person_id"], unique=False)
    op.create_index(op.f("ix_involvements_until"), "involvements", ["until"], unique=False)
    op.create_table(
        "screenings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("criteria_version", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('eligible', 'not_eligible', 'unknown')", name=op.f("ck_screenings_outcome")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_screenings_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_screenings_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screenings")),
    )
    op.create_index(op.f("ix_screenings_referral_id"), "screenings", ["referral_id"], unique=False)
    op.create_table(
        "findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("screening_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("finding IN ('met', 'not_met', 'unknown')", name=op.f("ck_findings_finding")),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.id"], name=op.f("fk_findings_screening_id_screenings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_findings")),
    )
    op.create_index(op.f("ix_findings_screening_id"), "findings", ["screening_id"], unique=False)
    op.drop_index(op.f("ix_parked_events_source_subject"), table_name="parked_events")
    op.drop_constraint(op.f("uq_parked_events_event_id"), "parked_events", type_="unique")
    op.create_index(
        "ix_parked_events_source_subject_id", "parked_events", ["source", "subject", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_parked_events_source_subject_id", table_name="parked_events")
    op.create_unique_constraint(
        op.f("uq_parked_events_event_id"), "parked_events", ["event_id"], postgresql_nulls_not_distinct=False
    )
    op.create_index(
        op.f("ix_parked_events_source_subject"), "parked_events", ["source", "subject", "id"], unique=False
    )
    op.drop_index(op.f("ix_findings_screening_id"), table_name="findings")
    op.drop_table("findings")
    op.drop_index(op.f("ix_screenings_referral_id"), table_name="screenings")
    op.drop_table("screenings")
    op.drop_index(op.f("ix_involvements_until"), table_name="involvements")
    op.drop_index(op.f("ix_involvements_person_id"), table_name="involvements")
    op.drop_index(op.f("ix_involvements_case_id"), table_name="involvements")
    op.drop_table("involvements")
    op.drop_index(op.f("ix_contact_attempts_referral_id"), table_name="contact_attempts")
    op.drop_table("contact_attempts")
    op.drop_index(op.f("ix_common_assessments_until"), table_name="common_assessments")
    op.drop_index(op.f("ix_common_assessments_person_id"), table_name="common_assessments")
    op.drop_index(op.f("ix_common_assessments_case_id"), table_name="common_assessments")
    op.drop_table("common_assessments")
    op.drop_index("ix_search_words_word", table_name="search_words")
    op.drop_table("search_words")
    op.drop_index("ix_referrals_program_stage", table_name="referrals")
    op.drop_index(op.f("ix_referrals_person_id"), table_name="referrals")
    op.drop_table("referrals")
    op.drop_index(op.f("ix_person_names_person_id"), table_name="person_names")
    op.drop_table("person_names")
    op.drop_index("ix_listings_born", table_name="listings")
    op.drop_table("listings")
    op.drop_index(op.f("ix_contact_points_person_id"), table_name="contact_points")
    op.drop_table("contact_points")
    op.drop_table("account_links")
    op.drop_index(op.f("ix_practitioners_organisation"), table_name="practitioners")
    op.drop_table("practitioners")
    op.drop_table("persons")
    op.drop_table("agencies")
