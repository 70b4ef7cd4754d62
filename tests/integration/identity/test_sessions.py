"""Sessions as their user sees and ends them, on SQLite and on Postgres."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.identity.client import Client
from tests.integration.problems import is_problem
from tests.servers.service_client import Answer
from tests.unit.fakes.clock import TickingClock

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def signed_in_again(ada: Client, address: str, **headers: str) -> Client:
    other = Client(ada.service, ada.name, address)
    assert (await other.login(headers=headers)).status == 200
    return other


async def sessions(client: Client) -> list[dict[str, Any]]:
    answer = await client.ask("GET", "/me/sessions")
    assert answer.status == 200, answer.body
    return list(answer.json["sessions"])


async def end(client: Client, id_: str) -> Answer:
    return await client.ask("DELETE", f"/me/sessions/{id_}")


async def test_sessions_say_when_and_where_they_were_used_and_which_is_this_one(
    ada: Client, accounts_clock: TickingClock
) -> None:
    other = await signed_in_again(ada, "2001:db8:7:8:9::1", **{"User-Agent": FIREFOX})
    accounts_clock.advance(600)
    assert (await ada.refreshed()).status == 200
    mine, theirs = await sessions(ada)
    assert mine.keys() == {
        *("id", "created_at", "last_used_at", "expires_at", "address", "user_agent", "is_current"),
    }
    assert (mine["is_current"], theirs["is_current"]) == (True, False)
    assert (mine["address"], theirs["address"]) == (ada.address, "2001:db8:7:8::/64")
    assert theirs["user_agent"] == FIREFOX
    assert 600 <= mine["last_used_at"] - mine["created_at"] <= 660
    assert theirs["last_used_at"] == theirs["created_at"]
    assert [each["is_current"] for each in await sessions(other)] == [False, True]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("", None), ("x" * 3000, "x" * 255), ("caf\xe9 |\ttab", "café |tab"), ("bytes \udcff that are no text", None)],
)
async def test_any_user_agent_is_accepted_and_kept_as_far_as_it_can_be_printed(
    ada: Client, sent: str, kept: str | None
) -> None:
    if sent.startswith("bytes"):
        kept = "bytes  that are no text"
    await signed_in_again(ada, ada.address, **{"User-Agent": sent})
    newest = next(each for each in await sessions(ada) if not each["is_current"])
    assert newest.get("user_agent") == kept


async def test_an_ended_session_is_over_at_once_and_the_others_go_on(ada: Client) -> None:
    other = await signed_in_again(ada, "192.0.2.9")
    ended = next(each["id"] for each in await sessions(ada) if not each["is_current"])
    assert (await end(ada, ended)).status == 204
    assert is_problem(await other.ask("GET", "/me"), 401)
    assert is_problem(await other.refreshed(), 401)
    assert is_problem(await end(ada, ended), 404)
    assert (await ada.ask("GET", "/me")).status == 200
    (own,) = await sessions(ada)
    assert (await end(ada, own["id"])).status == 204
    assert is_problem(await ada.ask("GET", "/me"), 401)


async def test_all_other_sessions_end_at_once_and_keys_stay(ada: Client) -> None:
    others = [await signed_in_again(ada, f"192.0.2.{number}") for number in range(3)]
    key = await ada.new_key("convert")
    answer = await ada.ask("DELETE", "/me/sessions")
    assert (answer.status, answer.json) == (200, {"sessions_ended": 3, "api_keys_deleted": 0})
    assert [(await other.ask("GET", "/me")).status for other in others] == [401] * 3
    assert [each["is_current"] for each in await sessions(ada)] == [True]
    assert (await key.convert()).status == 200
    assert (await ada.ask("DELETE", "/me/sessions")).json["sessions_ended"] == 0


async def test_somebody_elses_session_answers_exactly_like_a_missing_one(ada: Client, grace: Client) -> None:
    (of_ada,) = await sessions(ada)
    bodies = []
    for id_ in (of_ada["id"], str(uuid4())):
        answer = await end(grace, id_)
        assert is_problem(answer, 404)
        bodies.append(answer.json | {"request_id": "", "instance": ""})
    assert bodies[0] == bodies[1]
    assert is_problem(await end(grace, "not-an-id"), 404)
    assert (await grace.ask("DELETE", "/me/sessions")).json["sessions_ended"] == 0
    assert await sessions(ada) == [of_ada]


async def test_all_keys_are_deleted_at_once_and_sessions_stay(ada: Client, grace: Client) -> None:
    keys = [await ada.new_key("convert") for _ in range(3)]
    hers = await grace.new_key("convert")
    answer = await ada.ask("DELETE", "/api-keys")
    assert (answer.status, answer.json) == (200, {"sessions_ended": 0, "api_keys_deleted": 3})
    assert [(await key.convert()).status for key in keys] == [401] * 3
    assert (await ada.ask("GET", "/api-keys")).json == {"api_keys": []}
    assert (await hers.convert()).status == 200


async def test_a_session_that_is_ended_while_it_acts_leaves_nothing_behind(ada: Client) -> None:
    thief = await signed_in_again(ada, "192.0.2.66")
    body = {"name": "mine now", "scopes": ["convert"]}
    ended, *_ = await asyncio.gather(
        ada.ask("DELETE", "/me/sessions"), *(thief.ask("POST", "/api-keys", json=body) for _ in range(5))
    )
    assert ended.json["sessions_ended"] == 1
    before = (await ada.ask("GET", "/api-keys")).json
    assert is_problem(await thief.ask("POST", "/api-keys", json=body), 401)
    assert (await ada.ask("DELETE", "/api-keys")).json["api_keys_deleted"] == len(before["api_keys"])
