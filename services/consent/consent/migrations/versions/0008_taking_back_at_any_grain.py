"""Taking back at any grain; what guides and who goes before; history that nobody rewrites (CO-1, CO-3, CO-4, CO-6)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# What may still be written into a row once it stands; `?` marks what is written once, where nothing was before.
_ENDED = ("?ended_at", "?ended_by", "?end_reason")
_COUNTED = ("version", "updated_at")
MAY_CHANGE = {
    "agreements": (*_ENDED, *_COUNTED),
    "representatives": (*_ENDED, *_COUNTED),
    "prior_decisions": ("?revoked_at", "?revoked_by", "?revoke_reason", *_COUNTED),
    "prior_decision_times": _ENDED,
    "prior_rules": ("applies_since", "?counts_until"),
    "placed_restrictions": ("?lifted_at", "?lifted_by", "?lift_reason", *_COUNTED),
    "emergency_accesses": (
        *("?ended_at", "?ended_by", "?reviewed_at", "?reviewed_by", "?finding", "?review"),
        *_COUNTED,
    ),
}

_STAYS = """
    CREATE FUNCTION stays_as_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        was jsonb := to_jsonb(OLD);
        is_now jsonb := to_jsonb(NEW);
        may_change text;
    BEGIN
        FOREACH may_change IN ARRAY TG_ARGV LOOP
            IF starts_with(may_change, '?') AND was -> substr(may_change, 2) <> 'null' THEN
                CONTINUE;
            END IF;
            was := was - ltrim(may_change, '?');
            is_now := is_now - ltrim(may_change, '?');
        END LOOP;
        IF was IS DISTINCT FROM is_now THEN
            RAISE EXCEPTION 'what was recorded is never rewritten' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END
    $$
"""

_KEPT = """
    CREATE FUNCTION is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'what was recorded is kept' USING ERRCODE = 'restrict_violation';
    END
    $$
"""

# As the service writes them; a sign-in is told apart by its digest.
_AUTHORITIES = """
    INSERT INTO authority_standings
        (representative_id, person_id, decider, rank, decides_about, valid_from, valid_until, ended_at)
    SELECT id, person_id, encode(sha256(convert_to(lower(coalesce(account, id::text)), 'UTF8')), 'hex'),
        CASE authority WHEN 'court' THEN 1 WHEN 'guardian' THEN 1 WHEN 'representation_agreement' THEN 2
            WHEN 'parent' THEN 3 WHEN 'legislation' THEN 3 ELSE 4 END,
        decides_about, valid_from, valid_until, ended_at
    FROM representatives
"""

_AS_BEFORE = """
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


def upgrade() -> None:
    op.create_table(
        "authority_standings",
        sa.Column("representative_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("decider", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("decides_about", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("representative_id", name=op.f("pk_authority_standings")),
    )
    op.create_index("ix_authority_standings_person_id", "authority_standings", ["person_id"], unique=False)
    op.create_table(
        "decision_turns",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_decision_turns")),
    )
    op.create_table(
        "refusals_in_place",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("decider", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "person_id", "recipient", "category", "decider", name=op.f("pk_refusals_in_place")
        ),
    )
    op.create_table(
        "withdrawals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("categories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.Column("heard_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("given_capacity", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("given_account", sa.Text(), nullable=True),
        sa.Column("given_relationship", sa.Text(), nullable=True),
        sa.Column("given_authority", sa.Text(), nullable=True),
        sa.Column("given_representative_id", sa.Uuid(), nullable=True),
        sa.Column("given_until", sa.Date(), nullable=True),
        sa.Column("given_departs_because", sa.Text(), nullable=True),
        sa.Column("reach", sa.Text(), nullable=False),
        sa.Column("against_prior_decision", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_for", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "form <> 'written' OR evidence IS NOT NULL", name=op.f("ck_withdrawals_written_has_evidence")
        ),
        sa.CheckConstraint("form IN ('implied','verbal','written')", name=op.f("ck_withdrawals_form")),
        sa.CheckConstraint(
            "given_capacity = 'person' OR (given_capacity IN ('parent','carer','substitute')"
            " AND given_name IS NOT NULL AND given_relationship IS NOT NULL AND given_authority IS NOT NULL)",
            name=op.f("ck_withdrawals_others_decide_by_authority"),
        ),
        sa.CheckConstraint("reach IN ('everything','own_decisions')", name=op.f("ck_withdrawals_reach")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
    )
    op.create_index("ix_withdrawals_person_id", "withdrawals", ["person_id"], unique=False)
    op.create_table(
        "prior_decision_times",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("prior_decision_id", sa.Uuid(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_by", sa.Text(), nullable=False),
        sa.Column("signs", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
            name=op.f("ck_prior_decision_times_ended_by_somebody_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["prior_decision_id"],
            ["prior_decisions.id"],
            name=op.f("fk_prior_decision_times_prior_decision_id_prior_decisions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prior_decision_times")),
    )
    op.create_index(
        "uq_prior_decision_times_one_at_a_time",
        "prior_decision_times",
        ["prior_decision_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "prior_rules",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("prior_decision_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("categories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("representative_id", sa.Uuid(), nullable=True),
        sa.Column("applies_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counts_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "applies_since IS NULL OR kind = 'ulysses_agreement'",
            name=op.f("ck_prior_rules_only_ulysses_is_called"),
        ),
        sa.CheckConstraint("effect IN ('permit', 'refuse')", name=op.f("ck_prior_rules_effect")),
        sa.ForeignKeyConstraint(
            ["prior_decision_id"],
            ["prior_decisions.id"],
            name=op.f("fk_prior_rules_prior_decision_id_prior_decisions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prior_rules")),
    )
    op.create_index("ix_prior_rules_person_id", "prior_rules", ["person_id"], unique=False)
    op.create_index("ix_prior_rules_prior_decision_id", "prior_rules", ["prior_decision_id"], unique=False)
    op.add_column("agreements", sa.Column("renews", sa.Uuid(), nullable=True))
    op.create_index(
        "uq_agreements_renewed_once",
        "agreements",
        ["renews"],
        unique=True,
        postgresql_where=sa.text("renews IS NOT NULL AND ended_at IS NULL"),
    )
    op.create_foreign_key(
        op.f("fk_agreements_renews_agreements"), "agreements", "agreements", ["renews"], ["id"]
    )
    op.add_column(
        "consent_states",
        sa.Column("against_prior_decision", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("consents", sa.Column("given_until", sa.Date(), nullable=True))
    op.add_column("consents", sa.Column("given_departs_because", sa.Text(), nullable=True))
    op.add_column("consents", sa.Column("heard_by", sa.Text(), nullable=True))
    op.add_column("consents", sa.Column("agreement_id", sa.Uuid(), nullable=True))
    op.add_column("consents", sa.Column("next_review_on", sa.Date(), nullable=True))
    op.add_column(
        "own_refusals", sa.Column("lifted", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        "own_refusals",
        sa.Column("said_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.add_column("emergency_accesses", sa.Column("review_due_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(_STAYS)
    op.execute(_KEPT)
    for table, may_change in MAY_CHANGE.items():
        named = ", ".join(f"'{column}'" for column in may_change)
        op.execute(
            f"CREATE TRIGGER stays_as_recorded BEFORE UPDATE ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION stays_as_recorded({named})"
        )
    for table in (*MAY_CHANGE, "consents"):
        op.execute(f"CREATE TRIGGER is_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION is_kept()")
    op.execute("DROP TRIGGER consents_stay_as_decided ON consents")
    op.execute("DROP FUNCTION consents_stay_as_decided()")
    op.execute(
        "CREATE TRIGGER stays_as_recorded BEFORE UPDATE ON consents FOR EACH ROW EXECUTE FUNCTION"
        " stays_as_recorded('state', 'live_categories', 'next_review_on', 'version', 'updated_at')"
    )
    op.execute("UPDATE consents SET next_review_on = review_on WHERE review_on IS NOT NULL")
    op.execute(_AUTHORITIES)


def downgrade() -> None:
    for table in MAY_CHANGE:
        op.execute(f"DROP TRIGGER stays_as_recorded ON {table}")
    for table in (*MAY_CHANGE, "consents"):
        op.execute(f"DROP TRIGGER is_kept ON {table}")
    op.execute("DROP TRIGGER stays_as_recorded ON consents")
    op.execute("DROP FUNCTION stays_as_recorded()")
    op.execute("DROP FUNCTION is_kept()")
    op.execute(_AS_BEFORE)
    op.execute(
        "CREATE TRIGGER consents_stay_as_decided BEFORE UPDATE ON consents"
        " FOR EACH ROW EXECUTE FUNCTION consents_stay_as_decided()"
    )
    op.drop_column("emergency_accesses", "review_due_at")
    op.drop_column("own_refusals", "said_at")
    op.drop_column("own_refusals", "lifted")
    op.drop_column("consents", "next_review_on")
    op.drop_column("consents", "agreement_id")
    op.drop_column("consents", "heard_by")
    op.drop_column("consents", "given_departs_because")
    op.drop_column("consents", "given_until")
    op.drop_column("consent_states", "against_prior_decision")
    op.drop_constraint(op.f("fk_agreements_renews_agreements"), "agreements", type_="foreignkey")
    op.drop_index(
        "uq_agreements_renewed_once",
        table_name="agreements",
        postgresql_where=sa.text("renews IS NOT NULL AND ended_at IS NULL"),
    )
    op.drop_column("agreements", "renews")
    op.drop_index("ix_prior_rules_prior_decision_id", table_name="prior_rules")
    op.drop_index("ix_prior_rules_person_id", table_name="prior_rules")
    op.drop_table("prior_rules")
    op.drop_index(
        "uq_prior_decision_times_one_at_a_time",
        table_name="prior_decision_times",
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.drop_table("prior_decision_times")
    op.drop_index("ix_withdrawals_person_id", table_name="withdrawals")
    op.drop_table("withdrawals")
    op.drop_table("refusals_in_place")
    op.drop_table("decision_turns")
    op.drop_index("ix_authority_standings_person_id", table_name="authority_standings")
    op.drop_table("authority_standings")
