"""Of which organisation, teams and roles a worker was when last seen: for questions about somebody else (CO-7)."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "standings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("teams", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standings")),
    )
    op.create_index("ix_standings_subject", "standings", ["subject", "since"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_standings_subject", table_name="standings")
    op.drop_table("standings")
