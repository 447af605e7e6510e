"""Who may decide: capacity, representatives, prior decisions, own refusals; agreements (CO-3, CO-4)."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("organisations", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("partner", sa.Text(), nullable=True),
        sa.Column("categories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("purposes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('information_sharing', 'memorandum')", name=op.f("ck_agreements_kind")),
        sa.CheckConstraint(
            "partner IN ('crisis_and_emergency', 'withdrawal_management', 'housing', 'income_assistance',"
            " 'harm_reduction', 'community_policing', 'home_health', 'children_and_families')",
            name=op.f("ck_agreements_partner"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
            name=op.f("ck_agreements_ended_by_somebody_for_a_reason"),
        ),
        sa.CheckConstraint(
            "cardinality(organisations) >= 2", name=op.f("ck_agreements_between_two_at_least")
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_agreements_period")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    op.create_index(
        "ix_agreements_organisations", "agreements", ["organisations"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "capacity_assessments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assessed_by", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind = 'screen' OR outcome <> 'doubtful'",
            name=op.f("ck_capacity_assessments_a_full_one_decides"),
        ),
        sa.CheckConstraint("kind IN ('screen', 'full')", name=op.f("ck_capacity_assessments_kind")),
        sa.CheckConstraint(
            "outcome IN ('able', 'doubtful', 'not_able')", name=op.f("ck_capacity_assessments_outcome")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capacity_assessments")),
    )
    op.create_index("ix_capacity_assessments_person_id", "capacity_assessments", ["person_id"], unique=False)
    op.create_table(
        "capacity_standings",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("assessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('able', 'doubtful', 'not_able')", name=op.f("ck_capacity_standings_outcome")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_capacity_standings")),
    )
    op.create_table(
        "own_refusals",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "recipient", "category", name=op.f("pk_own_refusals")),
    )
    op.create_table(
        "representatives",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("relationship", sa.Text(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("decides_about", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "authority IN ('representation_agreement', 'court',"
            " 'guardian', 'parent', 'legislation', 'chosen')",
            name=op.f("ck_representatives_authority"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)",
            name=op.f("ck_representatives_ended_by_somebody_for_a_reason"),
        ),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_representatives_period")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_representatives")),
    )
    op.create_index("ix_representatives_person_id", "representatives", ["person_id"], unique=False)
    op.create_table(
        "capacity_findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("assessment_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("observed", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "domain IN ('personal_safety', 'basic_services', 'consequences')",
            name=op.f("ck_capacity_findings_domain"),
        ),
        sa.CheckConstraint(
            "finding IN ('able', 'doubtful', 'not_able')", name=op.f("ck_capacity_findings_finding")
        ),
        sa.ForeignKeyConstraint(
            ["assessment_id"],
            ["capacity_assessments.id"],
            name=op.f("fk_capacity_findings_assessment_id_capacity_assessments"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capacity_findings")),
        sa.UniqueConstraint(
            "assessment_id", "domain", name=op.f("uq_capacity_findings_assessment_id_domain")
        ),
    )
    op.create_table(
        "prior_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("says", sa.Text(), nullable=False),
        sa.Column("applies_when", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("witnesses", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("representative_id", sa.Uuid(), nullable=True),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.Column("revoke_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind <> 'representation_agreement' OR representative_id IS NOT NULL",
            name=op.f("ck_prior_decisions_names_who_represents"),
        ),
        sa.CheckConstraint(
            "kind <> 'ulysses_agreement' OR applies_when IS NOT NULL",
            name=op.f("ck_prior_decisions_says_when_it_binds"),
        ),
        sa.CheckConstraint(
            "kind IN ('advance_directive', 'representation_agreement', 'ulysses_agreement')",
            name=op.f("ck_prior_decisions_kind"),
        ),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL) AND (revoked_at IS NULL) = (revoke_reason IS NULL)",
            name=op.f("ck_prior_decisions_revoked_by_somebody_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["representative_id"],
            ["representatives.id"],
            name=op.f("fk_prior_decisions_representative_id_representatives"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prior_decisions")),
    )
    op.create_index("ix_prior_decisions_person_id", "prior_decisions", ["person_id"], unique=False)
    op.add_column("consents", sa.Column("given_representative_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("consents", "given_representative_id")
    op.drop_index("ix_prior_decisions_person_id", table_name="prior_decisions")
    op.drop_table("prior_decisions")
    op.drop_table("capacity_findings")
    op.drop_index("ix_representatives_person_id", table_name="representatives")
    op.drop_table("representatives")
    op.drop_table("own_refusals")
    op.drop_table("capacity_standings")
    op.drop_index("ix_capacity_assessments_person_id", table_name="capacity_assessments")
    op.drop_table("capacity_assessments")
    op.drop_index("ix_agreements_organisations", table_name="agreements", postgresql_using="gin")
    op.drop_table("agreements")
