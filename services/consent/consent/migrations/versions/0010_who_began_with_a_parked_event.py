"""Which life of a lane began with a parked event, and how many ended over it: such an event ends its process (CO-8)."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("parked_events", sa.Column("begun_by", sa.Uuid(), nullable=True))
    op.add_column("parked_events", sa.Column("crashes", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("parked_events", "crashes")
    op.drop_column("parked_events", "begun_by")
