"""Which sign-ins are a parent's or carer's, so that nobody opens a child's record to themselves (CO-3)."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "linked_sign_ins",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "account", name=op.f("pk_linked_sign_ins")),
    )


def downgrade() -> None:
    op.drop_table("linked_sign_ins")
