"""Roll calls under way: a service that did not follow intake from the beginning asks for everybody (IN-7, CO-5)."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roll_calls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("wanted_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_up_to", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_calls")),
    )


def downgrade() -> None:
    op.drop_table("roll_calls")
