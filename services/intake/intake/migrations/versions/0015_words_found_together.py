"""Two words of a name are found where they stand together, in the order of an index (IN-7)."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Of everybody who is on record, as Person.keep_search_words does it from now on.
_YEARS = """
    UPDATE search_words SET born_year = persons.born_year FROM persons
    WHERE persons.id = search_words.person_id AND persons.born_year IS NOT NULL
"""
_PAIRS = """
    WITH numbered AS (
        SELECT person_id, word, born_year, row_number() OVER (PARTITION BY person_id ORDER BY id) AS place
        FROM search_words
    )
    INSERT INTO search_pairs (id, person_id, word, beside, born_year)
    SELECT gen_random_uuid(), one.person_id, one.word, other.word, one.born_year
    FROM numbered one JOIN numbered other ON other.person_id = one.person_id AND other.word <> one.word
    WHERE one.place <= 16 AND other.place <= 16
"""


def upgrade() -> None:
    op.add_column("search_words", sa.Column("born_year", sa.SmallInteger(), nullable=True))
    op.create_table(
        "search_pairs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.Text(collation="C"), nullable=False),
        sa.Column("beside", sa.Text(collation="C"), nullable=False),
        sa.Column("born_year", sa.SmallInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_search_pairs_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_pairs")),
        sa.UniqueConstraint(
            "person_id", "word", "beside", name=op.f("uq_search_pairs_person_id_word_beside")
        ),
    )
    op.execute(_YEARS)
    op.execute(_PAIRS)
    op.create_index(
        "ix_search_words_in_order",
        "search_words",
        ["word", "person_id"],
        unique=False,
        postgresql_include=["born_year"],
    )
    op.drop_index("ix_search_words_word", table_name="search_words")
    op.create_index(
        "ix_search_pairs_in_order",
        "search_pairs",
        ["word", "beside", "person_id"],
        unique=False,
        postgresql_include=["born_year"],
    )


def downgrade() -> None:
    op.drop_table("search_pairs")
    op.create_index("ix_search_words_word", "search_words", ["word", "person_id"], unique=False)
    op.drop_index("ix_search_words_in_order", table_name="search_words")
    op.drop_column("search_words", "born_year")
