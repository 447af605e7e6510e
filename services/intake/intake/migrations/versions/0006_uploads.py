"""Accredited outside systems, and whole files of involvements from them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accreditations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisations", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("sectors", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("accredited_by", sa.Text(), nullable=False),
        sa.Column("most_rows", sa.Integer(), nullable=False),
        sa.Column("most_open_uploads", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "ended_because IN ('revoked', 'expired')", name=op.f("ck_accreditations_ended_because")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_because IS NULL)", name=op.f("ck_accreditations_an_end_has_a_reason")
        ),
        sa.CheckConstraint(
            "cardinality(organisations) > 0 AND cardinality(sectors) > 0",
            name=op.f("ck_accreditations_for_somebody"),
        ),
        sa.CheckConstraint("most_rows > 0 AND most_open_uploads > 0", name=op.f("ck_accreditations_limits")),
        sa.CheckConstraint("valid_until >= valid_from", name=op.f("ck_accreditations_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accreditations")),
        sa.UniqueConstraint("system", name=op.f("uq_accreditations_system")),
    )
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("rows_declared", sa.Integer(), nullable=False),
        sa.Column("columns_version", sa.Integer(), nullable=False),
        sa.Column("columns", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=True),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_up_to", sa.BigInteger(), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("lines_read", sa.Integer(), nullable=False),
        sa.Column("skipping", sa.Boolean(), nullable=False),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("superseded", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("unmatched", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state IN ('receiving', 'waiting', 'applying')) = (ended_at IS NULL)",
            name=op.f("ck_uploads_ended"),
        ),
        sa.CheckConstraint(
            "state IN ('receiving', 'waiting', 'applying', 'done', 'refused', 'cancelled', 'expired')",
            name=op.f("ck_uploads_state"),
        ),
        sa.CheckConstraint("read_up_to BETWEEN 0 AND size", name=op.f("ck_uploads_read_up_to")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    op.create_index(
        "ix_uploads_at_work",
        "uploads",
        ["worked_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('waiting', 'applying')"),
    )
    op.create_index(op.f("ix_uploads_system"), "uploads", ["system"], unique=False)
    op.create_index(
        "uq_uploads_open",
        "uploads",
        ["system", "sha256"],
        unique=True,
        postgresql_where=sa.text("state IN ('receiving', 'waiting', 'applying')"),
    )
    op.create_table(
        "upload_parts",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("number > 0 AND size > 0", name=op.f("ck_upload_parts_number")),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_upload_parts_upload_id_uploads"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_upload_parts")),
    )
    # Out of line and not packed, so that a piece of a part is read without the rest of it.
    op.execute("ALTER TABLE upload_parts ALTER COLUMN content SET STORAGE EXTERNAL")
    op.create_table(
        "upload_rows",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("faults", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("reference_key", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('applied', 'unchanged', 'superseded', 'held', 'unmatched', 'refused')",
            name=op.f("ck_upload_rows_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["uploads.id"], name=op.f("fk_upload_rows_upload_id_uploads"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("upload_id", "number", name=op.f("pk_upload_rows")),
    )
    op.create_index(
        "uq_upload_rows_reference",
        "upload_rows",
        ["upload_id", "reference_key"],
        unique=True,
        postgresql_where=sa.text("reference_key IS NOT NULL"),
    )
    op.create_table(
        "held_rows",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("told", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("told_key", sa.LargeBinary(), nullable=False),
        sa.Column("involvement", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(decision IS NOT DISTINCT FROM 'chosen') = (person_id IS NOT NULL)",
            name=op.f("ck_held_rows_chosen"),
        ),
        sa.CheckConstraint("because IN ('ambiguous', 'unmatched')", name=op.f("ck_held_rows_because")),
        sa.CheckConstraint("decision IN ('chosen', 'none')", name=op.f("ck_held_rows_decision")),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name=op.f("ck_held_rows_decided")),
        sa.ForeignKeyConstraint(["person_id"], ["listings.id"], name=op.f("fk_held_rows_person_id_listings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_rows")),
    )
    op.create_index(
        "ix_held_rows_open", "held_rows", ["id"], unique=False, postgresql_where=sa.text("decision IS NULL")
    )
    op.create_index("uq_held_rows_reference", "held_rows", ["system", "reference"], unique=True)
    op.add_column("involvements", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("involvements", "told_at")
    op.drop_index("uq_held_rows_reference", table_name="held_rows")
    op.drop_index("ix_held_rows_open", table_name="held_rows", postgresql_where=sa.text("decision IS NULL"))
    op.drop_table("held_rows")
    op.drop_index(
        "uq_upload_rows_reference",
        table_name="upload_rows",
        postgresql_where=sa.text("reference_key IS NOT NULL"),
    )
    op.drop_table("upload_rows")
    op.drop_table("upload_parts")
    op.drop_index(
        "uq_uploads_open",
        table_name="uploads",
        postgresql_where=sa.text("state IN ('receiving', 'waiting', 'applying')"),
    )
    op.drop_index(op.f("ix_uploads_system"), table_name="uploads")
    op.drop_index(
        "ix_uploads_at_work",
        table_name="uploads",
        postgresql_where=sa.text("state IN ('waiting', 'applying')"),
    )
    op.drop_table("uploads")
    op.drop_table("accreditations")
