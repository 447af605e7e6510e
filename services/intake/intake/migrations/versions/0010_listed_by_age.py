"""Until when each listed person may be a child, and since when an adult's listing is closed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# The last day of birth that is possible, 18 years on, two more for a guess; born on 29 February, on 1 March.
_FILL = """
    WITH latest AS (
        SELECT id, make_interval(years => CASE WHEN coalesce(born_approximate, false) THEN 20 ELSE 18 END) AS years,
            CASE WHEN born_day IS NOT NULL THEN make_date(born_year, born_month, born_day)
                ELSE (make_date(born_year, coalesce(born_month, 12), 1) + interval '1 month - 1 day')::date END AS day
        FROM listings WHERE born_year IS NOT NULL
    )
    UPDATE listings SET child_until = (latest.day + latest.years)::date + CASE
        WHEN extract(day FROM latest.day) = 29 AND extract(month FROM latest.day) = 2
            AND extract(day FROM latest.day + latest.years) = 28 THEN 1 ELSE 0 END
    FROM latest WHERE latest.id = listings.id
"""


def upgrade() -> None:
    op.add_column("listings", sa.Column("child_until", sa.Date(), nullable=True))
    op.add_column("listings", sa.Column("closed_on", sa.Date(), nullable=True))
    op.execute(_FILL)
    op.create_index(
        "ix_listings_to_close",
        "listings",
        ["child_until"],
        unique=False,
        postgresql_where=sa.text("closed_on IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_listings_to_close", table_name="listings", postgresql_where=sa.text("closed_on IS NULL")
    )
    op.drop_column("listings", "closed_on")
    op.drop_column("listings", "child_until")
