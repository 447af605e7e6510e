"""Who did something of their own in a case, so that being named on a team vouches for nobody (CO-9)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("joinings", sa.Column("acted_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("joinings", "acted_at")
