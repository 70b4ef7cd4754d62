"""What cannot be undone takes the password, in the request or given in the last minutes; on SQLite and on Postgres."""

from tests.integration.identity.client import PASSWORD, Client
from tests.integration.problems import is_problem
from tests.servers.service_client import Answer
from tests.unit.fakes.clock import TickingClock

LATER = 301
WRONG = "not the password"


async def delete(client: Client, **body: str) -> Answer:
    return await client.ask("DELETE", "/me", **({"json": body} if body else {}))


def needs_a_password(answer: Answer) -> bool:
    assert is_problem(answer, 403)
    assert answer.json["type"] == "/problems/password-needed"
    return "POST /api/v1/me/confirm" in answer.json["detail"]


async def test_a_bare_access_token_deletes_no_account(ada: Client, accounts_clock: TickingClock) -> None:
    accounts_clock.advance(LATER)
    assert needs_a_password(await delete(ada))
    assert (await ada.refreshed()).status == 200
    assert needs_a_password(await delete(ada))
    assert is_problem(await delete(ada, password=WRONG), 422, "password")
    assert (await ada.ask("GET", "/me")).status == 200
    assert (await delete(ada, password=PASSWORD)).status == 204
    assert is_problem(await ada.ask("GET", "/me"), 401)


async def test_a_confirmed_password_counts_for_five_minutes_in_its_session(
    ada: Client, accounts_clock: TickingClock
) -> None:
    other = Client(ada.service, ada.name, "192.0.2.9")
    assert (await other.login()).status == 200
    accounts_clock.advance(LATER)
    confirmed = await ada.ask("POST", "/me/confirm", json={"password": PASSWORD})
    assert confirmed.status == 200
    assert 295 <= confirmed.json["recent_until"] - accounts_clock.now() <= 300
    assert needs_a_password(await delete(other))
    accounts_clock.advance(LATER)
    assert needs_a_password(await delete(ada))
    assert (await ada.ask("POST", "/me/confirm", json={"password": PASSWORD})).status == 200
    assert (await delete(ada)).status == 204


async def test_the_password_given_at_the_sign_in_counts(ada: Client) -> None:
    assert (await delete(ada)).status == 204


async def test_guesses_are_limited_together_wherever_a_session_makes_them(ada: Client) -> None:
    for _ in range(2):
        assert is_problem(await ada.ask("POST", "/me/confirm", json={"password": WRONG}), 422, "password")
        assert is_problem(await delete(ada, password=WRONG), 422, "password")
    change = {"old": WRONG, "new": "a password that is better"}
    assert is_problem(await ada.ask("POST", "/me/password", json=change), 422, "old")
    for guess in (
        await ada.ask("POST", "/me/confirm", json={"password": PASSWORD}),
        await delete(ada, password=PASSWORD),
        await ada.ask("POST", "/me/password", json=change | {"old": PASSWORD}),
    ):
        assert is_problem(guess, 429)
        assert 0 < int(guess.headers["Retry-After"]) <= 900
    assert (await ada.ask("GET", "/me")).status == 200


async def test_an_api_key_confirms_nothing(ada: Client) -> None:
    key = await ada.new_key("convert", "quotes:read", "quotes:write")
    assert is_problem(await key.ask("POST", "/me/confirm", json={"password": PASSWORD}), 403)
    assert is_problem(await delete(key, password=PASSWORD), 403)
