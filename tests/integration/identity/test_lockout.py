"""Who is locked out after wrong passwords, and who is not, on SQLite and on Postgres."""

import asyncio

import pytest

from tests.integration.identity.client import PASSWORD, Client, Newcomers
from tests.integration.problems import is_problem
from tests.servers.service_client import Answer
from tests.unit.fakes.clock import TickingClock

MINUTE = 60.0
NEW = "a password that is better"


async def login(owner: Client, address: str, password: str = PASSWORD) -> Answer:
    return await Client(owner.service, owner.name, address).login(password)


@pytest.fixture
async def stranger(newcomers: Newcomers) -> str:
    """An address from which nobody has signed in."""
    return newcomers.client().address


async def test_five_failures_lock_an_account_for_15_minutes_where_they_came_from_and_nowhere_else(
    ada: Client, stranger: str, newcomers: Newcomers, accounts_clock: TickingClock
) -> None:
    assert [(await login(ada, stranger, f"a guess {number}")).status for number in range(5)] == [401] * 5
    refused = await login(ada, stranger)
    assert is_problem(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert (await login(ada, ada.address)).status == 200
    assert (await login(ada, newcomers.client().address)).status == 200
    accounts_clock.advance(int(refused.headers["Retry-After"]) - 1.5)
    assert is_problem(await login(ada, stranger), 429)
    accounts_clock.advance(1.5)
    assert (await login(ada, stranger)).status == 200


async def test_one_ipv6_network_is_one_address(ada: Client, newcomers: Newcomers) -> None:
    number = newcomers.client().address.rpartition(".")[2]
    guesses = [await login(ada, f"2001:db8:0:{number}::{each}", "a long guess") for each in range(6)]
    assert [guess.status for guess in guesses] == [401] * 5 + [429]
    assert (await login(ada, f"2001:db8:1:{number}::1")).status == 200


async def test_a_guesser_who_waits_gets_twenty_guesses_a_day_and_the_owner_notices_nothing(
    ada: Client, stranger: str, accounts_clock: TickingClock
) -> None:
    tried, waited = 0, 0
    for _ in range(4):
        while (answer := await login(ada, stranger, "a long guess")).status == 401:
            tried += 1
        assert is_problem(answer, 429)
        wait = int(answer.headers["Retry-After"])
        waited += wait
        accounts_clock.advance(wait)
    assert tried == 20
    assert 24 * 3600 - 60 < waited <= 24 * 3600 + 4
    assert (await login(ada, ada.address)).status == 200


async def test_networks_of_one_ipv6_provider_are_locked_together(
    ada: Client, grace: Client, newcomers: Newcomers
) -> None:
    provider = f"2001:db8:{newcomers.client().address.rpartition('.')[2]}"
    assert (await login(grace, f"{provider}:ffff::1")).status == 200
    for number in range(60):
        guess = await Client(ada.service, f"somebody-{number}", f"{provider}:{number:x}::1").login("a long guess")
        assert is_problem(guess, 401)
    assert is_problem(await login(ada, f"{provider}:eeee::1"), 429)
    assert (await login(grace, f"{provider}:ffff::1")).status == 200
    assert (await login(ada, ada.address)).status == 200


async def test_changing_the_password_lifts_lockouts(ada: Client, stranger: str) -> None:
    for _ in range(5):
        await login(ada, stranger, "a long guess")
    assert is_problem(await login(ada, stranger), 429)
    assert (await ada.ask("POST", "/me/password", json={"old": PASSWORD, "new": NEW})).status == 200
    assert (await login(ada, stranger, NEW)).status == 200


async def test_guesses_from_many_addresses_lock_an_account_only_at_addresses_unknown_for_its_user(
    ada: Client, stranger: str, newcomers: Newcomers
) -> None:
    for _ in range(10):
        address = newcomers.client().address
        guesses = await asyncio.gather(*(login(ada, address, "a long guess") for _ in range(5)))
        assert {guess.status for guess in guesses} == {401}
    assert is_problem(await login(ada, stranger), 429)
    assert (await login(ada, ada.address)).status == 200
    assert (await ada.ask("GET", "/me")).status == 200
    assert (await ada.refreshed()).status == 200
    changed = await ada.ask("POST", "/me/password", json={"old": PASSWORD, "new": NEW})
    assert changed.status == 200


async def test_a_neighbours_guesses_lock_an_address_for_others_but_not_for_its_known_users(
    ada: Client, grace: Client
) -> None:
    for number in range(20):
        assert (await Client(ada.service, f"somebody-{number}", ada.address).login()).status in {401, 429}
    assert is_problem(await login(grace, ada.address), 429)
    assert (await login(ada, ada.address)).status == 200
    assert (await login(grace, grace.address)).status == 200


async def test_whoever_registers_behind_a_locked_address_signs_in_from_there(
    ada: Client, newcomers: Newcomers, stranger: str
) -> None:
    for number in range(20):
        assert (await Client(ada.service, f"nobody-{number}", stranger).login()).status in {401, 429}
    newcomer = Client(ada.service, newcomers.client().name, stranger)
    assert (await newcomer.register()).status == 201
    assert (await newcomer.login()).status == 200
    assert is_problem(await login(ada, stranger), 429)


async def test_five_of_thirty_simultaneous_guesses_are_tried(ada: Client, stranger: str) -> None:
    answers = await asyncio.gather(*(login(ada, stranger, "a long guess") for _ in range(30)))
    assert sorted(answer.status for answer in answers) == 5 * [401] + 25 * [429]
