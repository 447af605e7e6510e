"""A link between a sign-in and a person can end, once, and be made anew afterwards (AU-6, CO-9)."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account_link_endings",
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "because IN ('changed', 'recorded_in_error')", name=op.f("ck_account_link_endings_because")
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["account_links.id"], name=op.f("fk_account_link_endings_link_id_account_links")
        ),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_account_link_endings")),
    )
    op.add_column("account_links", sa.Column("number", sa.Integer(), server_default="1", nullable=False))
    op.create_unique_constraint(
        op.f("uq_account_links_person_id_account_number"), "account_links", ["person_id", "account", "number"]
    )
    op.drop_constraint(op.f("uq_account_links_person_id_account"), "account_links", type_="unique")


def downgrade() -> None:
    # The release before knows no ending: a link that ended must not count as present there.
    op.execute("CREATE TEMPORARY TABLE ended ON COMMIT DROP AS SELECT link_id FROM account_link_endings")
    op.drop_table("account_link_endings")
    op.execute("DELETE FROM account_links WHERE id IN (SELECT link_id FROM ended)")
    op.create_unique_constraint(
        op.f("uq_account_links_person_id_account"), "account_links", ["person_id", "account"]
    )
    op.drop_constraint(op.f("uq_account_links_person_id_account_number"), "account_links", type_="unique")
    op.drop_column("account_links", "number")
