"""Addresses, identifiers, ways to reach a person in one spelling, self-description, and who amended what (IN-7)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What was typed before now, in the spelling that intake/people/contact/numbers.py gives to most of it; the rest gets
# its spelling when it is amended.
_SPELL_ALIKE = r"""
    UPDATE contact_points SET value_key = CASE
        WHEN kind = 'email' THEN lower(trim(value))
        WHEN value ~ '^\s*\+' THEN '+' || regexp_replace(value, '\D', '', 'g')
        WHEN regexp_replace(value, '\D', '', 'g') ~ '^1?[2-9]\d{2}[2-9]\d{6}$'
            THEN '+1' || right(regexp_replace(value, '\D', '', 'g'), 10)
        ELSE nullif(regexp_replace(value, '\D', '', 'g'), '')
    END
    WHERE kind IN ('phone', 'email')
"""


def upgrade() -> None:
    op.create_table(
        "addresses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("locality", sa.Text(), nullable=True),
        sa.Column("province", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("postal_key", sa.Text(collation="C"), nullable=True),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("safe_to_send_mail", sa.Boolean(), nullable=False),
        sa.Column("safe_to_visit", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("used_from", sa.Date(), nullable=True),
        sa.Column("used_until", sa.Date(), nullable=True),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name=op.f("ck_addresses_country")),
        sa.CheckConstraint(
            "kind IN ('home', 'mailing', 'temporary', 'shelter', 'institution', 'found_at')",
            name=op.f("ck_addresses_kind"),
        ),
        sa.CheckConstraint(
            "coalesce(street, locality, postal_code, place) IS NOT NULL",
            name=op.f("ck_addresses_says_something"),
        ),
        sa.CheckConstraint("used_until >= used_from", name=op.f("ck_addresses_period")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_addresses_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addresses")),
    )
    op.create_index(op.f("ix_addresses_person_id"), "addresses", ["person_id"], unique=False)
    op.create_index("ix_addresses_postal_key", "addresses", ["postal_key", "person_id"], unique=False)
    op.create_table(
        "identifiers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.Column("used_from", sa.Date(), nullable=True),
        sa.Column("used_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "ended_because IN ('superseded', 'expired', 'lost', 'recorded_in_error')",
            name=op.f("ck_identifiers_ended_because"),
        ),
        sa.CheckConstraint(
            "source IN ('seen_document', 'told', 'other_system')", name=op.f("ck_identifiers_source")
        ),
        sa.CheckConstraint(
            "ended_because IS NULL OR used_until IS NOT NULL", name=op.f("ck_identifiers_ended")
        ),
        sa.CheckConstraint("used_until >= used_from", name=op.f("ck_identifiers_period")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_identifiers_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identifiers")),
    )
    op.create_index(
        "ix_identifiers_key", "identifiers", ["key", "scheme", "issuer", "person_id"], unique=False
    )
    op.create_index(op.f("ix_identifiers_person_id"), "identifiers", ["person_id"], unique=False)
    op.create_index(
        "uq_identifiers_in_use",
        "identifiers",
        ["person_id", "scheme", "issuer", "key"],
        unique=True,
        postgresql_where=sa.text("used_until IS NULL"),
    )
    op.create_table(
        "person_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("part_id", sa.Uuid(), nullable=True),
        sa.Column("before", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.CheckConstraint("before IS DISTINCT FROM after", name=op.f("ck_person_changes_changes_something")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_person_changes_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_changes")),
    )
    op.create_index("ix_person_changes_person_id", "person_changes", ["person_id", "id"], unique=False)
    op.add_column("contact_points", sa.Column("value_key", sa.Text(collation="C"), nullable=True))
    op.add_column("contact_points", sa.Column("whose", sa.Text(), nullable=True))
    op.add_column("contact_points", sa.Column("preferred_times", sa.Text(), nullable=True))
    op.add_column("contact_points", sa.Column("used_from", sa.Date(), nullable=True))
    op.add_column("contact_points", sa.Column("used_until", sa.Date(), nullable=True))
    op.create_index("ix_contact_points_value_key", "contact_points", ["value_key", "person_id"], unique=False)
    op.add_column(
        "persons", sa.Column("written_languages", sa.ARRAY(sa.Text()), nullable=False, server_default="{}")
    )
    op.add_column("persons", sa.Column("preferred_language", sa.Text(), nullable=True))
    op.add_column("persons", sa.Column("interpreter_language", sa.Text(), nullable=True))
    op.add_column("persons", sa.Column("communication_needs", sa.Text(), nullable=True))
    op.add_column(
        "persons",
        sa.Column(
            "self_described", postgresql.JSONB(astext_type=sa.Text()), nullable=False, server_default="{}"
        ),
    )
    op.execute(_SPELL_ALIKE)
    # Every row of today keeps these rules, because the columns are new.
    op.create_check_constraint(
        op.f("ck_contact_points_period"),
        "contact_points",
        "used_until >= used_from",
        postgresql_not_valid=True,
    )
    op.create_check_constraint(
        op.f("ck_persons_interpreter_of_a_language"),
        "persons",
        "interpreter_needed OR interpreter_language IS NULL",
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_persons_interpreter_of_a_language"), "persons", type_="check")
    op.drop_column("persons", "self_described")
    op.drop_column("persons", "communication_needs")
    op.drop_column("persons", "interpreter_language")
    op.drop_column("persons", "preferred_language")
    op.drop_column("persons", "written_languages")
    op.drop_index("ix_contact_points_value_key", table_name="contact_points")
    op.drop_column("contact_points", "used_until")
    op.drop_column("contact_points", "used_from")
    op.drop_column("contact_points", "preferred_times")
    op.drop_column("contact_points", "whose")
    op.drop_column("contact_points", "value_key")
    op.drop_index("ix_person_changes_person_id", table_name="person_changes")
    op.drop_table("person_changes")
    op.drop_index(
        "uq_identifiers_in_use", table_name="identifiers", postgresql_where=sa.text("used_until IS NULL")
    )
    op.drop_index(op.f("ix_identifiers_person_id"), table_name="identifiers")
    op.drop_index("ix_identifiers_key", table_name="identifiers")
    op.drop_table("identifiers")
    op.drop_index("ix_addresses_postal_key", table_name="addresses")
    op.drop_index(op.f("ix_addresses_person_id"), table_name="addresses")
    op.drop_table("addresses")
