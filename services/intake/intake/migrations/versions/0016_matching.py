"""Keys by which alike people are found, pairs that may be one person, and how common names are (IN-8)."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "match_keys",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("category IN ('identity', 'contact')", name=op.f("ck_match_keys_category")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_match_keys_person_id_persons")),
        sa.PrimaryKeyConstraint("key", "category", "person_id", name=op.f("pk_match_keys")),
    )
    op.create_index("ix_match_keys_person_id", "match_keys", ["person_id"], unique=False)
    op.create_table(
        "sought_for",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_sought_for_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sought_for")),
    )
    op.create_table(
        "possible_duplicates",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("bits", sa.Float(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_possible_duplicates_two_records")),
        sa.ForeignKeyConstraint(
            ["one_id"], ["persons.id"], name=op.f("fk_possible_duplicates_one_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["persons.id"], name=op.f("fk_possible_duplicates_other_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_possible_duplicates")),
    )
    op.create_index("ix_possible_duplicates_bits", "possible_duplicates", ["bits", "id"], unique=False)
    op.create_index("ix_possible_duplicates_other_id", "possible_duplicates", ["other_id"], unique=False)
    op.create_index("uq_possible_duplicates_pair", "possible_duplicates", ["one_id", "other_id"], unique=True)
    op.create_table(
        "common_words",
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("share", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_common_words")),
    )
    # Everybody who is known already gets their keys from the service, a few at a time, and whenever they are amended.
    op.execute("INSERT INTO sought_for (id, person_id) SELECT id, id FROM persons")


def downgrade() -> None:
    op.drop_table("common_words")
    op.drop_index("uq_possible_duplicates_pair", table_name="possible_duplicates")
    op.drop_index("ix_possible_duplicates_other_id", table_name="possible_duplicates")
    op.drop_index("ix_possible_duplicates_bits", table_name="possible_duplicates")
    op.drop_table("possible_duplicates")
    op.drop_table("sought_for")
    op.drop_index("ix_match_keys_person_id", table_name="match_keys")
    op.drop_table("match_keys")
