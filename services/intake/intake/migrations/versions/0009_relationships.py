"""Who is who to a person, and finding people by their date of birth (IN-7)."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relationships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=True),
        sa.Column("shown_to_id", sa.Uuid(), nullable=True),
        sa.Column("other_name", sa.Text(), nullable=True),
        sa.Column("reached_by", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("in_their_words", sa.Text(), nullable=True),
        sa.Column("emergency_contact", sa.Boolean(), nullable=False),
        sa.Column("must_not_be_told", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("used_from", sa.Date(), nullable=True),
        sa.Column("used_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(other_id IS NULL) <> (other_name IS NULL)", name=op.f("ck_relationships_with_somebody")
        ),
        sa.CheckConstraint(
            "NOT must_not_be_told OR shown_to_id IS NULL", name=op.f("ck_relationships_hidden_from_the_other")
        ),
        sa.CheckConstraint("other_id <> person_id", name=op.f("ck_relationships_not_with_oneself")),
        sa.CheckConstraint(
            "other_name IS NOT NULL OR reached_by IS NULL",
            name=op.f("ck_relationships_reached_by_their_own_record"),
        ),
        sa.CheckConstraint(
            "shown_to_id IS NULL OR shown_to_id = other_id", name=op.f("ck_relationships_shown_to_the_other")
        ),
        sa.CheckConstraint("used_until >= used_from", name=op.f("ck_relationships_period")),
        sa.ForeignKeyConstraint(["other_id"], ["persons.id"], name=op.f("fk_relationships_other_id_persons")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_relationships_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relationships")),
    )
    op.create_index(op.f("ix_relationships_other_id"), "relationships", ["other_id"], unique=False)
    op.create_index(op.f("ix_relationships_person_id"), "relationships", ["person_id"], unique=False)
    op.create_index(op.f("ix_relationships_shown_to_id"), "relationships", ["shown_to_id"], unique=False)
    op.create_index(
        "uq_relationships_in_use",
        "relationships",
        ["person_id", "other_id", "kind"],
        unique=True,
        postgresql_where=sa.text("used_until IS NULL"),
    )
    op.create_index("ix_persons_born", "persons", ["born_year", "born_month", "born_day", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_persons_born", table_name="persons")
    op.drop_index(
        "uq_relationships_in_use", table_name="relationships", postgresql_where=sa.text("used_until IS NULL")
    )
    op.drop_index(op.f("ix_relationships_shown_to_id"), table_name="relationships")
    op.drop_index(op.f("ix_relationships_person_id"), table_name="relationships")
    op.drop_index(op.f("ix_relationships_other_id"), table_name="relationships")
    op.drop_table("relationships")
