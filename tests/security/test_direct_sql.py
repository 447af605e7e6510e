"""Whoever has the password of a runtime role: what PostgreSQL itself lets through (CO-9, AU-4, rules 1 and 5).

The tables are those of the catalogue of the running databases, so a new table without a policy, and without a reason
here why it needs none, turns a test red.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.security.world import the_family

pytestmark = pytest.mark.platform

SERVICES = ("intake", "cases", "consent", "portal", "audit")
ROLES = ("door", "lane")

OF_THE_HOUSE = {
    "alembic_version": "the number of the last migration",
    "grants": "every policy asks it as the caller's role; names nobody but by id; ended, never deleted",
    "restrictions": "every policy asks it as the caller's role; ids and times",
    "same_persons": "which ids are one person, asked when a restriction spreads; ids only",
    "heartbeats": "when consent was last heard; a door only reads it",
    "lapsed_sign_ins": "asked of every caller before anything else: which sign-ins count no more; of no client",
    "standings": "of which organisation, teams and roles workers were, for questions why; of no client",
    "outbox": "a door writes into it and reads nothing of it",
    "subject_versions": "counts of events by id",
    "told_account_links": "closed to doors",
    "inbox_seen": "closed to doors",
    "inbox_subjects": "closed to doors",
    "parked_events": "a door reads which sorts of events wait, and nothing of what they say",
}
WITHOUT_A_POLICY: dict[str, dict[str, str]] = {
    "intake": {
        "accreditations": "which systems may send files; of no person",
        "agencies": "how to reach agencies: public to every role that reads the directory",
        "practitioners": "how to reach practitioners at work: as for agencies; sensitive ones are concealed by the "
        "involvement that names them",
        "caseloads": "how much each worker carries; of no person",
        "caseload_cases": "which cases weigh on a worker, by id, to count places; shown by no door",
        "common_words": "how frequent words are among all names, those of several people only",
        "competences": "what workers may decide; of no client",
        "criteria_versions": "published criteria",
        "discharges": "that a person left a case, by id, for the return in crisis; shown by no door",
        "hsds_holdings": "the public directory of services",
        "hsds_objects": "the public directory of services",
        "services": "the public directory of services",
        "service_corrections": "proposals to the public directory of services",
        "service_imports": "files of the public directory of services",
        "last_words": "whom persons refuse by name, for what a team borrows; no privilege at the doors",
        "lookups": "who asked the directory how often, by worker and a hash of the question",
        "offers": "places offered in a line, by the id of a turn; the person stands in wait_list_entries",
        "turns": "the line of a program without persons; the person stands in wait_list_entries",
        "overload_plans": "what a program does when it is full",
        "program_capacities": "places of programs",
        "program_workers": "who works for a program",
        "roll_calls": "which service was asked to be told everybody, and how far it was; no privilege at the doors",
        "sought_for": "ids of persons whose duplicates are to be sought; shown by no door",
    },
    "cases": {
        "led_cases": "how many cases a worker leads, by id, to weigh; shown by no door",
        "linked_accounts": "which sign-in is which person, by id, to open one's own record",
        "recorded_persons": "which ids are persons",
        "roll_calls_wanted": "that intake is asked for everybody; of no person",
        "team_listings": "whose team was told whole, by id of the case; no privilege at the doors",
    },
    "consent": {
        "agreements": "between organisations; of no person",
        "authority_standings": "which kinds of authority a person's deciders have, by id and code, asked by rules on "
        "deciding; shown by no door",
        "decision_scopes": "what each decision is about, by id and code, so that an earlier one says what stands",
        "linked_sign_ins": "which sign-ins are a parent's or carer's of whom, by id, for a rule on deciding",
        "decision_turns": "in which order decisions about a person came, by id",
        "prior_rules": "what a prior decision refuses or permits, by id and code, asked by rules on deciding",
        "refusals_in_place": "what one parent refused, by id and code, so that the other does not open it",
        "sign_in_steps": "who removed, ended or restored whose sign-in; of workers, behind a permission",
        "capacity_standings": "the newest capacity of a person, by id, asked by rules on deciding; shown by no door",
        "known_persons": "which ids are persons, so that a decision is about one",
        "own_refusals": "what a person refused to whom, by id and code, so that nobody grants it over them",
    },
    "portal": {
        "persons_in_cases": "which persons a case has, by id, to check an authorisation; shown by no door",
        "persons_on_record": "which ids are persons",
    },
    "audit": {
        "accounts_of_persons": "which sign-in is which person, by id, for the rule on looking up oneself",
        "case_courses": "when a case was opened and closed and who led it, by id, for who may read its trail",
        "emergencies": "whose emergency access was when, by id, for the rules on emergencies",
        "persons_found": "whom searches showed a worker in a day, by id, to count; shown by no door",
        "restricted_persons": "ids of persons, to leave them out of trails; shown by no door",
        "team_places": "who was on the team of a case from when until when, by id, for who may read its trail",
        "checkpoints": "public",
        "closed_cases": "ids of cases, for the rule on looking after closure",
        "divergences": "that the log differs from what was signed; of no person",
        "erasures_done": "positions of the log",
        "families_of_cases": "which persons a case has, by id, for the rule on looking up family",
        "hold_releases": "why a hold ended, as a code",
        "holds": "legal holds, by id, code and reference; read by the privacy officer's doors alone",
        "leaves": "salted hashes, public",
        "nodes": "hashes, public",
        "tiles": "hashes, public",
        "ordered_erasures": "positions of the log",
        "persons_of_days": "whom a worker opened in a day, by id, to count; shown by no door",
        "settlements": "how a difference of the log was settled; of no person",
        "stream_cursors": "how far the stream is",
        "watch_cursors": "how far the watch is",
        "witness_answers": "public",
        "worker_days": "how much a worker opened in a day",
        "workers_seen": "when a worker was last seen",
    },
}


@contextmanager
def session(service: str, role: str) -> Iterator[psycopg.Connection]:
    url = os.environ[f"ICM_{service.upper()}_{role.upper()}_URL"].replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def refused(connection: psycopg.Connection, statement: str) -> bool:
    """Whether PostgreSQL refuses it for want of a right."""
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def tables(service: str) -> dict[str, bool]:
    """Each table, and whether its rows stand under policies."""
    asked = """
        SELECT relname, relrowsecurity FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm', 'f') ORDER BY relname
    """
    with session(service, "owner") as owner:
        return dict(owner.execute(asked).fetchall())


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_has_a_policy_or_a_reason_why_not(service: str) -> None:
    without = {name for name, secured in tables(service).items() if not secured}
    reasons = OF_THE_HOUSE.keys() | WITHOUT_A_POLICY[service].keys()
    assert without - reasons == set(), "say in a policy who sees its rows, or here why nobody needs one"
    assert WITHOUT_A_POLICY[service].keys() - without == set(), "reasons for what is not so any more"
    with session(service, "door") as door:
        policies = door.execute(
            "SELECT tablename, cmd FROM pg_policies WHERE NOT 'icm_lane' = ANY(roles) AND %s = ANY(roles)",
            [f"{service}_door"],
        ).fetchall()
    secured = {name for name, under in tables(service).items() if under}
    assert {(name, command) for name in secured for command in ("SELECT", "INSERT", "UPDATE", "DELETE")} == {
        (name, command) for name, command in policies
    }


@pytest.mark.parametrize("service", SERVICES)
def test_views_which_read_with_the_owner_s_rights_are_closed_to_both_roles(service: str) -> None:
    asked = """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
            AND has_any_column_privilege(oid, 'SELECT, INSERT, UPDATE')
    """
    for role in ROLES:
        with session(service, role) as connection:
            assert connection.execute(asked).fetchall() == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_door_without_settings_sees_no_row_under_a_policy(service: str) -> None:
    the_family()
    with session(service, "door") as door, session(service, "owner") as owner:
        for name, secured in tables(service).items():
            if secured:
                assert door.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,), name
        filled = [
            name
            for name, secured in tables(service).items()
            if secured and owner.execute(f"SELECT EXISTS (SELECT 1 FROM {name})").fetchone() == (True,)
        ]
    assert len(filled) > 1, "there was nothing to be seen"


@pytest.mark.parametrize(
    "grantees",
    [
        "{}",
        "{worker:nobody}",
        "{role:nothing}",
        '{"worker:x\\",role:privacy_officer"}',
        "{%}",
        "{worker:%}",
        "{NULL}",
    ],
)
@pytest.mark.parametrize("service", SERVICES)
def test_a_name_that_no_grant_has_opens_nothing(service: str, grantees: str) -> None:
    with session(service, "door") as door, door.transaction():
        door.execute("SELECT set_config('icm.grantees', %s, true)", [grantees])
        door.execute("SELECT set_config('icm.purpose', 'care', true)")
        for name, secured in tables(service).items():
            if secured:
                assert door.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,), name


@pytest.mark.parametrize("setting", ["{", "x", "{{}", "{a,", '{"'])
def test_a_setting_that_is_no_list_is_an_error_and_no_key(setting: str) -> None:
    with session("cases", "door") as door, pytest.raises(psycopg.errors.DataError), door.transaction():
        door.execute("SELECT set_config('icm.grantees', %s, true)", [setting])
        door.execute("SELECT count(*) FROM cases").fetchone()


def test_the_names_of_one_worker_open_what_is_hers_and_no_more() -> None:
    family = the_family()
    mentor = f"worker:{family['mentor'].subject}"
    with session("cases", "door") as door, door.transaction():
        door.execute("SELECT set_config('icm.grantees', %s, true)", ["{" + mentor + "}"])
        door.execute("SELECT set_config('icm.purpose', 'care', true)")
        seen = door.execute("SELECT id::text FROM cases").fetchall()
        restricted = door.execute(
            "SELECT count(*) FROM cases c, restrictions r WHERE r.person_id = c.id"
        ).fetchone()
    assert (family.ids["case_id"],) in seen
    assert restricted == (0,)


FORBIDDEN = (
    "CREATE TABLE mine (x int)",
    "CREATE TEMP TABLE mine (x int)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE EXTENSION dblink",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "CREATE EVENT TRIGGER mine ON ddl_command_end EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "SET ROLE {service}_owner",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION {service}_owner",
    "SET session_replication_role = replica",
    "ALTER ROLE {me} BYPASSRLS",
    "ALTER ROLE {me} SUPERUSER",
    "ALTER DATABASE {service} SET row_security = off",
    "ALTER SYSTEM SET log_statement = 'all'",
    "GRANT {service}_owner TO {me}",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "COPY grants FROM '/etc/passwd'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT * FROM pg_authid",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE '%owner%' OR usename = 'postgres'",
    "SELECT pg_reload_conf()",
)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", SERVICES)
def test_a_runtime_role_makes_changes_and_becomes_nothing(service: str, role: str) -> None:
    me = f"{service}_{role}"
    with session(service, "owner"), session(service, role) as connection:
        let_through = []
        for statement in FORBIDDEN:
            asked = statement.format(service=service, me=me)
            try:
                if not refused(connection, asked):
                    let_through.append(asked)
            except psycopg.errors.Error as other:
                assert isinstance(
                    other, (psycopg.errors.UndefinedObject, psycopg.errors.InvalidParameterValue)
                ), (
                    asked,
                    other,
                )
        connection.execute("SET row_security = off")
        for name, secured in tables(service).items():
            if secured and role == "door":
                # Without policies it gets an error, not the rows.
                assert refused(connection, f"SELECT count(*) FROM {name}"), name
    assert let_through == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", SERVICES)
def test_no_table_is_altered_emptied_or_freed_of_its_policies(service: str, role: str) -> None:
    with session(service, role) as connection:
        for name in tables(service):
            for statement in (
                f"TRUNCATE {name}",
                f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY",
                f"ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY",
                f"ALTER TABLE {name} DISABLE TRIGGER ALL",
                f"ALTER TABLE {name} ADD COLUMN mine int",
                f"DROP TABLE {name}",
                f"CREATE INDEX ON {name} ((1))",
                f"CREATE TRIGGER mine BEFORE INSERT ON {name} EXECUTE FUNCTION"
                " suppress_redundant_updates_trigger()",
                f"CREATE POLICY mine ON {name} USING (true)",
                f"CREATE RULE mine AS ON SELECT TO {name} DO INSTEAD NOTHING",
            ):
                assert _denied(connection, statement), statement


def _denied(connection: psycopg.Connection, statement: str) -> bool:
    """Refused for want of a right, or for another fault before anything happened; what passes is rolled back."""
    try:
        with connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '200ms'")
            connection.execute(statement)
            raise psycopg.Rollback
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("service", SERVICES)
def test_what_is_written_once_is_neither_changed_nor_deleted(service: str, role: str) -> None:
    with session(service, role) as connection:
        rights = connection.execute(
            """
            SELECT c.relname,
                has_table_privilege(c.oid, 'UPDATE') OR has_any_column_privilege(c.oid, 'UPDATE'),
                has_table_privilege(c.oid, 'DELETE')
            FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            """
        ).fetchall()
        once = written_once(service)
        assert once
        for name, updates, deletes in rights:
            if name in once:
                assert (updates, deletes) == (False, False), name
                assert refused(connection, f"DELETE FROM {name}"), name


def written_once(service: str) -> set[str]:
    """The tables that must never change, written here by hand: the code's own list is what is tested."""
    return {
        "intake": {
            "account_link_endings", "account_links", "contact_attempts", "explanations", "findings", "person_changes",
            "screenings",
        },
        "cases": {"assessments_on_file", "contacts", "meetings"},
        "consent": {"capacity_assessments", "capacity_findings", "consent_states"},
        "portal": {"invoice_steps"},
        "audit": {
            "alert_steps", "checkpoints", "divergences", "entries", "erasures_done", "hold_releases", "holds",
            "leaves", "nodes", "ordered_erasures", "settlements", "tiles", "witness_answers",
        },
    }[service]  # fmt: skip


def test_a_door_reads_nothing_of_what_waits_to_be_published() -> None:
    for service in SERVICES:
        with session(service, "door") as door:
            for statement in (
                "SELECT body FROM outbox",
                "UPDATE outbox SET body = ''",
                "DELETE FROM outbox",
                "SELECT body FROM parked_events",
                "DELETE FROM parked_events",
                "SELECT * FROM inbox_seen",
                "DELETE FROM inbox_subjects",
                "UPDATE heartbeats SET sent_at = now() + interval '1 year'",
                "INSERT INTO heartbeats VALUES ('consent', now() + interval '1 year')",
                "DELETE FROM grants",
            ):
                assert refused(door, statement), (service, statement)


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_connects_to_no_database_of_another(service: str) -> None:
    for role in ROLES:
        own = os.environ[f"ICM_{service.upper()}_{role.upper()}_URL"].replace("+psycopg", "")
        for other in SERVICES:
            if other == service:
                continue
            theirs = os.environ[f"ICM_{other.upper()}_{role.upper()}_URL"].replace("+psycopg", "")
            server, login = theirs.rsplit("@", 1)[1], own.split("//", 1)[1].rsplit("@", 1)[0]
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(f"postgresql://{login}@{server}", connect_timeout=3)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(own.replace(f"/{service}", "/template1"), connect_timeout=3).execute(
                "CREATE TABLE mine (x int)"
            )


@pytest.mark.parametrize("service", SERVICES)
def test_functions_with_the_owner_s_rights_list_nothing(service: str) -> None:
    """Each takes ids and tells of those: it lists nothing, and looks nowhere that a caller chooses."""
    with session(service, "door") as door:
        functions: list[tuple[str, Any, str]] = door.execute(
            """
            SELECT p.proname, p.proconfig, pg_get_function_identity_arguments(p.oid)
            FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
                AND has_function_privilege(p.oid, 'EXECUTE') AND p.prorettype <> 'trigger'::regtype
            """
        ).fetchall()
        assert functions
        for name, settings, arguments in functions:
            assert any(each.startswith("search_path=") for each in settings or []), name
            assert "uuid" in arguments, f"{name}({arguments}) asks for no id"
            if arguments == "wanted uuid" and name.startswith("icm_known_"):
                assert door.execute(f"SELECT {name}(%s)", [uuid4()]).fetchone() == (None,)
                assert door.execute(f"SELECT {name}(NULL)").fetchone() == (None,)
