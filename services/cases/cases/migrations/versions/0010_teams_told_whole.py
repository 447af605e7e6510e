"""Which teams were told whole, for services that did not follow them from the beginning (CA-2, AU-3)."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "team_listings",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_team_listings_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_team_listings")),
    )


def downgrade() -> None:
    op.drop_table("team_listings")
