"""Who sees what inside one family; who came to a meeting and what it decided become rows (CA-1, CA-6).

The release that is running goes on: what it writes into the two columns of a meeting becomes rows by a trigger. Until
it is replaced it shows meetings without attendees and decisions, which is less than everybody may see and never more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MAKE_ROWS = """
    CREATE FUNCTION cases_meeting_in_rows() RETURNS trigger LANGUAGE plpgsql AS $rows$
    BEGIN
        INSERT INTO attendances (id, case_id, meeting_id, place_in_list, worker, person_id)
        SELECT gen_random_uuid(), NEW.case_id, NEW.id, a.place - 1, a.came ->> 'worker', (a.came ->> 'person_id')::uuid
        FROM jsonb_array_elements(NEW.attendees) WITH ORDINALITY AS a (came, place);
        INSERT INTO decisions (id, case_id, meeting_id, place_in_list, words)
        SELECT gen_random_uuid(), NEW.case_id, NEW.id, d.place - 1, d.words
        FROM unnest(NEW.decisions) WITH ORDINALITY AS d (words, place);
        NEW.attendees := '[]';
        NEW.decisions := '{}';
        RETURN NEW;
    END
    $rows$
"""
_ATTENDANCES = """
    INSERT INTO attendances (id, case_id, meeting_id, place_in_list, worker, person_id)
    SELECT gen_random_uuid(), m.case_id, m.id, a.place - 1, a.came ->> 'worker', (a.came ->> 'person_id')::uuid
    FROM meetings m, jsonb_array_elements(m.attendees) WITH ORDINALITY AS a (came, place)
"""
_DECISIONS = """
    INSERT INTO decisions (id, case_id, meeting_id, place_in_list, words)
    SELECT gen_random_uuid(), m.case_id, m.id, d.place - 1, d.words
    FROM meetings m, unnest(m.decisions) WITH ORDINALITY AS d (words, place)
"""
_BACK = """
    UPDATE meetings m SET
        attendees = coalesce((
            SELECT jsonb_agg(jsonb_build_object('worker', a.worker, 'person_id', a.person_id) ORDER BY a.place_in_list)
            FROM attendances a WHERE a.meeting_id = m.id
        ), '[]'),
        decisions = ARRAY(SELECT d.words FROM decisions d WHERE d.meeting_id = m.id ORDER BY d.place_in_list)
"""


def upgrade() -> None:
    op.add_column("team_members", sa.Column("for_member", sa.Uuid(), nullable=True))
    op.create_table(
        "confidences",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("about", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("shown_to", sa.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("in_confidence", sa.Boolean(), nullable=False),
        sa.Column("named", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("kept_from", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= decided_at", name=op.f("ck_confidences_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confidences")),
    )
    op.create_index(
        "uq_confidences_in_force",
        "confidences",
        ["item_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_confidences_record", "confidences", ["record_id"], unique=False)
    op.create_index("ix_members_case_id", "members", ["case_id"], unique=False)
    op.create_table(
        "plan_sections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("section", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "section IN ('strengths','needs','involvement','safety')", name=op.f("ck_plan_sections_section")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["plans.id"], name=op.f("fk_plan_sections_case_id_plans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_sections")),
    )
    op.create_index(op.f("ix_plan_sections_case_id"), "plan_sections", ["case_id"], unique=False)
    for table, *columns in (
        (
            "attendances",
            sa.Column("worker", sa.Text(), nullable=True),
            sa.Column("person_id", sa.Uuid(), nullable=True),
            sa.CheckConstraint(
                "(worker IS NULL) <> (person_id IS NULL)", name=op.f("ck_attendances_one_of_the_two")
            ),
        ),
        ("decisions", sa.Column("words", sa.Text(), nullable=False)),
    ):
        op.create_table(
            table,
            sa.Column("id", sa.Uuid(), nullable=False),
            sa.Column("case_id", sa.Uuid(), nullable=False),
            sa.Column("meeting_id", sa.Uuid(), nullable=False),
            sa.Column("place_in_list", sa.Integer(), nullable=False),
            *columns,
            sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f(f"fk_{table}_case_id_cases")),
            sa.ForeignKeyConstraint(
                ["meeting_id"],
                ["meetings.id"],
                name=op.f(f"fk_{table}_meeting_id_meetings"),
                initially="DEFERRED",
                deferrable=True,
            ),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_meeting_id"), table, ["meeting_id"], unique=False)
    op.execute(_ATTENDANCES)
    op.execute(_DECISIONS)
    # Deferred keys are checked now: the table cannot be changed while checks of its rows are pending.
    op.execute("SET CONSTRAINTS ALL IMMEDIATE")
    op.execute("UPDATE meetings SET attendees = '[]', decisions = '{}'")
    op.execute(_MAKE_ROWS)
    op.execute(
        "CREATE TRIGGER meeting_in_rows BEFORE INSERT ON meetings FOR EACH ROW"
        " WHEN (NEW.attendees <> '[]' OR NEW.decisions <> '{}') EXECUTE FUNCTION cases_meeting_in_rows()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER meeting_in_rows ON meetings")
    op.execute("DROP FUNCTION cases_meeting_in_rows()")
    op.execute(_BACK)
    for table in ("decisions", "attendances", "plan_sections"):
        op.drop_table(table)
    op.drop_index("ix_members_case_id", table_name="members")
    op.drop_table("confidences")
    op.drop_column("team_members", "for_member")
