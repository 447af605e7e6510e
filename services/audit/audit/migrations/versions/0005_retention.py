"""Legal holds, orders to erase, and the one function that erases what the log itself has ordered (AU-8)."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures_done",
        sa.Column("order_position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("erased", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("order_position", name=op.f("pk_erasures_done")),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('person','case')", name=op.f("ck_holds_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_record_id", "holds", ["record_id"], unique=False)
    op.create_table(
        "ordered_erasures",
        sa.Column("order_position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint('"last" < order_position', name=op.f("ck_ordered_erasures_only_what_is_earlier")),
        sa.CheckConstraint('first >= 0 AND first <= "last"', name=op.f("ck_ordered_erasures_stretch")),
        sa.PrimaryKeyConstraint("order_position", "first", name=op.f("pk_ordered_erasures")),
    )
    op.create_table(
        "hold_releases",
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("released_by", sa.Text(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_hold_releases_hold_id_holds")),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("pk_hold_releases")),
    )
    # The runtime roles insert and select only. This erases, and looks for order, seal and holds by itself.
    op.execute(
        """
        CREATE FUNCTION icm_erase_ordered(ordered bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = public, pg_temp AS $erase$
        DECLARE
            stretches jsonb;
            erased bigint;
        BEGIN
            SELECT CAST(words AS jsonb) -> 'erases' INTO stretches FROM entries
            WHERE position = ordered AND service = 'audit' AND outcome = 'permitted'
              AND position < (SELECT coalesce(max(size), 0) FROM checkpoints);
            IF stretches IS NULL THEN
                RAISE EXCEPTION 'no sealed entry at % orders an erasure', ordered;
            END IF;
            DELETE FROM entries e USING jsonb_array_elements(stretches) AS s (stretch)
            WHERE e.position BETWEEN CAST(s.stretch ->> 0 AS bigint) AND CAST(s.stretch ->> 1 AS bigint)
              AND e.position < ordered
              AND NOT jsonb_exists(CAST(e.words AS jsonb), 'erases')
              AND NOT EXISTS (
                  SELECT 1 FROM holds h
                  WHERE NOT EXISTS (SELECT 1 FROM hold_releases r WHERE r.hold_id = h.id)
                    AND ((h.kind = 'person' AND h.record_id = ANY(e.persons))
                         OR (h.kind = 'case' AND h.record_id = ANY(e.cases)))
              );
            GET DIAGNOSTICS erased = ROW_COUNT;
            RETURN erased;
        END
        $erase$
        """
    )
    op.execute("REVOKE ALL ON FUNCTION icm_erase_ordered(bigint) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION icm_erase_ordered(bigint) TO audit_lane")


def downgrade() -> None:
    raise NotImplementedError(
        "what was ordered to be erased is never forgotten: restore a copy beside it instead"
    )
