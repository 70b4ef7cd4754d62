"""Registering, signing in, staying signed in and signing out, over a real socket, on SQLite and on Postgres."""

import asyncio
import statistics

import pytest

from tests.integration.identity.client import PASSWORD, Client, Newcomers
from tests.integration.problems import is_problem
from tests.servers.service_client import Answer
from tests.unit.fakes.clock import TickingClock

MINUTE = 60.0
DAY = 24 * 60 * MINUTE


async def test_a_user_registers_signs_in_and_reads_their_account(newcomers: Newcomers) -> None:
    client = newcomers.client()
    registered = await client.register()
    assert registered.status == 201
    assert registered.json.keys() == {"id", "username", "role", "created_at"}
    assert (registered.json["username"], registered.json["role"]) == (client.name, "user")
    signed_in = await client.login()
    assert signed_in.json.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (signed_in.json["token_type"], signed_in.json["expires_in"]) == ("Bearer", 900)
    assert (await client.ask("GET", "/me")).json == registered.json


async def test_the_unversioned_paths_give_the_same_answers(newcomers: Newcomers) -> None:
    client = newcomers.client()
    credentials = {"username": client.name, "password": PASSWORD}
    assert (await client.ask("POST", "/api/authenticate/register", json=credentials)).status == 201
    tokens = await client.ask("POST", "/api/authenticate/login", json=credentials)
    client.access = tokens.json["access_token"]
    assert (await client.ask("GET", "/api/me")).json == (await client.ask("GET", "/me")).json
    assert (await client.ask("GET", "/api/api-keys")).json == {"api_keys": []}
    assert (await client.ask("POST", "/api/authenticate/logout")).status == 204
    assert is_problem(await client.ask("GET", "/me"), 401)


async def test_a_name_is_unique_regardless_of_case(ada: Client) -> None:
    assert is_problem(await Client(ada.service, ada.name.upper(), ada.address).register(), 409)
    assert (await Client(ada.service, ada.name.upper(), ada.address).login()).status == 200


async def test_one_of_ten_simultaneous_registrations_gets_the_name(newcomers: Newcomers) -> None:
    client = newcomers.client()
    answers = await asyncio.gather(*(client.register() for _ in range(10)))
    assert sorted(answer.status for answer in answers) == [201] + 9 * [409]


@pytest.mark.parametrize("password", ["password", "P@ssw0rd123", "12345678", "the name", "the name 2026"])
async def test_a_password_that_anybody_would_try_first_is_rejected(newcomers: Newcomers, password: str) -> None:
    client = newcomers.client()
    credentials = {"username": client.name, "password": password.replace("the name", client.name)}
    answer = await client.ask("POST", "/authenticate/register", json=credentials)
    assert is_problem(answer, 422, "password")
    assert "several words" in answer.json["errors"][0]["detail"]
    assert is_problem(await client.ask("POST", "/authenticate/login", json=credentials), 401)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"username": "ab"}, "username"),
        ({"username": "a" * 65}, "username"),
        ({"username": "_ada"}, "username"),
        ({"username": "ada lovelace"}, "username"),
        ({"username": "аda"}, "username"),  # its first letter is Cyrillic
        ({"username": 7}, "username"),
        ({"password": "7 chars"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": None}, "password"),
        ({"role": "admin"}, "role"),
        ({"user_id": 1}, "user_id"),
        ({"balance": "1000"}, "balance"),
        ({"state": "enabled"}, "state"),
    ],
)
async def test_an_invalid_registration_is_rejected_by_field(
    newcomers: Newcomers, changed: dict[str, object], field: str
) -> None:
    client = newcomers.client()
    asked = {"username": client.name, "password": PASSWORD} | changed
    is_of_any_length = isinstance(changed.get("password"), str)
    for path in ("/authenticate/register", *([] if is_of_any_length else ["/authenticate/login"])):
        answer = await client.ask("POST", path, json=asked)
        assert is_problem(answer, 422, field)
        assert PASSWORD.encode() not in answer.body


@pytest.mark.parametrize(
    "password", ["8 l3tt3r", "a passphrase of" + " very much" * 11 + " ..", "pässwörd 🔑 with anything in it"]
)
async def test_a_password_may_hold_anything_within_its_length(newcomers: Newcomers, password: str) -> None:
    client = newcomers.client()
    assert (await client.register(password)).status == 201
    assert (await client.login(password)).status == 200
    assert is_problem(await client.login(password[:-1] + "?"), 401)


async def test_a_wrong_password_and_an_unknown_user_get_the_same_answer_in_the_same_time(
    newcomers: Newcomers, accounts_clock: TickingClock
) -> None:
    known = await newcomers.user()

    async def refused(client: Client) -> Answer:
        accounts_clock.advance(16 * MINUTE)
        answer = await client.login("not the password")
        assert is_problem(answer, 401)
        return answer

    wrong, unknown = [], []
    for _ in range(9):
        wrong.append(await refused(Client(known.service, known.name, known.address)))
        unknown.append(await refused(newcomers.client()))
    bodies = [answer.json | {"request_id": ""} for answer in (wrong[0], unknown[0])]
    assert bodies[0] == bodies[1]
    medians = [statistics.median(answer.seconds for answer in answers) for answers in (wrong, unknown)]
    assert max(medians) < 2 * min(medians)


async def test_a_refresh_gives_a_new_pair_and_invalidates_the_old_token(
    ada: Client, accounts_clock: TickingClock
) -> None:
    before = (ada.access, ada.refresh)
    accounts_clock.advance(1)
    assert (await ada.refreshed()).status == 200
    assert ada.access not in before
    assert ada.refresh not in before
    assert (await ada.ask("GET", "/me")).status == 200
    assert (await ada.refreshed()).status == 200


async def test_reusing_a_refresh_token_later_ends_its_session(ada: Client, accounts_clock: TickingClock) -> None:
    stolen = ada.refresh
    assert (await ada.refreshed()).status == 200
    accounts_clock.advance(10)
    assert is_problem(await ada.refreshed(stolen), 401)
    assert is_problem(await ada.ask("GET", "/me"), 401)
    assert is_problem(await ada.refreshed(), 401)


async def test_a_repeat_within_ten_seconds_gets_the_same_refresh_token(
    ada: Client, accounts_clock: TickingClock
) -> None:
    spent = ada.refresh
    assert (await ada.refreshed()).status == 200
    successor = ada.refresh
    accounts_clock.advance(9)
    assert (await ada.refreshed(spent)).status == 200
    assert ada.refresh == successor
    assert (await ada.ask("GET", "/me")).status == 200
    assert (await ada.refreshed()).status == 200
    assert is_problem(await ada.refreshed(spent), 401)  # older than the newest spent one
    assert is_problem(await ada.ask("GET", "/me"), 401)


async def test_revoking_one_session_leaves_the_users_other_sessions(ada: Client, accounts_clock: TickingClock) -> None:
    other = Client(ada.service, ada.name, ada.address)
    assert (await other.login()).status == 200
    stolen = ada.refresh
    assert (await ada.refreshed()).status == 200
    accounts_clock.advance(10)
    assert is_problem(await ada.refreshed(stolen), 401)
    assert (await other.ask("GET", "/me")).status == 200


async def test_twenty_simultaneous_refreshes_get_the_same_refresh_token(ada: Client) -> None:
    spent = ada.refresh
    answers = await asyncio.gather(*(ada.refreshed(spent) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["refresh_token"] for answer in answers}) == 1
    assert (await ada.ask("GET", "/me")).status == 200
    assert (await ada.refreshed()).status == 200


async def test_logging_out_takes_effect_at_once(ada: Client) -> None:
    other = Client(ada.service, ada.name, ada.address)
    assert (await other.login()).status == 200
    answer = await ada.ask("POST", "/authenticate/logout")
    assert (answer.status, answer.body) == (204, b"")
    assert is_problem(await ada.ask("GET", "/me"), 401)
    assert is_problem(await ada.refreshed(), 401)
    assert (await other.ask("GET", "/me")).status == 200


async def test_an_access_token_lasts_fifteen_minutes(ada: Client, accounts_clock: TickingClock) -> None:
    accounts_clock.advance(15 * MINUTE - 5)
    assert (await ada.ask("GET", "/me")).status == 200
    accounts_clock.advance(5)
    assert is_problem(await ada.ask("GET", "/me"), 401)
    assert (await ada.refreshed()).status == 200
    assert (await ada.ask("GET", "/me")).status == 200


async def test_a_refresh_token_lasts_thirty_days(ada: Client, accounts_clock: TickingClock) -> None:
    accounts_clock.advance(30 * DAY - 5)
    assert (await ada.refreshed()).status == 200
    accounts_clock.advance(30 * DAY + 1)
    assert is_problem(await ada.refreshed(), 401)


async def test_deleting_an_account_ends_its_tokens_and_keys(ada: Client) -> None:
    key = await ada.new_key("convert")
    assert (await key.convert()).status == 200
    assert (await ada.ask("DELETE", "/me")).status == 204
    assert is_problem(await ada.ask("GET", "/me"), 401)
    assert is_problem(await key.convert(), 401)
    assert is_problem(await ada.refreshed(), 401)
    assert is_problem(await ada.login(), 401)
    assert (await Client(ada.service, ada.name, ada.address).register()).status == 201


async def test_a_password_that_cannot_be_right_is_wrong_like_any_other(ada: Client, grace: Client) -> None:
    wrong = await grace.login("not the password")
    for password in ("short", "", "x" * 129):
        asked = {"username": ada.name, "password": password}
        answer = await ada.ask("POST", "/authenticate/login", json=asked)
        assert is_problem(answer, 401)
        assert answer.json["detail"] == wrong.json["detail"]
    assert (await ada.login()).status == 200
