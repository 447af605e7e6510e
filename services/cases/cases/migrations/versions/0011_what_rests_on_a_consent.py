"""A supervisor's way to an assessment rests on the consent, as the author's does, and counts as long (CO-8)."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_RESTS_ON = """
    UPDATE grants SET basis = '{now}'
    WHERE record_kind = 'assessment' AND basis = '{before}' AND purposes = '{{oversight}}' AND ended_at IS NULL
"""


def upgrade() -> None:
    op.execute(_RESTS_ON.format(now="consent", before="supervision"))


def downgrade() -> None:
    op.execute(_RESTS_ON.format(now="supervision", before="consent"))
