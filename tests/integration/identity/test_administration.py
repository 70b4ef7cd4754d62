"""What an administrator sees and revokes of others over HTTP, and nobody else; on SQLite and on Postgres."""

from uuid import uuid4

import pytest

from adapters.sql.database import SqlDatabase
from domain.identity.audit_event import AuditAction, AuditEvent
from tests.integration.identity.client import PASSWORD, Client, Newcomers
from tests.integration.problems import is_problem
from tests.servers.administrators import make_admin
from tests.unit.fakes.clock import TickingClock


@pytest.fixture
async def root(newcomers: Newcomers, database_url: str) -> Client:
    """An administrator who has just signed in."""
    root = await newcomers.user()
    await make_admin(database_url, root.name)
    return root


async def events(database_url: str, who: str) -> list[AuditEvent]:
    database = SqlDatabase(database_url, upgrades_itself=False)
    async with database.reading() as unit:
        found = await unit.audit_log.list_latest(50)
    await database.close()
    return [event for event in found if event.who == who]


async def test_an_administrator_sees_and_revokes_sessions_and_keys_of_a_user(
    root: Client, ada: Client, grace: Client, database_url: str
) -> None:
    of_ada = f"/users/{ada.name.upper()}"
    key, hers = await ada.new_key("convert"), await grace.new_key("convert")
    (session,) = (await root.ask("GET", f"{of_ada}/sessions")).json["sessions"]
    assert (session["address"], session["is_current"]) == (ada.address, False)
    (listed,) = (await root.ask("GET", f"{of_ada}/api-keys")).json["api_keys"]
    assert listed == (await ada.ask("GET", "/api-keys")).json["api_keys"][0]

    assert (await root.ask("DELETE", f"{of_ada}/api-keys/{listed['id']}")).status == 204
    assert is_problem(await key.convert(), 401)
    assert (await root.ask("DELETE", f"{of_ada}/sessions/{session['id']}")).status == 204
    assert is_problem(await ada.ask("GET", "/me"), 401)

    assert (await ada.login()).status == 200
    await ada.new_key("convert")
    keys = await root.ask("DELETE", f"{of_ada}/api-keys")
    assert (keys.status, keys.json) == (200, {"sessions_ended": 0, "api_keys_deleted": 1})
    sessions = await root.ask("DELETE", f"{of_ada}/sessions")
    assert (sessions.status, sessions.json) == (200, {"sessions_ended": 1, "api_keys_deleted": 0})
    assert is_problem(await ada.refreshed(), 401)

    assert (await hers.convert()).status == 200
    assert (await grace.ask("GET", "/me")).status == 200
    revocations = [each for each in await events(database_url, ada.name) if each.detail.endswith(f", by {root.name}")]
    assert [each.action for each in revocations] == [
        AuditAction.END_SESSIONS,
        AuditAction.DELETE_KEYS,
        AuditAction.END_SESSION,
        AuditAction.DELETE_KEY,
    ]


async def test_revoking_takes_the_administrators_recent_password(
    root: Client, ada: Client, accounts_clock: TickingClock
) -> None:
    accounts_clock.advance(301)
    for path in ("sessions", f"sessions/{uuid4()}", "api-keys", f"api-keys/{uuid4()}"):
        answer = await root.ask("DELETE", f"/users/{ada.name}/{path}")
        assert is_problem(answer, 403)
        assert answer.json["type"] == "/problems/password-needed"
    assert (await ada.ask("GET", "/me")).status == 200
    assert (await root.ask("GET", f"/users/{ada.name}/sessions")).status == 200
    assert (await root.ask("POST", "/me/confirm", json={"password": PASSWORD})).status == 200
    assert (await root.ask("DELETE", f"/users/{ada.name}/sessions")).status == 200


async def test_what_does_not_exist_or_belongs_to_another_is_not_found(root: Client, ada: Client, grace: Client) -> None:
    await grace.new_key("convert")
    (session,) = (await root.ask("GET", f"/users/{grace.name}/sessions")).json["sessions"]
    (key,) = (await root.ask("GET", f"/users/{grace.name}/api-keys")).json["api_keys"]
    for name in ("nobody-at-all", "no%20name", "x" * 65):
        for kind in ("sessions", "api-keys"):
            assert is_problem(await root.ask("GET", f"/users/{name}/{kind}"), 404)
            assert is_problem(await root.ask("DELETE", f"/users/{name}/{kind}"), 404)
    for path in (f"sessions/{session['id']}", f"api-keys/{key['id']}", "sessions/x", "api-keys/x"):
        assert is_problem(await root.ask("DELETE", f"/users/{ada.name}/{path}"), 404)
    assert (await grace.ask("GET", "/me")).status == 200


async def test_a_key_of_an_administrator_administers_nothing(root: Client, ada: Client) -> None:
    key = await root.new_key("convert", "quotes:read", "quotes:write")
    for method in ("GET", "DELETE"):
        for kind in ("sessions", "api-keys"):
            assert is_problem(await key.ask(method, f"/users/{ada.name}/{kind}"), 403)
    assert (await ada.ask("GET", "/me")).status == 200


async def test_a_role_that_was_taken_away_counts_no_longer(root: Client, ada: Client, database_url: str) -> None:
    assert (await root.ask("GET", f"/users/{ada.name}/sessions")).status == 200
    database = SqlDatabase(database_url, upgrades_itself=False)
    async with database.writing() as unit:
        of_ada = await unit.users.find_by_name(ada.name)
        of_root = await unit.users.find_by_name(root.name)
        assert of_ada is not None
        assert of_root is not None
        await unit.users.save(type(of_root)(of_root.id, of_root.name, of_ada.role, of_root.password_hash, 0))
    await database.close()
    assert is_problem(await root.ask("GET", f"/users/{ada.name}/sessions"), 403)
