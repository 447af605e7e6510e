"""Judgements that records are of one person or not, and restrictions that reach linked records (IN-8, CO-5)."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "same_persons",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("main_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_same_persons")),
    )
    op.create_index("ix_same_persons_cluster", "same_persons", ["main_id", "revision"], unique=False)
    op.add_column(
        "restrictions", sa.Column("spread", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_table(
        "judgements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("taken_back_by", sa.Text(), nullable=True),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_back_because", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('same', 'not_the_same')", name=op.f("ck_judgements_kind")),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_judgements_two_records")),
        sa.CheckConstraint(
            "num_nulls(taken_back_by, taken_back_at, taken_back_because) IN (0, 3)",
            name=op.f("ck_judgements_taken_back_wholly"),
        ),
        sa.ForeignKeyConstraint(["one_id"], ["persons.id"], name=op.f("fk_judgements_one_id_persons")),
        sa.ForeignKeyConstraint(["other_id"], ["persons.id"], name=op.f("fk_judgements_other_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_judgements")),
    )
    op.create_index("ix_judgements_one_id", "judgements", ["one_id"], unique=False)
    op.create_index("ix_judgements_other_id", "judgements", ["other_id"], unique=False)
    op.create_index(
        "uq_judgements_standing",
        "judgements",
        ["one_id", "other_id"],
        unique=True,
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )
    op.execute(
        """
        CREATE FUNCTION icm_standing_judgements(persons uuid[])
        RETURNS TABLE (id uuid, kind text, one_id uuid, other_id uuid)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
            SELECT j.id, j.kind, j.one_id, j.other_id FROM judgements j
            WHERE j.taken_back_at IS NULL AND (j.one_id = ANY (persons) OR j.other_id = ANY (persons))
        $$
        """
    )
    op.execute("REVOKE ALL ON FUNCTION icm_standing_judgements(uuid[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION icm_standing_judgements(uuid[]) TO intake_door, intake_lane")


def downgrade() -> None:
    op.execute("DROP FUNCTION icm_standing_judgements(uuid[])")
    op.drop_table("judgements")
    op.execute("DELETE FROM restrictions WHERE spread")
    op.drop_column("restrictions", "spread")
    op.drop_index("ix_same_persons_cluster", table_name="same_persons")
    op.drop_table("same_persons")
