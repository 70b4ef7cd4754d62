"""Requests with an `Idempotency-Key`, over HTTP: what is made is made once, and every repeat gets the same answer."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import text

from adapters.sql.open_database import open_database
from tests.integration.identity.client import PASSWORD, Client, Newcomers
from tests.integration.problems import is_problem
from tests.secrecy import tokens
from tests.servers.service_client import Answer

REPORT = {"name": "report", "scopes": ["convert"]}


def key(text: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": text or str(uuid4())}


async def make_key(client: Client, headers: dict[str, str], body: object = None, path: str = "/api-keys") -> Answer:
    answer = await client.ask("POST", path, json=body or REPORT, headers=headers)
    if answer.status == 201:
        tokens(answer.json)
    return answer


async def names_of_keys(client: Client) -> list[str]:
    return [each["name"] for each in (await client.ask("GET", "/api-keys")).json["api_keys"]]


async def test_a_repeat_makes_no_second_key_and_shows_the_same_secret(ada: Client) -> None:
    headers = key()
    first, repeat = await make_key(ada, headers), await make_key(ada, headers, path="/api/api-keys")
    assert (first.status, repeat.status) == (201, 201)
    assert first.json == repeat.json
    assert first.headers["Content-Type"] == repeat.headers["Content-Type"]
    assert (first.headers["Idempotency-Replayed"], repeat.headers["Idempotency-Replayed"]) == ("false", "true")
    assert await names_of_keys(ada) == ["report"]


async def test_the_secret_is_nowhere_in_the_database(ada: Client, database_url: str) -> None:
    made = (await make_key(ada, key())).json["key"]
    database = await open_database(database_url, upgrades_itself=False)
    async with database.reading_engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM idempotency_keys"))).all()
    await database.close()
    assert len(rows) > 0
    assert made.rpartition("_")[2] not in repr(rows)
    assert PASSWORD not in repr(rows)


async def test_simultaneous_requests_with_one_key_are_one(ada: Client) -> None:
    headers = key()
    answers = await asyncio.gather(*(make_key(ada, headers) for _ in range(64)))
    assert {each.status for each in answers} <= {201, 409}
    made = [each for each in answers if each.status == 201]
    assert len({each.body for each in made}) == 1
    assert [each.headers["Idempotency-Replayed"] for each in made].count("false") == 1
    for refused in (each for each in answers if each.status == 409):
        assert refused.json["type"] == "/problems/idempotency-key-in-progress"
        assert refused.headers["Retry-After"] == "1"
    assert await names_of_keys(ada) == ["report"]


@pytest.mark.parametrize("body", [REPORT | {"name": "another"}, REPORT | {"scopes": ["quotes:read"]}])
async def test_a_key_names_one_request(ada: Client, body: object) -> None:
    headers = key()
    await make_key(ada, headers)
    reused = await make_key(ada, headers, body)
    assert is_problem(reused, 422, "Idempotency-Key")
    assert reused.json["type"] == "/problems/idempotency-key-reused"
    assert await names_of_keys(ada) == ["report"]


async def test_keys_are_per_user(ada: Client, grace: Client) -> None:
    headers = key("1")
    first, of_grace = await make_key(ada, headers), await make_key(grace, headers)
    assert of_grace.headers["Idempotency-Replayed"] == "false"
    assert first.json["id"] != of_grace.json["id"]


async def test_what_was_refused_stays_refused(ada: Client, newcomers: Newcomers) -> None:
    stranger, headers = await newcomers.user(), key()
    taken = {"username": stranger.name, "password": PASSWORD}
    first = await ada.ask("POST", "/authenticate/register", json=taken, headers=headers)
    assert is_problem(first, 409)
    assert first.headers["Idempotency-Replayed"] == "false"
    assert (await stranger.ask("DELETE", "/me")).status == 204
    repeat = await ada.ask("POST", "/authenticate/register", json=taken, headers=headers)
    assert is_problem(repeat, 409)
    assert repeat.headers["Idempotency-Replayed"] == "true"
    assert repeat.json["detail"] == first.json["detail"]
    assert (await ada.ask("POST", "/authenticate/register", json=taken, headers=key())).status == 201


async def test_a_repeated_registration_gets_the_account_it_made(newcomers: Newcomers) -> None:
    client, headers = newcomers.client(), key()
    credentials = {"username": client.name, "password": PASSWORD}
    first = await client.ask("POST", "/authenticate/register", json=credentials, headers=headers)
    repeat = await client.ask("POST", "/authenticate/register", json=credentials, headers=headers)
    assert (first.status, repeat.status) == (201, 201)
    assert first.json == repeat.json
    other = await client.ask(
        "POST", "/authenticate/register", json=credentials | {"password": "another one"}, headers=headers
    )
    assert is_problem(other, 422, "Idempotency-Key")


@pytest.mark.parametrize("text", ["", "x" * 256, "a\tb", "ключ", "é"])
async def test_a_key_has_1_to_255_printable_characters(ada: Client, text: str) -> None:
    answer = await make_key(ada, {"Idempotency-Key": text})
    assert is_problem(answer, 422, "Idempotency-Key")
    assert await names_of_keys(ada) == []


async def test_invalid_input_does_not_use_the_key_up(ada: Client) -> None:
    headers = key("x" * 255)
    assert is_problem(await make_key(ada, headers, {"name": "report", "scopes": ["nonsense"]}), 422, "scopes")
    assert (await make_key(ada, headers)).status == 201


async def test_without_a_key_every_request_counts(ada: Client) -> None:
    answers = [await make_key(ada, {}) for _ in range(2)]
    assert [each.status for each in answers] == [201, 201]
    assert "Idempotency-Replayed" not in answers[0].headers
    assert len(await names_of_keys(ada)) == 2
