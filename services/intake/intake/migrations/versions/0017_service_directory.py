"""Services that people can be linked to, as Open Referral HSDS tells of them (IN-11)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hsds_holdings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("holder_kind", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hsds_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hsds_holdings")),
        sa.UniqueConstraint(
            "holder_kind",
            "holder_id",
            "field",
            "kind",
            "hsds_id",
            name=op.f("uq_hsds_holdings_holder_kind_holder_id_field_kind_hsds_id"),
        ),
    )
    op.create_index("ix_hsds_holdings_held", "hsds_holdings", ["kind", "hsds_id"], unique=False)
    op.create_table(
        "hsds_objects",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("hsds_id", sa.Uuid(), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("root", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hsds_objects")),
        sa.UniqueConstraint("kind", "hsds_id", name=op.f("uq_hsds_objects_kind_hsds_id")),
    )
    op.create_index(
        "ix_hsds_objects_roots",
        "hsds_objects",
        ["kind", "hsds_id"],
        unique=False,
        postgresql_where=sa.text("root"),
    )
    op.create_index("ix_hsds_objects_run", "hsds_objects", ["run_id", "kind"], unique=False)
    op.create_table(
        "service_corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("settled_as", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "settled_as IN ('taken', 'not_taken')", name=op.f("ck_service_corrections_settled_as")
        ),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (settled_as IS NULL)", name=op.f("ck_service_corrections_settled")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_corrections")),
    )
    op.create_index(
        "ix_service_corrections_open",
        "service_corrections",
        ["service_id"],
        unique=False,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "service_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("absent", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("created", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_service_imports_ended")),
        sa.CheckConstraint("absent IN ('keep', 'remove')", name=op.f("ck_service_imports_absent")),
        sa.CheckConstraint(
            "state IN ('open', 'finished', 'given_up')", name=op.f("ck_service_imports_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_imports")),
    )
    op.create_table(
        "services",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("alternate_name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("organization_name", sa.Text(), nullable=True),
        sa.Column("programs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("needs", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("localities", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("minimum_age", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("maximum_age", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("eligibility", sa.Text(), nullable=True),
        sa.Column("wait_time", sa.Text(), nullable=True),
        sa.Column("phones", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("required_documents", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("availability", sa.Text(), nullable=False),
        sa.Column("availability_as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column("last_verified_on", sa.Date(), nullable=True),
        sa.Column("verified_by", sa.Text(), nullable=True),
        sa.Column("stale_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(availability = 'unknown') = (availability_as_of IS NULL)",
            name=op.f("ck_services_availability_told"),
        ),
        sa.CheckConstraint(
            "availability IN ('accepting', 'waiting_list', 'full', 'closed', 'unknown')",
            name=op.f("ck_services_availability"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
    )
    op.create_index(
        "ix_services_localities", "services", ["localities"], unique=False, postgresql_using="gin"
    )
    op.create_index("ix_services_needs", "services", ["needs"], unique=False, postgresql_using="gin")
    op.create_index("ix_services_source", "services", ["source"], unique=False)
    op.create_index(
        "ix_services_stale",
        "services",
        ["stale_since"],
        unique=False,
        postgresql_where=sa.text("stale_since IS NOT NULL"),
    )
    op.create_index("ix_services_words", "services", ["words"], unique=False, postgresql_using="gin")


def downgrade() -> None:
    op.drop_index("ix_services_words", table_name="services", postgresql_using="gin")
    op.drop_index(
        "ix_services_stale", table_name="services", postgresql_where=sa.text("stale_since IS NOT NULL")
    )
    op.drop_index("ix_services_source", table_name="services")
    op.drop_index("ix_services_needs", table_name="services", postgresql_using="gin")
    op.drop_index("ix_services_localities", table_name="services", postgresql_using="gin")
    op.drop_table("services")
    op.drop_table("service_imports")
    op.drop_index(
        "ix_service_corrections_open",
        table_name="service_corrections",
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_table("service_corrections")
    op.drop_index("ix_hsds_objects_run", table_name="hsds_objects")
    op.drop_index("ix_hsds_objects_roots", table_name="hsds_objects", postgresql_where=sa.text("root"))
    op.drop_table("hsds_objects")
    op.drop_index("ix_hsds_holdings_held", table_name="hsds_holdings")
    op.drop_table("hsds_holdings")
