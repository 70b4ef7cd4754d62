"""Changing one's own password, over a real socket, on SQLite and on Postgres."""

import asyncio

import pytest

from tests.integration.identity.client import PASSWORD, Client
from tests.integration.problems import is_problem
from tests.secrecy import secret
from tests.servers.service_client import Answer
from tests.unit.fakes.clock import TickingClock

NEW = secret("a password that is better", "password")
WRONG = "not the password"


async def change(client: Client, old: str = PASSWORD, new: str = NEW) -> Answer:
    return await client.ask("POST", "/me/password", json={"old": old, "new": new})


async def test_a_new_password_ends_all_other_sessions_deletes_the_keys_and_keeps_this_session(ada: Client) -> None:
    other = Client(ada.service, ada.name, "192.0.2.77")
    assert (await other.login()).status == 200
    key = await ada.new_key("convert")
    changed = await change(ada)
    assert (changed.status, changed.json) == (200, {"sessions_ended": 1, "api_keys_deleted": 1})
    assert (await ada.ask("GET", "/me")).status == 200
    assert (await ada.refreshed()).status == 200
    assert is_problem(await other.ask("GET", "/me"), 401)
    assert is_problem(await other.refreshed(), 401)
    assert is_problem(await key.convert(), 401)
    assert (await (await ada.new_key("convert")).convert()).status == 200
    assert is_problem(await other.login(PASSWORD), 401)
    assert (await other.login(NEW)).status == 200


async def test_keys_are_kept_on_request(ada: Client) -> None:
    key = await ada.new_key("convert")
    changed = await ada.ask("POST", "/me/password", json={"old": PASSWORD, "new": NEW, "keep_api_keys": True})
    assert (changed.status, changed.json) == (200, {"sessions_ended": 0, "api_keys_deleted": 0})
    assert (await key.convert()).status == 200


async def test_the_path_without_a_version_does_the_same(ada: Client) -> None:
    answer = await ada.ask("POST", "/api/me/password", json={"old": PASSWORD, "new": NEW})
    assert answer.status == 200


async def test_a_wrong_old_password_is_a_failed_login(ada: Client, accounts_clock: TickingClock) -> None:
    for _ in range(5):
        assert is_problem(await change(ada, old=WRONG), 422, "old")
    refused = await change(ada)
    assert is_problem(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert is_problem(await Client(ada.service, ada.name, ada.address).login(), 429)
    assert (await ada.ask("GET", "/me")).status == 200
    accounts_clock.advance(16 * 60)
    assert (await ada.refreshed()).status == 200
    assert (await change(ada)).status == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"old": PASSWORD, "new": "short"}, "new"),
        ({"old": PASSWORD, "new": "x" * 129}, "new"),
        ({"old": PASSWORD, "new": "password1"}, "new"),
        ({"old": PASSWORD, "new": PASSWORD}, "new"),
        ({"old": WRONG, "new": WRONG}, "new"),
        ({"old": PASSWORD}, "new"),
        ({"new": NEW}, "old"),
        ({"old": 7, "new": NEW}, "old"),
        ({"old": PASSWORD, "new": NEW, "username": "grace"}, "username"),
        ({"old": PASSWORD, "new": NEW, "keep_api_keys": "yes"}, "keep_api_keys"),
        ({"old": PASSWORD, "new": NEW, "keep_api_keys": None}, "keep_api_keys"),
    ],
)
async def test_input_that_is_not_valid_is_named(ada: Client, body: dict[str, object], field: str) -> None:
    answer = await ada.ask("POST", "/me/password", json=body)
    assert is_problem(answer, 422, field)
    assert PASSWORD.encode() not in answer.body


async def test_the_users_name_is_no_password(ada: Client) -> None:
    assert is_problem(await change(ada, new=f"{ada.name}!"), 422, "new")
    assert (await Client(ada.service, ada.name, ada.address).login()).status == 200


async def test_only_a_signed_in_user_changes_a_password(ada: Client) -> None:
    key = await ada.new_key("convert", "quotes:read", "quotes:write")
    assert is_problem(await change(key), 403)
    assert is_problem(await change(Client(ada.service, ada.name, ada.address)), 401)


async def test_of_simultaneous_changes_one_counts(ada: Client) -> None:
    others = [Client(ada.service, ada.name, ada.address) for _ in range(3)]
    for other in others:
        assert (await other.login()).status == 200
    news = [secret(f"new password number {number}", "password") for number in range(4)]
    clients = [ada, *others]
    answers = await asyncio.gather(*(change(each, new=new) for each, new in zip(clients, news, strict=True)))
    assert sorted(answer.status for answer in answers) == [200, 401, 401, 401]
    winner = [answer.status for answer in answers].index(200)
    assert [(await each.ask("GET", "/me")).status == 200 for each in clients] == [n == winner for n in range(4)]
    assert (await Client(ada.service, ada.name, "192.0.2.78").login(news[winner])).status == 200
