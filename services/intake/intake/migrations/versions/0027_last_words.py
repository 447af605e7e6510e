"""Whom a person refuses by name: a team lends them nothing (CO-1, ADR 0073)."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "last_words",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "recipient", "category", name=op.f("pk_last_words")),
    )


def downgrade() -> None:
    op.drop_table("last_words")
