"""Common assessments that the directory knew before intake kept which assessments can support a referral."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO assessments_told (id, person_id, form, form_version, author, organisation, recorded_at)"
        " SELECT assessment_id, person_id, 'common_assessment', 1, worker, organisation, recorded_on"
        " FROM common_assessments ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    """What was told stays: it is true whichever release reads it."""
