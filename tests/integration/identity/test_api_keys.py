"""API keys work within their scopes until they expire or are deleted, and are their owner's alone."""

import asyncio
from uuid import uuid4

import pytest

from domain.identity.api_key import MAX_KEYS, Scope
from tests.integration.identity.client import Client
from tests.integration.problems import is_problem
from tests.unit.fakes.clock import TickingClock

AT_ONCE = 5


async def test_a_key_is_shown_once_and_listed_without_its_secret(ada: Client) -> None:
    asked = {"name": "nightly report", "scopes": ["quotes:read", "convert"], "expires_at": None}
    made = await ada.ask("POST", "/api-keys", json=asked)
    assert made.status == 201
    assert made.json.keys() == {"id", "name", "scopes", "created_at", "key"}
    key = made.json["key"]
    listed = await ada.ask("GET", "/api-keys")
    assert listed.json == {"api_keys": [{name: value for name, value in made.json.items() if name != "key"}]}
    assert key.encode() not in listed.body
    assert key.rpartition("_")[2].encode() not in listed.body
    assert made.json["scopes"] == ["convert", "quotes:read"]


async def test_a_key_holds_at_least_128_random_bits(ada: Client) -> None:
    secrets = {(await ada.new_key("convert")).key.split("_", 2)[2] for _ in range(5)}
    assert len(secrets) == 5
    assert {len(secret) for secret in secrets} == {43}  # 256 bits in base 64


async def test_a_key_is_limited_to_its_scopes(ada: Client) -> None:
    assert (await (await ada.new_key("convert")).convert()).status == 200
    assert is_problem(await (await ada.new_key("quotes:read", "quotes:write")).convert(), 403)


async def test_no_key_can_do_what_takes_a_signed_in_user(ada: Client) -> None:
    key = await ada.new_key("convert", "quotes:read", "quotes:write")
    for method, path in (
        ("GET", "/me"),
        ("DELETE", "/me"),
        ("GET", "/api-keys"),
        ("DELETE", f"/api-keys/{uuid4()}"),
        ("DELETE", "/api-keys"),
        ("GET", "/me/sessions"),
        ("DELETE", "/me/sessions"),
        ("DELETE", f"/me/sessions/{uuid4()}"),
        ("POST", "/authenticate/logout"),
    ):
        assert is_problem(await key.ask(method, path), 403), (method, path)
    assert is_problem(await key.ask("POST", "/api-keys", json={"name": "x", "scopes": ["convert"]}), 403)
    assert (await ada.ask("GET", "/me")).status == 200


async def test_a_key_with_a_wrong_secret_is_rejected(ada: Client) -> None:
    key = await ada.new_key("convert")
    head, _, secret = key.key.rpartition("_")
    key.key = f"{head}_{'A' if secret[0] != 'A' else 'B'}{secret[1:]}"
    assert is_problem(await key.convert(), 401)


async def test_a_deleted_key_stops_at_once(ada: Client) -> None:
    key = await ada.new_key("convert")
    (listed,) = (await ada.ask("GET", "/api-keys")).json["api_keys"]
    assert (await ada.ask("DELETE", f"/api-keys/{listed['id']}")).status == 204
    assert is_problem(await key.convert(), 401)
    assert is_problem(await ada.ask("DELETE", f"/api-keys/{listed['id']}"), 404)


async def test_a_key_stops_when_it_expires(ada: Client, accounts_clock: TickingClock) -> None:
    key = await ada.new_key("convert", expires_at=int(accounts_clock.now()) + 60)
    assert (await key.convert()).status == 200
    accounts_clock.advance(60)
    assert is_problem(await key.convert(), 401)


async def test_an_expiry_may_be_written_as_iso_8601(ada: Client) -> None:
    asked = {"name": "x", "scopes": ["convert"], "expires_at": "2100-01-01T01:00:00+01:00"}
    assert (await ada.ask("POST", "/api-keys", json=asked)).json["expires_at"] == 4102444800


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": " x"}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": 7}, "name"),
        ({"scopes": ["admin"]}, "scopes"),
        ({"scopes": "convert"}, "scopes"),
        ({"scopes": []}, "scopes"),
        ({"scopes": None}, "scopes"),
        ({"scopes": ["convert"] * (len(Scope) + 1)}, "scopes"),
        ({"expires_at": 0}, "expires_at"),
        ({"expires_at": -1}, "expires_at"),
        ({"expires_at": 10**30}, "expires_at"),
        ({"expires_at": 1e300}, "expires_at"),
        ({"expires_at": True}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"expires_at": "2100-01-01T00:00:00"}, "expires_at"),
        ({"user_id": str(uuid4())}, "user_id"),
        ({"key": "mine"}, "key"),
    ],
)
async def test_an_invalid_request_for_a_key_is_rejected_by_field(
    ada: Client, changed: dict[str, object], field: str
) -> None:
    asked = {"name": "x", "scopes": ["convert"]} | changed
    assert is_problem(await ada.ask("POST", "/api-keys", json=asked), 422, field)
    assert (await ada.ask("GET", "/api-keys")).json == {"api_keys": []}


async def test_the_number_of_keys_of_a_user_is_limited(ada: Client) -> None:
    for _ in range(0, MAX_KEYS, AT_ONCE):
        await asyncio.gather(*(ada.new_key("convert") for _ in range(AT_ONCE)))
    assert is_problem(await ada.ask("POST", "/api-keys", json={"name": "x", "scopes": ["convert"]}), 409)


async def test_somebody_elses_object_answers_exactly_like_a_missing_one(ada: Client, grace: Client) -> None:
    await ada.new_key("convert")
    (of_ada,) = (await ada.ask("GET", "/api-keys")).json["api_keys"]
    bodies = []
    for id_ in (of_ada["id"], str(uuid4())):
        answer = await grace.ask("DELETE", f"/api-keys/{id_}")
        assert is_problem(answer, 404)
        bodies.append(answer.json | {"request_id": "", "instance": ""})
    assert bodies[0] == bodies[1]
    assert is_problem(await grace.ask("DELETE", "/api-keys/not-an-id"), 404)
    assert (await grace.ask("GET", "/api-keys")).json == {"api_keys": []}
    assert (await grace.ask("GET", "/me")).json["username"] == grace.name
    assert (await ada.ask("GET", "/api-keys")).json == {"api_keys": [of_ada]}


async def test_a_closed_conversion_takes_a_token_or_a_key(ada: Client) -> None:
    assert is_problem(await Client(ada.service, ada.name, ada.address).convert(), 401)
    assert (await ada.convert()).status == 200
    body = {"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "cache_max_seconds": 100_000_000}
    nobody = Client(ada.service, ada.name, ada.address)
    assert is_problem(await nobody.ask("POST", "/convert", json=body), 401)
    assert (await ada.ask("POST", "/convert", json=body)).status == 200
    assert (await nobody.service.ask("GET", "/health/ready")).status == 200
