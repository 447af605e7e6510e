"""Criteria kept with decisions, drafts, competences of deciders, and what comes before a common assessment."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_CHECKS = (
    ("ck_screenings_proposed", "screenings", "proposed IN ('eligible', 'not_eligible', 'unknown')"),
    (
        "ck_screenings_disagreement_has_a_reason",
        "screenings",
        "proposed = outcome OR disagreement IS NOT NULL",
    ),
    ("ck_findings_computed", "findings", "computed IN ('met', 'not_met', 'unknown')"),
)


def upgrade() -> None:
    op.create_table(
        "assessments_told",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("answered", sa.ARRAY(sa.Text()), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessments_told")),
    )
    op.create_index(op.f("ix_assessments_told_person_id"), "assessments_told", ["person_id"], unique=False)
    op.create_table(
        "competences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("competence", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(ended_on IS NULL) = (ended_by IS NULL)", name=op.f("ck_competences_ended_by_somebody")
        ),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_competences_period")),
        sa.CheckConstraint("worker <> recorded_by", name=op.f("ck_competences_vouched_for_by_somebody_else")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_competences")),
    )
    op.create_index("ix_competences_worker", "competences", ["worker", "competence"], unique=False)
    op.create_table(
        "criteria_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("origin IN ('shipped', 'published')", name=op.f("ck_criteria_versions_origin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria_versions")),
        sa.UniqueConstraint("program", "version", name=op.f("uq_criteria_versions_program_version")),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("attached_by", sa.Text(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detached_by", sa.Text(), nullable=True),
        sa.Column("detached_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(detached_at IS NULL) = (detached_by IS NULL)", name=op.f("ck_attachments_detached_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["assessments_told.id"],
            name=op.f("fk_attachments_assessment_id_assessments_told"),
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_attachments_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(
        "uq_attachments_once",
        "attachments",
        ["referral_id", "assessment_id"],
        unique=True,
        postgresql_where=sa.text("detached_at IS NULL"),
    )
    op.create_table(
        "checklists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("advisable", sa.Text(), nullable=False),
        sa.Column("areas", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("areas_unknown", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("agreed_by", sa.Text(), nullable=False),
        sa.Column("agreed_how", sa.Text(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("present", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("filled_by", sa.Text(), nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("conclusion", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("concluded_by", sa.Text(), nullable=True),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("referral_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("advisable IN ('yes', 'no', 'unknown')", name=op.f("ck_checklists_advisable")),
        sa.CheckConstraint(
            "agreed_by IN ('person', 'parent', 'carer', 'substitute_decision_maker')",
            name=op.f("ck_checklists_agreed_by"),
        ),
        sa.CheckConstraint(
            "agreed_how IN ('verbal', 'written', 'implied')", name=op.f("ck_checklists_agreed_how")
        ),
        sa.CheckConstraint(
            "conclusion IN ('referral', 'common_assessment', 'no_further_need')",
            name=op.f("ck_checklists_conclusion"),
        ),
        sa.CheckConstraint(
            "referral_id IS NULL OR conclusion = 'referral'", name=op.f("ck_checklists_referral")
        ),
        sa.CheckConstraint(
            "(conclusion IS NULL) = (concluded_at IS NULL) AND (conclusion IS NULL) = (concluded_by IS NULL)"
            " AND (conclusion IS NULL) = (reason IS NULL)",
            name=op.f("ck_checklists_concluded_by_somebody_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_checklists_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_checklists_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checklists")),
    )
    op.create_index(op.f("ix_checklists_person_id"), "checklists", ["person_id"], unique=False)
    op.create_table(
        "screening_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("criteria_id", sa.Uuid(), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("answers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["criteria_id"],
            ["criteria_versions.id"],
            name=op.f("fk_screening_drafts_criteria_id_criteria_versions"),
        ),
        sa.ForeignKeyConstraint(
            ["referral_id"], ["referrals.id"], name=op.f("fk_screening_drafts_referral_id_referrals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_drafts")),
        sa.UniqueConstraint("referral_id", name=op.f("uq_screening_drafts_referral_id")),
    )
    op.create_table(
        "rights_given",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("screening_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("way IN ('verbal', 'written', 'both')", name=op.f("ck_rights_given_way")),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.id"], name=op.f("fk_rights_given_screening_id_screenings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights_given")),
    )
    op.create_index(op.f("ix_rights_given_screening_id"), "rights_given", ["screening_id"], unique=False)
    op.create_table(
        "screening_answers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("screening_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("derived", sa.Boolean(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("informed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["screening_id"], ["screenings.id"], name=op.f("fk_screening_answers_screening_id_screenings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_answers")),
    )
    op.create_index(op.f("ix_screening_answers_person_id"), "screening_answers", ["person_id"], unique=False)
    op.create_index(
        op.f("ix_screening_answers_screening_id"), "screening_answers", ["screening_id"], unique=False
    )
    op.add_column("findings", sa.Column("computed", sa.Text(), nullable=True))
    op.add_column(
        "findings", sa.Column("because", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column(
        "findings", sa.Column("missing", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.add_column("findings", sa.Column("informed_by", sa.Uuid(), nullable=True))
    op.add_column("screenings", sa.Column("criteria_id", sa.Uuid(), nullable=True))
    op.add_column("screenings", sa.Column("proposed", sa.Text(), nullable=True))
    op.add_column("screenings", sa.Column("disagreement", sa.Text(), nullable=True))
    op.add_column(
        "screenings",
        sa.Column(
            "exceptions",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'[]'::jsonb"),
            nullable=False,
        ),
    )
    op.create_foreign_key(
        op.f("fk_screenings_criteria_id_criteria_versions"),
        "screenings",
        "criteria_versions",
        ["criteria_id"],
        ["id"],
    )
    for name, table, rule in _CHECKS:
        op.create_check_constraint(op.f(name), table, rule)


def downgrade() -> None:
    for name, table, _ in _CHECKS:
        op.drop_constraint(op.f(name), table)
    op.drop_constraint(op.f("fk_screenings_criteria_id_criteria_versions"), "screenings", type_="foreignkey")
    op.drop_column("screenings", "exceptions")
    op.drop_column("screenings", "disagreement")
    op.drop_column("screenings", "proposed")
    op.drop_column("screenings", "criteria_id")
    op.drop_column("findings", "informed_by")
    op.drop_column("findings", "missing")
    op.drop_column("findings", "because")
    op.drop_column("findings", "computed")
    op.drop_index(op.f("ix_screening_answers_screening_id"), table_name="screening_answers")
    op.drop_index(op.f("ix_screening_answers_person_id"), table_name="screening_answers")
    op.drop_table("screening_answers")
    op.drop_index(op.f("ix_rights_given_screening_id"), table_name="rights_given")
    op.drop_table("rights_given")
    op.drop_table("screening_drafts")
    op.drop_index(op.f("ix_checklists_person_id"), table_name="checklists")
    op.drop_table("checklists")
    op.drop_index(
        "uq_attachments_once", table_name="attachments", postgresql_where=sa.text("detached_at IS NULL")
    )
    op.drop_table("attachments")
    op.drop_table("criteria_versions")
    op.drop_index("ix_competences_worker", table_name="competences")
    op.drop_table("competences")
    op.drop_index(op.f("ix_assessments_told_person_id"), table_name="assessments_told")
    op.drop_table("assessments_told")
