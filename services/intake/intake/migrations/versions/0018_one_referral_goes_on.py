"""One referral of a person to a program is under way; another that comes in joins it (IN-1)."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# Whoever receives a referral is told of one that is under way, also without a grant on it, and of nothing else. Two who
# receive for the same person and program at once are let through one after the other; each statement sees what the
# other has committed.
_UNDER_WAY = """
    CREATE FUNCTION icm_referral_under_way(persons uuid[], wanted text) RETURNS uuid LANGUAGE plpgsql VOLATILE
    SECURITY DEFINER SET search_path = public, pg_temp AS $under_way$
    BEGIN
        PERFORM pg_advisory_xact_lock(hashtextextended(persons[1]::text || wanted, 7));
        RETURN (
            SELECT id FROM referrals
            WHERE person_id = ANY (persons) AND program = wanted AND stage IN ('received', 'contacted', 'eligible')
            ORDER BY received_at, id LIMIT 1
        );
    END
    $under_way$
"""


def upgrade() -> None:
    op.add_column("referrals", sa.Column("weighed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("referrals", sa.Column("follow_up_note", sa.Text(), nullable=True))
    op.create_index(
        "ix_referrals_to_weigh",
        "referrals",
        ["id"],
        unique=False,
        postgresql_where=sa.text("joined_to IS NOT NULL AND weighed_at IS NULL"),
    )
    op.execute(_UNDER_WAY)
    op.execute("REVOKE ALL ON FUNCTION icm_referral_under_way(uuid[], text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION icm_referral_under_way(uuid[], text) TO intake_door, intake_lane")


def downgrade() -> None:
    op.execute("DROP FUNCTION icm_referral_under_way(uuid[], text)")
    op.drop_index("ix_referrals_to_weigh", table_name="referrals")
    op.drop_column("referrals", "follow_up_note")
    op.drop_column("referrals", "weighed_at")
