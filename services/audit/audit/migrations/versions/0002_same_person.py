"""Which records are of one person, and restrictions that reach linked records (IN-8, CO-5)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "same_persons",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("main_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_same_persons")),
    )
    op.create_index("ix_same_persons_cluster", "same_persons", ["main_id", "revision"], unique=False)
    op.add_column(
        "restrictions", sa.Column("spread", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    op.execute("DELETE FROM restrictions WHERE spread")
    op.drop_column("restrictions", "spread")
    op.drop_index("ix_same_persons_cluster", table_name="same_persons")
    op.drop_table("same_persons")
