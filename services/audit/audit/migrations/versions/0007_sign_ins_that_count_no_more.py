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


def downgrade() -> None:
    op.drop_table("lapsed_sign_ins")
