"""Providers, authorisations, invoices, payments (PO-1 to PO-4)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "persons_in_cases",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "person_id", name=op.f("pk_persons_in_cases")),
    )
    op.create_table(
        "persons_on_record",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_persons_on_record")),
    )
    op.create_table(
        "providers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("legal_name", sa.Text(), nullable=False),
        sa.Column("services", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("terms_accepted", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cohort", sa.Text(), nullable=True),
        sa.Column("applied_by", sa.Text(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'approved') = (approved_by IS NOT NULL)", name=op.f("ck_providers_approved_by_somebody")
        ),
        sa.CheckConstraint("state IN ('applied','approved')", name=op.f("ck_providers_state")),
        sa.CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)", name=op.f("ck_providers_approved_at_a_moment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_providers")),
        sa.UniqueConstraint("organisation", name=op.f("uq_providers_organisation")),
    )
    op.create_table(
        "authorisations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.Column("units", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("units_used", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("tax", sa.Text(), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_authorisations_period")),
        sa.CheckConstraint("rate > 0 AND units > 0", name=op.f("ck_authorisations_positive")),
        sa.CheckConstraint(
            "units_used >= 0 AND units_used <= units",
            name=op.f("ck_authorisations_never_more_than_authorised"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_authorisations_provider_id_providers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authorisations")),
    )
    op.create_index("ix_authorisations_person_id", "authorisations", ["person_id"], unique=False)
    op.create_index("ix_authorisations_provider_id", "authorisations", ["provider_id"], unique=False)
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("subtotal", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("tax", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("total", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("hold_note", sa.Text(), nullable=True),
        sa.Column("submitted_by", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'held') = (cardinality(reasons) > 0)", name=op.f("ck_invoices_held_for_a_reason")
        ),
        sa.CheckConstraint(
            "(state IN ('approved','scheduled','paid')) = (approved_by IS NOT NULL)",
            name=op.f("ck_invoices_approved_by_somebody"),
        ),
        sa.CheckConstraint("currency = 'CAD'", name=op.f("ck_invoices_currency")),
        sa.CheckConstraint(
            "state IN ('draft','held','checked','approved','scheduled','paid')",
            name=op.f("ck_invoices_state"),
        ),
        sa.CheckConstraint(
            "total = subtotal + tax OR state IN ('draft','held')", name=op.f("ck_invoices_exact_total")
        ),
        sa.CheckConstraint(
            "approved_by IS NULL OR approved_by <> submitted_by",
            name=op.f("ck_invoices_separation_of_duties"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_invoices_provider_id_providers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("id", "approved_by", "total", name="uq_invoices_payable"),
        sa.UniqueConstraint("provider_id", "number", name=op.f("uq_invoices_provider_id_number")),
    )
    op.create_table(
        "provider_users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "cardinality(roles) > 0 AND roles <@ ARRAY['provider_user','provider_admin']",
            name=op.f("ck_provider_users_roles"),
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_provider_users_provider_id_providers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_users")),
        sa.UniqueConstraint("account", name=op.f("uq_provider_users_account")),
    )
    op.create_index("ix_provider_users_provider_id", "provider_users", ["provider_id"], unique=False)
    op.create_table(
        "invoice_lines",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("authorisation_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("served_on", sa.Date(), nullable=False),
        sa.Column("units", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("rate", sa.Numeric(precision=12, scale=4), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("reasons", sa.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("units > 0 AND rate > 0 AND amount >= 0", name=op.f("ck_invoice_lines_positive")),
        sa.ForeignKeyConstraint(
            ["authorisation_id"],
            ["authorisations.id"],
            name=op.f("fk_invoice_lines_authorisation_id_authorisations"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_lines_invoice_id_invoices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_lines")),
        sa.UniqueConstraint(
            "invoice_id",
            "number",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_invoice_lines_invoice_id_number"),
        ),
    )
    op.create_index(
        "uq_invoice_lines_claimed_once",
        "invoice_lines",
        ["authorisation_id", "served_on", "service"],
        unique=True,
        postgresql_where=sa.text("claimed"),
    )
    op.create_table(
        "invoice_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_steps_invoice_id_invoices")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_steps")),
        sa.UniqueConstraint("invoice_id", "number", name=op.f("uq_invoice_steps_invoice_id_number")),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("pay_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("released_by", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remittance", sa.Text(), nullable=True),
        sa.Column("paid_by", sa.Text(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(state = 'paid') = (remittance IS NOT NULL) AND (state = 'paid') = (paid_at IS NOT NULL)",
            name=op.f("ck_payments_paid_with_reference"),
        ),
        sa.CheckConstraint("currency = 'CAD'", name=op.f("ck_payments_currency")),
        sa.CheckConstraint("state IN ('scheduled','paid')", name=op.f("ck_payments_state")),
        sa.CheckConstraint("released_by <> approved_by", name=op.f("ck_payments_separation_of_duties")),
        sa.ForeignKeyConstraint(
            ["invoice_id", "approved_by", "amount"],
            ["invoices.id", "invoices.approved_by", "invoices.total"],
            name="fk_payments_payable_invoice",
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"], ["providers.id"], name=op.f("fk_payments_provider_id_providers")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("invoice_id", name=op.f("uq_payments_invoice_id")),
    )
    op.create_index("ix_payments_provider_id", "payments", ["provider_id"], unique=False)

    # What was authorised is a promise: only how much of it is used moves on.
    op.execute(
        """
        CREATE FUNCTION authorisations_stay_as_issued() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            may_change CONSTANT text[] := ARRAY['units_used', 'version', 'updated_at'];
        BEGIN
            IF to_jsonb(NEW) - may_change IS DISTINCT FROM to_jsonb(OLD) - may_change THEN
                RAISE EXCEPTION 'an authorisation is never rewritten' USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        END
        $$
        """
    )
    op.execute(
        "CREATE TRIGGER authorisations_stay_as_issued BEFORE UPDATE ON authorisations"
        " FOR EACH ROW EXECUTE FUNCTION authorisations_stay_as_issued()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER authorisations_stay_as_issued ON authorisations")
    op.execute("DROP FUNCTION authorisations_stay_as_issued()")
    op.drop_index("ix_payments_provider_id", table_name="payments")
    op.drop_table("payments")
    op.drop_table("invoice_steps")
    op.drop_index(
        "uq_invoice_lines_claimed_once", table_name="invoice_lines", postgresql_where=sa.text("claimed")
    )
    op.drop_table("invoice_lines")
    op.drop_index("ix_provider_users_provider_id", table_name="provider_users")
    op.drop_table("provider_users")
    op.drop_table("invoices")
    op.drop_index("ix_authorisations_provider_id", table_name="authorisations")
    op.drop_index("ix_authorisations_person_id", table_name="authorisations")
    op.drop_table("authorisations")
    op.drop_table("providers")
    op.drop_table("persons_on_record")
    op.drop_table("persons_in_cases")
