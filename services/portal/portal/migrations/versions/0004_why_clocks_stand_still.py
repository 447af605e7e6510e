"""Why a clock stands still, by a code; who wrote down why a limit was missed, and when (IN-2)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clock_pauses", sa.Column("code", sa.Text(), nullable=True))
    op.add_column("clocks", sa.Column("pause_code", sa.Text(), nullable=True))
    op.add_column("clocks", sa.Column("documented_by", sa.Text(), nullable=True))
    op.add_column("clocks", sa.Column("documented_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_clocks_a_code_belongs_to_a_pause"), "clocks", "pause_code IS NULL OR paused_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_clocks_a_code_belongs_to_a_pause"), "clocks", type_="check")
    op.drop_column("clocks", "documented_at")
    op.drop_column("clocks", "documented_by")
    op.drop_column("clocks", "pause_code")
    op.drop_column("clock_pauses", "code")
