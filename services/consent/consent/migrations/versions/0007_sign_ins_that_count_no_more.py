"""Sign-ins that count no more (CO-9)."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lapsed_sign_ins",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("issued_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "removed OR issued_until IS NOT NULL", name=op.f("ck_lapsed_sign_ins_lapsed_somehow")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lapsed_sign_ins")),
    )
    op.create_table(
        "sign_in_steps",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("session", sa.Text(), nullable=True),
        sa.Column("issued_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(by IS NULL) = (token IS NOT NULL) AND (by IS NOT NULL OR step = 'ended')",
            name=op.f("ck_sign_in_steps_by_somebody_or_the_provider"),
        ),
        sa.CheckConstraint(
            "(step = 'removed') = (issued_until IS NULL)",
            name=op.f("ck_sign_in_steps_a_moment_unless_removed"),
        ),
        sa.CheckConstraint(
            "step = 'ended' OR (worker IS NOT NULL AND session IS NULL)",
            name=op.f("ck_sign_in_steps_whole_sign_in"),
        ),
        sa.CheckConstraint("step IN ('removed', 'ended', 'restored')", name=op.f("ck_sign_in_steps_step")),
        sa.CheckConstraint(
            "worker IS NOT NULL OR session IS NOT NULL", name=op.f("ck_sign_in_steps_of_somebody")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_steps")),
    )
    op.create_index("ix_sign_in_steps_worker", "sign_in_steps", ["worker", "id"], unique=False)
    op.create_index(
        "uq_sign_in_steps_token",
        "sign_in_steps",
        ["token"],
        unique=True,
        postgresql_where=sa.text("token IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("uq_sign_in_steps_token", table_name="sign_in_steps")
    op.drop_index("ix_sign_in_steps_worker", table_name="sign_in_steps")
    op.drop_table("sign_in_steps")
    op.drop_table("lapsed_sign_ins")
