"""Postgres with two roles: one owns the tables and migrates, the other serves and can change no audit event."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

from adapters.sql.application_role import ApplicationRole
from adapters.sql.database import SqlDatabase
from adapters.sql.metadata import is_append_only
from adapters.sql.migrations import HEAD
from adapters.sql.tables import METADATA
from domain.errors import DatabaseUnavailable
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from entrypoints.settings.settings import Settings
from entrypoints.wiring.running import migrate_database
from tests.unit.fakes.accounts import api_key, session, user

NAME = 'crossrate "app"'
ROLE = ApplicationRole(NAME, "pass'word\\")

YEAR_SECONDS = 365 * 24 * 3600.0

EVENT = AuditEvent(AuditAction.LOGIN, AuditOutcome.DONE, "ada", None, "203.0.113.1", 0.0, "")

CHANGES = [
    "UPDATE audit_events SET who = 'nobody'",
    "DELETE FROM audit_events",
    "TRUNCATE audit_events",
    "DROP TABLE audit_events",
    "ALTER TABLE audit_events DISABLE TRIGGER ALL",
    "CREATE TABLE of_mine (id int)",
    "UPDATE alembic_version SET version_num = '0001'",
    "SELECT setval('audit_events_id_seq', 1)",
    "CREATE OR REPLACE FUNCTION delete_old_audit_events(moment double precision) RETURNS void LANGUAGE sql AS ''",
    "COPY audit_events TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
    "CREATE ROLE another SUPERUSER",
]


@pytest.fixture
async def owners(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the owner, after a migration that made the role."""
    settings: dict[str, Any] = {"database_application_user": NAME, "database_application_password": ROLE.password}
    await migrate_database(Settings(_env_file=None, database_url=postgres_url, **settings))
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.execute(f"DROP OWNED BY {quoted(NAME)}; DROP ROLE {quoted(NAME)}")
    await connection.close()


@pytest.fixture
def address(postgres_url: str) -> str:
    """The address with the application's role."""
    url = make_url(postgres_url).set(username=NAME, password=ROLE.password)
    return url.render_as_string(hide_password=False)


@pytest.fixture
async def applications(owners: asyncpg.Connection, address: str) -> AsyncIterator[asyncpg.Connection]:
    assert not owners.is_closed()
    connection = await asyncpg.connect(address)
    yield connection
    await connection.close()


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


async def add(address: str, *events: AuditEvent) -> None:
    database = SqlDatabase(address, upgrades_itself=False)
    try:
        async with database.writing() as unit:
            for event in events:
                await unit.audit_log.add(event)
    finally:
        await database.close()


async def test_the_service_works_as_the_role_that_owns_nothing(owners: asyncpg.Connection, address: str) -> None:
    database = SqlDatabase(address, upgrades_itself=False)
    ada = user("Ada")
    try:
        async with database.writing() as unit:
            await unit.users.add(ada)
            await unit.sessions.add(session(ada))
            await unit.api_keys.add(api_key(ada))
        await database.check_writing()
        async with database.writing() as unit:
            await unit.audit_log.add(EVENT)
            await unit.users.delete(ada.id)
    finally:
        await database.close()
    owned = "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = $1)"
    assert await owners.fetchval(owned, NAME) == 0
    can = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = $1"
    assert await owners.fetchval(can, NAME) is False


async def test_the_role_may_add_to_append_only_tables_and_change_all_others(applications: asyncpg.Connection) -> None:
    may = (
        "SELECT has_table_privilege($1, 'INSERT'), has_table_privilege($1, 'UPDATE'), has_table_privilege($1, 'DELETE')"
    )
    for table in METADATA.sorted_tables:
        changes = not is_append_only(table)
        [granted] = await applications.fetch(may, table.name)
        assert tuple(granted) == (True, changes, changes), table.name
    assert {table.name for table in METADATA.sorted_tables if is_append_only(table)} >= {"audit_events"}


async def test_the_role_cannot_change_what_is_recorded_nor_get_around_it(applications: asyncpg.Connection) -> None:
    possible = []
    for statement in CHANGES:
        try:
            await applications.execute(statement)
        except asyncpg.InsufficientPrivilegeError:
            continue
        possible.append(statement)
    assert possible == []


async def test_only_events_past_their_retention_go_whatever_the_caller_says(
    applications: asyncpg.Connection, address: str
) -> None:
    now = time.time()
    await add(address, *(replace(EVENT, at=now - age) for age in (0, YEAR_SECONDS - 60, YEAR_SECONDS + 60)))
    for moment in (now + YEAR_SECONDS, float("inf"), float("nan")):
        await applications.execute("SELECT delete_old_audit_events($1)", moment)
    ages = [round(now - row["at"]) for row in await applications.fetch("SELECT at FROM audit_events ORDER BY at")]
    assert ages == [YEAR_SECONDS - 60, 0]


async def test_a_table_of_ones_own_does_not_take_the_place_of_the_owners(applications: asyncpg.Connection) -> None:
    await applications.execute(
        "CREATE TEMP TABLE audit_events (at double precision); INSERT INTO audit_events VALUES (0)"
    )
    await applications.execute("SELECT delete_old_audit_events(1e12)")
    assert await applications.fetchval("SELECT count(*) FROM pg_temp.audit_events") == 1


async def test_migrating_again_takes_back_what_was_granted_by_hand_and_sets_the_password(
    owners: asyncpg.Connection, postgres_url: str
) -> None:
    await owners.execute(f"GRANT ALL ON audit_events TO {quoted(NAME)}")
    database = SqlDatabase(postgres_url, upgrades_itself=False)
    assert await database.migrate(replace(ROLE, password="another")) == (HEAD, HEAD)  # noqa: S106 -- of this test
    verifier = "SELECT rolpassword FROM pg_authid WHERE rolname = $1"
    changed = await owners.fetchval(verifier, NAME)
    assert changed.startswith("SCRAM-SHA-256$")
    await database.migrate(replace(ROLE, password=None))
    assert await owners.fetchval(verifier, NAME) == changed
    assert not await owners.fetchval("SELECT has_table_privilege($1, 'audit_events', 'DELETE')", NAME)


async def test_what_others_have_in_the_schema_is_neither_granted_nor_taken(
    owners: asyncpg.Connection, postgres_url: str
) -> None:
    await owners.execute(
        """
        CREATE TABLE of_others (id serial);
        CREATE FUNCTION of_others() RETURNS int LANGUAGE sql AS 'SELECT 1';
        REVOKE ALL ON FUNCTION of_others() FROM PUBLIC;
        """
    )
    await owners.execute(f"GRANT SELECT ON of_others TO {quoted(NAME)}")
    await SqlDatabase(postgres_url, upgrades_itself=False).migrate(ROLE)
    assert await owners.fetchval("SELECT has_table_privilege($1, 'of_others', 'SELECT')", NAME)
    assert not await owners.fetchval("SELECT has_sequence_privilege($1, 'of_others_id_seq', 'USAGE')", NAME)
    assert not await owners.fetchval("SELECT has_function_privilege($1, 'of_others()', 'EXECUTE')", NAME)


async def test_a_role_without_a_password_must_exist(postgres_url: str) -> None:
    database = SqlDatabase(postgres_url, upgrades_itself=False)
    with pytest.raises(DatabaseUnavailable, match="the application's role does not exist"):
        await database.migrate(ApplicationRole("nobody", None))


async def test_the_owner_is_not_taken_for_the_application(postgres_url: str) -> None:
    database = SqlDatabase(postgres_url, upgrades_itself=False)
    with pytest.raises(DatabaseUnavailable, match="is a superuser or owns the tables"):
        await database.migrate(ApplicationRole(str(make_url(postgres_url).username), None))
