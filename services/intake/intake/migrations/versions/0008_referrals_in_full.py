"""Referrals in full: keepers, referrers, follow-up, outreach, and the worklist (IN-1, IN-2, IN-3, IN-5)."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_RULES = {
    "stage": "stage IN ('received', 'contacted', 'eligible', 'not_eligible', 'in_service', 'withdrawn', 'joined')",
    "contacted": "stage IN ('withdrawn', 'joined') OR (stage = 'received') = (first_contact_at IS NULL)",
    "decided": "stage = 'withdrawn'"
    " OR (stage IN ('eligible', 'not_eligible', 'in_service')) = (decided_at IS NOT NULL)",
    "ended": "stage = 'not_eligible'"
    " OR (stage IN ('in_service', 'withdrawn', 'joined')) = (ended_at IS NOT NULL)",
    "withdrawn": "(stage = 'withdrawn') = (withdrawn_because IS NOT NULL)",
    "joined": "(stage = 'joined') = (joined_to IS NOT NULL)",
    "followed_up": "(follow_up_outcome IS NULL) OR stage = 'not_eligible'",
    "returning": "priority = 'crisis' OR NOT returning_in_crisis",
}
_EARLIER_RULES = {
    "stage": "stage IN ('received', 'contacted', 'eligible', 'not_eligible', 'in_service')",
    "contacted": "(stage = 'received') = (first_contact_at IS NULL)",
    "decided": "(stage IN ('eligible', 'not_eligible', 'in_service')) = (decided_at IS NOT NULL)",
    "ended": "(stage IN ('not_eligible', 'in_service')) = (ended_at IS NOT NULL)",
}
_TEAM_OF_WHO_RECEIVED = """
    UPDATE referrals SET team = (
        SELECT substr(grantee, 6) FROM grants
        WHERE record_kind = 'referral' AND record_id = referrals.id AND grantee LIKE 'team:%' AND ended_at IS NULL
        ORDER BY grantee LIMIT 1
    )
"""
_COLUMNS = (
    "id, person_id, program, stage, priority, returning_in_crisis, source, owner, team, received_at, rank, order_at,"
    " clock, due_at, warn_at, paused_at, explained, unexplained, kept_by"
)
# What is owed to whom, as it follows from referrals, clocks and grants. A paused clock is owed last: it stands still.
_OWED = """
    CREATE VIEW icm_work_owed AS
    SELECT r.id, r.person_id, r.program, r.stage, r.priority, r.returning_in_crisis, r.source, r.owner, r.team,
        r.received_at,
        CASE WHEN r.returning_in_crisis THEN 0 WHEN r.priority = 'crisis' THEN 1 ELSE 2 END AS rank,
        CASE WHEN next.paused_at IS NULL AND next.due_at IS NOT NULL THEN next.due_at
            ELSE TIMESTAMPTZ '9999-12-31 00:00:00+00' END AS order_at,
        next.kind AS clock, next.due_at, next.warn_at, next.paused_at,
        next.circumstances IS NOT NULL AS explained,
        past.kinds AS unexplained, kept.grantees AS kept_by
    FROM referrals r
    LEFT JOIN LATERAL (
        SELECT c.kind, c.due_at, c.warn_at, c.paused_at, c.circumstances FROM clocks c
        WHERE c.subject_id = r.id AND c.met_at IS NULL AND c.cancelled_at IS NULL
        ORDER BY c.paused_at IS NOT NULL, c.due_at, c.id LIMIT 1
    ) next ON r.ended_at IS NULL
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT c.kind), '{}') AS kinds FROM clocks c
        WHERE c.subject_id = r.id AND c.breached_at IS NOT NULL AND c.circumstances IS NULL
            AND (c.met_at IS NOT NULL OR c.cancelled_at IS NOT NULL)
    ) past
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(DISTINCT g.grantee), '{}') AS grantees FROM grants g
        WHERE g.record_kind = 'referral' AND g.record_id = r.id AND g.basis = 'team' AND g.ended_at IS NULL
            AND g.valid_until IS NULL AND g.purposes = '{}' AND 'referral' = ANY (g.categories)
    ) kept
    WHERE r.ended_at IS NULL OR past.kinds <> '{}'
"""
_SET = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS.split(", ")[1:])
# The lock lets two transactions that change the same referral write its line one after the other.
_REFRESH = f"""
    CREATE FUNCTION icm_refresh_work_item(wanted uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $refresh$
    BEGIN
        PERFORM 1 FROM referrals WHERE id = wanted FOR NO KEY UPDATE;
        INSERT INTO work_items ({_COLUMNS}) SELECT {_COLUMNS} FROM icm_work_owed WHERE id = wanted
        ON CONFLICT (id) DO UPDATE SET {_SET};
        IF NOT FOUND THEN
            DELETE FROM work_items WHERE id = wanted;
        END IF;
    END
    $refresh$
"""  # noqa: S608 - names of this module
_ON_CLOCK = """
    CREATE FUNCTION icm_clock_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $changed$
    BEGIN
        IF NEW.subject_kind = 'referral' THEN
            PERFORM icm_refresh_work_item(NEW.subject_id);
        END IF;
        RETURN NULL;
    END
    $changed$
"""
_ON_REFERRAL = """
    CREATE FUNCTION icm_referral_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp AS $changed$
    BEGIN
        PERFORM icm_refresh_work_item(NEW.id);
        RETURN NULL;
    END
    $changed$
"""
# At the end of the transaction, when grants and clocks are as they will be. That a breach was noticed or announced
# changes nothing in the list, so the timers that note it take no lock on a referral.
_TRIGGERS = (
    "CREATE CONSTRAINT TRIGGER icm_worklist AFTER INSERT OR UPDATE OF due_at, warn_at, paused_at, met_at, cancelled_at,"
    " circumstances ON clocks DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION icm_clock_changed()",
    "CREATE CONSTRAINT TRIGGER icm_worklist AFTER UPDATE OF person_id, program, stage, priority, returning_in_crisis,"
    " source, owner, team, ended_at ON referrals DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION icm_referral_changed()",
)
_WORKLIST = (
    _OWED,
    _REFRESH,
    "REVOKE ALL ON FUNCTION icm_refresh_work_item(uuid) FROM PUBLIC",
    _ON_CLOCK,
    _ON_REFERRAL,
    *_TRIGGERS,
)


def upgrade() -> None:
    op.create_table(
        "discharges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("discharged_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discharges")),
        sa.UniqueConstraint("case_id", "person_id", name=op.f("uq_discharges_case_id_person_id")),
    )
    op.create_index(op.f("ix_discharges_person_id"), "discharges", ["person_id"], unique=False)
    op.create_table(
        "assignments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("from_owner", sa.Text(), nullable=True),
        sa.Column("to_owner", sa.Text(), nullable=True),
        sa.Column("from_team", sa.Text(), nullable=True),
        sa.Column("to_team", sa.Text(), nullable=True),
        sa.Column("from_program", sa.Text(), nullable=True),
        sa.Column("to_program", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "how IN ('taken', 'given', 'handed_over', 'put_back', 'transferred')",
            name=op.f("ck_assignments_how"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_assignments_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_assignments_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignments")),
    )
    op.create_index(op.f("ix_assignments_referral_id"), "assignments", ["referral_id"], unique=False)
    op.create_table(
        "explanations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("told_to", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("explained_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("explained_by", sa.Text(), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "told_to IN ('person', 'family', 'referrer')", name=op.f("ck_explanations_told_to")
        ),
        sa.CheckConstraint("way IN ('verbal', 'written')", name=op.f("ck_explanations_way")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_explanations_person_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_explanations_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_explanations")),
    )
    op.create_index(op.f("ix_explanations_referral_id"), "explanations", ["referral_id"], unique=False)
    op.create_table(
        "onward_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("linked_by", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("outcome_note", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('connected', 'declined', 'service_refused', 'lost_contact')",
            name=op.f("ck_onward_links_outcome"),
        ),
        sa.CheckConstraint(
            "way IN ('introduced_in_person', 'called_together', 'appointment_made', 'referral_sent', 'contact_given')",
            name=op.f("ck_onward_links_way"),
        ),
        sa.CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name=op.f("ck_onward_links_settled")),
        sa.CheckConstraint(
            "service_id IS NOT NULL OR service IS NOT NULL", name=op.f("ck_onward_links_names_a_service")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_onward_links_person_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_onward_links_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onward_links")),
    )
    op.create_index(op.f("ix_onward_links_referral_id"), "onward_links", ["referral_id"], unique=False)
    op.create_table(
        "outreach_contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occasion_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("alias", sa.Text(), nullable=True),
        sa.Column("described_as", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("place_words", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("also_present", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('talked', 'greeted', 'helped', 'not_found', 'declined')",
            name=op.f("ck_outreach_contacts_outcome"),
        ),
        sa.CheckConstraint(
            "way IN ('in_person', 'phone', 'text_message', 'email', 'letter', 'through_someone')",
            name=op.f("ck_outreach_contacts_way"),
        ),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR alias IS NOT NULL OR described_as IS NOT NULL OR place IS NOT NULL",
            name=op.f("ck_outreach_contacts_about_something"),
        ),
        sa.CheckConstraint(
            "referral_id IS NULL OR person_id IS NOT NULL",
            name=op.f("ck_outreach_contacts_referred_as_somebody"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_outreach_contacts_person_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_outreach_contacts_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outreach_contacts")),
    )
    op.create_index("ix_outreach_contacts_made_at", "outreach_contacts", ["made_at", "id"], unique=False)
    op.create_index(
        op.f("ix_outreach_contacts_occasion_id"), "outreach_contacts", ["occasion_id"], unique=False
    )
    op.create_index(op.f("ix_outreach_contacts_person_id"), "outreach_contacts", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_outreach_contacts_referral_id"), "outreach_contacts", ["referral_id"], unique=False
    )
    op.create_index(
        "ix_outreach_contacts_worker", "outreach_contacts", ["made_by", "made_at", "id"], unique=False
    )
    op.create_table(
        "priority_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("from_priority", sa.Text(), nullable=False),
        sa.Column("to_priority", sa.Text(), nullable=False),
        sa.Column("returning_in_crisis", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_priority_changes_person_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_priority_changes_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_priority_changes")),
    )
    op.create_index(
        op.f("ix_priority_changes_referral_id"), "priority_changes", ["referral_id"], unique=False
    )
    op.create_table(
        "referrers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("joined_to", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("relation", sa.Text(), nullable=True),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("tell_outcome", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_by", sa.Text(), nullable=True),
        sa.Column("told_way", sa.Text(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(told_at IS NULL) = (told_by IS NULL) AND (told_at IS NULL) = (told_way IS NULL)",
            name=op.f("ck_referrers_told"),
        ),
        sa.ForeignKeyConstraint(
            ["joined_to"], ["referrals.id"], name=op.f("fk_referrers_joined_to_referrals")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_referrers_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_referrers_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrers")),
    )
    op.create_index(op.f("ix_referrers_joined_to"), "referrers", ["joined_to"], unique=False)
    op.create_index(op.f("ix_referrers_referral_id"), "referrers", ["referral_id"], unique=False)
    op.create_table(
        "work_items",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("returning_in_crisis", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("team", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("order_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("explained", sa.Boolean(), nullable=False),
        sa.Column("unexplained", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("kept_by", sa.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("rank BETWEEN 0 AND 2", name=op.f("ck_work_items_rank")),
        sa.ForeignKeyConstraint(["id"], ["referrals.id"], name=op.f("fk_work_items_id_referrals")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_work_items_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_items")),
    )
    op.create_index("ix_work_items_owner", "work_items", ["owner", "rank", "order_at", "id"], unique=False)
    op.create_index("ix_work_items_person_id", "work_items", ["person_id"], unique=False)
    op.create_index("ix_work_items_team", "work_items", ["team", "rank", "order_at", "id"], unique=False)
    op.create_table(
        "link_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint("asked IN ('person', 'family', 'service')", name=op.f("ck_link_checks_asked")),
        sa.CheckConstraint(
            "found IN ('not_reached', 'waiting', 'appointment_made', 'met')",
            name=op.f("ck_link_checks_found"),
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["onward_links.id"], name=op.f("fk_link_checks_link_id_onward_links")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_link_checks_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_link_checks_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_checks")),
    )
    op.create_index(op.f("ix_link_checks_link_id"), "link_checks", ["link_id"], unique=False)
    op.add_column("clock_pauses", sa.Column("code", sa.Text(), nullable=True))
    op.add_column("clocks", sa.Column("pause_code", sa.Text(), nullable=True))
    op.add_column("clocks", sa.Column("documented_by", sa.Text(), nullable=True))
    op.add_column("clocks", sa.Column("documented_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contact_attempts", sa.Column("recorded_by", sa.Text(), nullable=True))
    op.add_column("contact_attempts", sa.Column("also_present", sa.ARRAY(sa.Text()), nullable=True))
    op.add_column(
        "referrals",
        sa.Column("returning_in_crisis", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("referrals", sa.Column("described_as", sa.Text(), nullable=True))
    op.add_column("referrals", sa.Column("received_by", sa.Text(), nullable=True))
    op.add_column("referrals", sa.Column("owner", sa.Text(), nullable=True))
    op.add_column("referrals", sa.Column("team", sa.Text(), nullable=True))
    op.add_column("referrals", sa.Column("withdrawn_because", sa.Text(), nullable=True))
    op.add_column("referrals", sa.Column("withdrawn_note", sa.Text(), nullable=True))
    op.add_column("referrals", sa.Column("follow_up_outcome", sa.Text(), nullable=True))
    op.add_column("referrals", sa.Column("request_id", sa.Uuid(), nullable=True))
    op.add_column("referrals", sa.Column("joined_to", sa.Uuid(), nullable=True))
    op.add_column("referrals", sa.Column("continues", sa.Uuid(), nullable=True))
    op.add_column("referrals", sa.Column("feed", sa.Text(), nullable=True))
    op.add_column("referrals", sa.Column("feed_reference", sa.Text(), nullable=True))
    op.create_index(
        "ix_referrals_continues",
        "referrals",
        ["continues"],
        unique=False,
        postgresql_where=sa.text("continues IS NOT NULL"),
    )
    op.create_index(
        "ix_referrals_joined_to",
        "referrals",
        ["joined_to"],
        unique=False,
        postgresql_where=sa.text("joined_to IS NOT NULL"),
    )
    op.create_index(
        "ix_referrals_request",
        "referrals",
        ["request_id"],
        unique=False,
        postgresql_where=sa.text("request_id IS NOT NULL"),
    )
    op.create_unique_constraint(
        op.f("uq_referrals_feed_feed_reference"), "referrals", ["feed", "feed_reference"]
    )
    op.create_foreign_key(
        op.f("fk_referrals_continues_referrals"), "referrals", "referrals", ["continues"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_referrals_joined_to_referrals"), "referrals", "referrals", ["joined_to"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_clocks_a_code_belongs_to_a_pause"), "clocks", "pause_code IS NULL OR paused_at IS NOT NULL"
    )
    for name in ("stage", "contacted", "decided", "ended"):
        op.drop_constraint(op.f(f"ck_referrals_{name}"), "referrals", type_="check")
    for name, rule in _RULES.items():
        op.create_check_constraint(op.f(f"ck_referrals_{name}"), "referrals", rule)
    op.execute(_TEAM_OF_WHO_RECEIVED)
    for statement in _WORKLIST:
        op.execute(statement)
    op.execute(f"INSERT INTO work_items ({_COLUMNS}) SELECT {_COLUMNS} FROM icm_work_owed")  # noqa: S608


def downgrade() -> None:
    op.execute("DROP TRIGGER icm_worklist ON referrals")
    op.execute("DROP TRIGGER icm_worklist ON clocks")
    op.execute("DROP FUNCTION icm_referral_changed()")
    op.execute("DROP FUNCTION icm_clock_changed()")
    op.execute("DROP FUNCTION icm_refresh_work_item(uuid)")
    op.execute("DROP VIEW icm_work_owed")
    for name in _RULES:
        op.drop_constraint(op.f(f"ck_referrals_{name}"), "referrals", type_="check")
    for name, rule in _EARLIER_RULES.items():
        op.create_check_constraint(op.f(f"ck_referrals_{name}"), "referrals", rule)
    op.drop_constraint(op.f("ck_clocks_a_code_belongs_to_a_pause"), "clocks", type_="check")
    op.drop_constraint(op.f("fk_referrals_joined_to_referrals"), "referrals", type_="foreignkey")
    op.drop_constraint(op.f("fk_referrals_continues_referrals"), "referrals", type_="foreignkey")
    op.drop_constraint(op.f("uq_referrals_feed_feed_reference"), "referrals", type_="unique")
    op.drop_index(
        "ix_referrals_request", table_name="referrals", postgresql_where=sa.text("request_id IS NOT NULL")
    )
    op.drop_index(
        "ix_referrals_joined_to", table_name="referrals", postgresql_where=sa.text("joined_to IS NOT NULL")
    )
    op.drop_index(
        "ix_referrals_continues", table_name="referrals", postgresql_where=sa.text("continues IS NOT NULL")
    )
    op.drop_column("referrals", "feed_reference")
    op.drop_column("referrals", "feed")
    op.drop_column("referrals", "continues")
    op.drop_column("referrals", "joined_to")
    op.drop_column("referrals", "request_id")
    op.drop_column("referrals", "follow_up_outcome")
    op.drop_column("referrals", "withdrawn_note")
    op.drop_column("referrals", "withdrawn_because")
    op.drop_column("referrals", "team")
    op.drop_column("referrals", "owner")
    op.drop_column("referrals", "received_by")
    op.drop_column("referrals", "described_as")
    op.drop_column("referrals", "returning_in_crisis")
    op.drop_column("contact_attempts", "also_present")
    op.drop_column("contact_attempts", "recorded_by")
    op.drop_column("clocks", "documented_at")
    op.drop_column("clocks", "documented_by")
    op.drop_column("clocks", "pause_code")
    op.drop_column("clock_pauses", "code")
    op.drop_index(op.f("ix_link_checks_link_id"), table_name="link_checks")
    op.drop_table("link_checks")
    op.drop_index("ix_work_items_team", table_name="work_items")
    op.drop_index("ix_work_items_person_id", table_name="work_items")
    op.drop_index("ix_work_items_owner", table_name="work_items")
    op.drop_table("work_items")
    op.drop_index(op.f("ix_referrers_referral_id"), table_name="referrers")
    op.drop_index(op.f("ix_referrers_joined_to"), table_name="referrers")
    op.drop_table("referrers")
    op.drop_index(op.f("ix_priority_changes_referral_id"), table_name="priority_changes")
    op.drop_table("priority_changes")
    op.drop_index("ix_outreach_contacts_worker", table_name="outreach_contacts")
    op.drop_index(op.f("ix_outreach_contacts_referral_id"), table_name="outreach_contacts")
    op.drop_index(op.f("ix_outreach_contacts_person_id"), table_name="outreach_contacts")
    op.drop_index(op.f("ix_outreach_contacts_occasion_id"), table_name="outreach_contacts")
    op.drop_index("ix_outreach_contacts_made_at", table_name="outreach_contacts")
    op.drop_table("outreach_contacts")
    op.drop_index(op.f("ix_onward_links_referral_id"), table_name="onward_links")
    op.drop_table("onward_links")
    op.drop_index(op.f("ix_explanations_referral_id"), table_name="explanations")
    op.drop_table("explanations")
    op.drop_index(op.f("ix_assignments_referral_id"), table_name="assignments")
    op.drop_table("assignments")
    op.drop_index(op.f("ix_discharges_person_id"), table_name="discharges")
    op.drop_table("discharges")
