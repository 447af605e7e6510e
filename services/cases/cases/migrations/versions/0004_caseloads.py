"""Who leads which open case, to be counted without opening anybody's case (CA-3)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "led_cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("weight", sa.Numeric(precision=6, scale=2), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.CheckConstraint("weight > 0", name=op.f("ck_led_cases_weight")),
        sa.ForeignKeyConstraint(["id"], ["cases.id"], name=op.f("fk_led_cases_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_led_cases")),
    )
    op.create_index(
        "ix_led_cases_untold", "led_cases", ["worker"], unique=False, postgresql_where=sa.text("NOT told")
    )
    op.create_index("ix_led_cases_worker", "led_cases", ["worker"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_led_cases_worker", table_name="led_cases")
    op.drop_index("ix_led_cases_untold", table_name="led_cases", postgresql_where=sa.text("NOT told"))
    op.drop_table("led_cases")
