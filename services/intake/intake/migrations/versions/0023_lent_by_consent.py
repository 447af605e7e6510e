"""What only a consent opened to a team follows that consent from now on (CO-8, ADR 0073).

Which consent it was had not been kept. So a team's access to a person whom nobody of the case, present or past, knows
by own work is closed; what the consents that stand lend is opened again within a minute, by the timer of the service.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        WITH of_case AS (
            SELECT case_id, person_id, worker FROM joinings
            UNION SELECT case_id, person_id, worker FROM involvements WHERE case_id IS NOT NULL AND worker IS NOT NULL
        ), by_own_work AS (
            SELECT j.id FROM joinings j WHERE EXISTS (
                SELECT 1 FROM of_case
                JOIN grants g ON g.record_kind = 'person' AND g.record_id = of_case.person_id AND g.basis = 'team'
                    AND g.grantee = 'worker:' || of_case.worker
                WHERE of_case.case_id = j.case_id AND of_case.person_id = j.person_id
                    AND NOT EXISTS (SELECT 1 FROM joinings o WHERE o.membership_id = g.reference)
                    AND NOT EXISTS (SELECT 1 FROM involvements i WHERE i.reference = CAST(g.reference AS text))
            )
        ), closed AS (
            UPDATE joinings SET opened_at = NULL
            WHERE opened_at IS NOT NULL AND id NOT IN (SELECT id FROM by_own_work)
            RETURNING membership_id, person_id
        )
        UPDATE grants SET ended_at = now() FROM closed
        WHERE grants.reference = closed.membership_id AND grants.record_kind = 'person'
            AND grants.record_id = closed.person_id AND grants.basis = 'team' AND grants.ended_at IS NULL
        """
    )


def downgrade() -> None:
    """Nothing to take back: the older release opens again what it thinks fit."""
