"""How far the answer to a roll call was heard: one with a part left out ends nothing (CO-5)."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("roll_calls_wanted", sa.Column("heard_up_to", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("roll_calls_wanted", "heard_up_to")
