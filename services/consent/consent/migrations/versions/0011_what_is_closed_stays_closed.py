"""A consent that has ended never opens again, and no category of it that was taken back: it is given anew (CO-1)."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ONLY_CLOSES = """
    CREATE FUNCTION consents_only_close() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT NEW.live_categories <@ OLD.live_categories
            OR NEW.state <> OLD.state AND (OLD.state <> 'given' OR NEW.state = 'refused') THEN
            RAISE EXCEPTION 'what was closed is given anew, not opened again' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END
    $$
"""


def upgrade() -> None:
    op.execute(_ONLY_CLOSES)
    op.execute(
        "CREATE TRIGGER only_closes BEFORE UPDATE ON consents FOR EACH ROW EXECUTE FUNCTION consents_only_close()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER only_closes ON consents")
    op.execute("DROP FUNCTION consents_only_close()")
