"""Links between sign-ins and persons, as intake told them, and which have ended (AU-6, CO-9)."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "told_account_links",
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_told_account_links")),
    )
    op.create_index(
        "ix_told_account_links_account", "told_account_links", ["account", "person_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_told_account_links_account", table_name="told_account_links")
    op.drop_table("told_account_links")
