"""Consents with their states, restrictions, known persons (CO-1, CO-2, CO-5)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("categories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("live_categories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("purposes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("given_capacity", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("given_account", sa.Text(), nullable=True),
        sa.Column("given_relationship", sa.Text(), nullable=True),
        sa.Column("given_authority", sa.Text(), nullable=True),
        sa.Column("explained_by", sa.Text(), nullable=True),
        sa.Column("explained_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("explanation_meaning", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("explanation_text", sa.Text(), nullable=True),
        sa.Column("refusal_explained", sa.Boolean(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_for", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'given') = (cardinality(live_categories) > 0)",
            name=op.f("ck_consents_open_while_given"),
        ),
        sa.CheckConstraint(
            "decision = 'refused' OR explanation_text IS NOT NULL",
            name=op.f("ck_consents_explained_before_given"),
        ),
        sa.CheckConstraint("decision IN ('given','refused')", name=op.f("ck_consents_decision")),
        sa.CheckConstraint(
            "form <> 'written' OR evidence IS NOT NULL", name=op.f("ck_consents_written_has_evidence")
        ),
        sa.CheckConstraint("form IN ('implied','verbal','written')", name=op.f("ck_consents_form")),
        sa.CheckConstraint(
            "given_capacity = 'person' OR (given_capacity IN ('parent','carer','substitute')"
            " AND given_name IS NOT NULL AND given_relationship IS NOT NULL AND given_authority IS NOT NULL)",
            name=op.f("ck_consents_others_decide_by_authority"),
        ),
        sa.CheckConstraint(
            "state IN ('given','refused','withdrawn','expired')", name=op.f("ck_consents_state")
        ),
        sa.CheckConstraint(
            "cardinality(categories) > 0 AND cardinality(purposes) > 0", name=op.f("ck_consents_scope")
        ),
        sa.CheckConstraint(
            "live_categories <@ categories", name=op.f("ck_consents_nothing_opens_that_was_not_given")
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until > valid_from", name=op.f("ck_consents_period")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
    )
    op.create_index("ix_consents_person_id", "consents", ["person_id", "recipient"], unique=False)
    op.create_index(
        "ix_consents_valid_until",
        "consents",
        ["valid_until"],
        unique=False,
        postgresql_where=sa.text("state = 'given' AND valid_until IS NOT NULL"),
    )
    op.create_table(
        "known_persons",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_known_persons")),
    )
    op.create_table(
        "placed_restrictions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL)",
            name=op.f("ck_placed_restrictions_lifted_by_somebody_for_a_reason"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placed_restrictions")),
    )
    op.create_index(
        "uq_placed_restrictions_one_at_a_time",
        "placed_restrictions",
        ["person_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "consent_states",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("categories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consents.id"], name=op.f("fk_consent_states_consent_id_consents")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_states")),
        sa.UniqueConstraint("consent_id", "number", name=op.f("uq_consent_states_consent_id_number")),
    )

    # What was decided is history: only what became of it moves on.
    op.execute(
        """
        CREATE FUNCTION consents_stay_as_decided() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            may_change CONSTANT text[] := ARRAY['state', 'live_categories', 'version', 'updated_at'];
        BEGIN
            IF to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN
                RAISE EXCEPTION 'a decision is never rewritten' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END
        $$
        """
    )
    op.execute(
        "CREATE TRIGGER consents_stay_as_decided BEFORE UPDATE ON consents"
        " FOR EACH ROW EXECUTE FUNCTION consents_stay_as_decided()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER consents_stay_as_decided ON consents")
    op.execute("DROP FUNCTION consents_stay_as_decided()")
    op.drop_table("consent_states")
    op.drop_index(
        "uq_placed_restrictions_one_at_a_time",
        table_name="placed_restrictions",
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.drop_table("placed_restrictions")
    op.drop_table("known_persons")
    op.drop_index(
        "ix_consents_valid_until",
        table_name="consents",
        postgresql_where=sa.text("state = 'given' AND valid_until IS NOT NULL"),
    )
    op.drop_index("ix_consents_person_id", table_name="consents")
    op.drop_table("consents")
