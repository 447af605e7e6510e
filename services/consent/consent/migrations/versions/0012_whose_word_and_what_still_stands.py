"""Whose word a withdrawal was, and what of a decision a later one overtook (CO-1, CO-3)."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_WHOSE_WORD = (
    sa.Column("form", sa.Text(), nullable=True),
    sa.Column("evidence", sa.Text(), nullable=True),
    sa.Column("heard_by", sa.Text(), nullable=True),
    sa.Column("given_capacity", sa.Text(), nullable=True),
    sa.Column("given_name", sa.Text(), nullable=True),
    sa.Column("given_account", sa.Text(), nullable=True),
    sa.Column("given_relationship", sa.Text(), nullable=True),
    sa.Column("given_authority", sa.Text(), nullable=True),
    sa.Column("given_representative_id", sa.Uuid(), nullable=True),
    sa.Column("given_until", sa.Date(), nullable=True),
    sa.Column("given_departs_because", sa.Text(), nullable=True),
    sa.Column("ended_by", sa.Uuid(), nullable=True),
)
_RULES = {
    "form": "form IN ('implied','verbal','written')",
    "written_has_evidence": "form <> 'written' OR evidence IS NOT NULL",
    "others_decide_by_authority": "given_capacity = 'person' OR (given_capacity IN ('parent','carer','substitute')"
    " AND given_name IS NOT NULL AND given_relationship IS NOT NULL AND given_authority IS NOT NULL)",
}

# A trigger writes it, so that a decision recorded by the release before is known as well.
_SCOPE = """
    CREATE FUNCTION decision_has_a_scope() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO decision_scopes (consent_id, person_id, decision, recipient, categories, purposes, recorded_at)
        VALUES (NEW.id, NEW.person_id, NEW.decision, NEW.recipient, NEW.categories, NEW.purposes, NEW.recorded_at);
        RETURN NULL;
    END
    $$
"""
_SO_FAR = """
    INSERT INTO decision_scopes (consent_id, person_id, decision, recipient, categories, purposes, recorded_at)
    SELECT id, person_id, decision, recipient, categories, purposes, recorded_at FROM consents
"""


def upgrade() -> None:
    op.create_table(
        "decision_scopes",
        sa.Column("consent_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("categories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("purposes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_decision_scopes")),
    )
    op.create_index(
        "ix_decision_scopes_person_id", "decision_scopes", ["person_id", "recipient"], unique=False
    )
    for column in _WHOSE_WORD:
        op.add_column("consent_states", column)
    for name, rule in _RULES.items():
        op.create_check_constraint(op.f(f"ck_consent_states_{name}"), "consent_states", rule)
    op.execute(_SCOPE)
    op.execute(
        "CREATE TRIGGER has_a_scope AFTER INSERT ON consents FOR EACH ROW EXECUTE FUNCTION decision_has_a_scope()"
    )
    op.execute(_SO_FAR)


def downgrade() -> None:
    op.execute("DROP TRIGGER has_a_scope ON consents")
    op.execute("DROP FUNCTION decision_has_a_scope()")
    for name in _RULES:
        op.drop_constraint(op.f(f"ck_consent_states_{name}"), "consent_states", type_="check")
    for column in reversed(_WHOSE_WORD):
        op.drop_column("consent_states", column.name)
    op.drop_index("ix_decision_scopes_person_id", table_name="decision_scopes")
    op.drop_table("decision_scopes")
