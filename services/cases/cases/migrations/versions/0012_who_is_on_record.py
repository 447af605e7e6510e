"""Who is on record with intake: a case is of nobody else (CO-5).

A database that has followed the others for a while does not know who was recorded before, and asks intake.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recorded_persons",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_recorded_persons")),
    )
    op.create_table(
        "roll_calls_wanted",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_up_to", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_calls_wanted")),
    )
    op.execute("""
        INSERT INTO roll_calls_wanted (id, since)
        SELECT gen_random_uuid(), now() WHERE EXISTS (SELECT FROM heartbeats)
    """)


def downgrade() -> None:
    op.drop_table("roll_calls_wanted")
    op.drop_table("recorded_persons")
