"""Who is on the team around whom, so that a record is opened only when somebody vouches (CO-9)."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "joinings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["listings.id"], name=op.f("fk_joinings_person_id_listings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joinings")),
        sa.UniqueConstraint("membership_id", "person_id", name=op.f("uq_joinings_membership_id_person_id")),
    )
    op.create_index(op.f("ix_joinings_case_id"), "joinings", ["case_id"], unique=False)
    op.create_index(op.f("ix_joinings_person_id"), "joinings", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_joinings_person_id"), table_name="joinings")
    op.drop_index(op.f("ix_joinings_case_id"), table_name="joinings")
    op.drop_table("joinings")
