"""Rate limits by user, and by the address that a trusted proxy reports."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from application.ports.rate_limiter import Group, RateLimit
from domain.identity.key_secret import KeySecret
from entrypoints.settings.settings import Settings
from entrypoints.wiring.rate_limits import rate_limits
from tests.integration.identity.client import Client, Newcomers
from tests.integration.problems import is_problem
from tests.servers.redis import RedisProcess
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.waiting import eventually

THREE = "3/hour"
NOWHERE = "postgresql://crossrate:pa55w0rd@127.0.0.1:1/crossrate"
PROXIED = {"trusted_proxies": ("127.0.0.1/32",)}


@pytest.fixture
async def open_service(run_service: RunService) -> AsyncIterator[Service]:
    """Conversions are open, three an hour."""
    async with run_service(rate_limit_convert=THREE, rate_limit_authenticate="off", **PROXIED) as service:
        yield service


def at(service: Service, address: str) -> Client:
    return Client(service, "nobody", address)


async def test_an_address_learns_its_limit_and_is_rejected_beyond_it(open_service: Service) -> None:
    for left in (2, 1, 0):
        answer = await at(open_service, "192.0.2.1").convert()
        assert answer.status == 200
        assert answer.headers["RateLimit-Policy"] == '"convert";q=3;w=3600'
        assert answer.headers["RateLimit"].startswith(f'"convert";r={left};t=')
    refused = await at(open_service, "192.0.2.1").convert()
    assert is_problem(refused, 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 3601  # once the window is over and counts a little less
    assert refused.headers["RateLimit"].startswith('"convert";r=0;t=')
    assert (await at(open_service, "192.0.2.2").convert()).status == 200


def asked(bound: str) -> str:
    return f"/convert?currency_from=BTC&currency_to=USDT&amount=1&cache_max_seconds={bound}"


@pytest.mark.parametrize("bound", [None, 0])
async def test_conversions_that_need_a_fetch_of_their_own_have_a_limit_per_address(
    run_service: RunService, bound: int | None
) -> None:
    body = {"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "cache_max_seconds": bound}
    query = asked("null" if bound is None else str(bound))
    async with run_service(rate_limit_latest=THREE, **PROXIED) as service:
        for address in ("192.0.2.1", "192.0.2.2"):
            client = at(service, address)
            answers = [
                answer
                for _ in range(2)
                for answer in (await client.ask("GET", query), await client.ask("POST", "/convert", json=body))
            ]
            assert [answer.status for answer in answers] == [200, 200, 200, 429]
            assert is_problem(answers[-1], 429)
            assert 0 < int(answers[-1].headers["Retry-After"]) <= 3601
            assert (await client.convert()).status == 200  # which accepts older prices


async def test_where_credentials_are_required_the_latest_prices_have_no_limit_of_their_own(
    run_service: RunService,
) -> None:
    async with run_service(rate_limit_latest="1/hour", require_auth=True, open_registration=True) as service:
        ada = await Newcomers(service).user()
        assert [(await ada.ask("GET", asked("null"))).status for _ in range(3)] == [200] * 3


async def test_rejected_input_counts_and_carries_the_limit_headers(open_service: Service) -> None:
    answer = await at(open_service, "192.0.2.1").ask("GET", "/convert?currency_from=BTC&currency_to=USDT&amount=-1")
    assert is_problem(answer, 422, "amount")
    assert answer.headers["RateLimit"].startswith('"convert";r=2;')


async def test_simultaneous_requests_do_not_exceed_the_limit(open_service: Service) -> None:
    answers = await asyncio.gather(*(at(open_service, "192.0.2.1").convert() for _ in range(30)))
    assert [answer.status for answer in answers].count(200) <= 3
    assert {answer.status for answer in answers} <= {200, 429}


async def test_one_ipv6_network_counts_as_one_address(open_service: Service) -> None:
    answers = [await at(open_service, f"2001:db8::{number}").convert() for number in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert (await at(open_service, "2001:db8:0:1::1").convert()).status == 200


async def test_entries_before_the_proxys_own_are_ignored(open_service: Service) -> None:
    answers = [await at(open_service, f"192.0.2.{number}, 192.0.2.200").convert() for number in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]


async def test_a_forwarded_address_counts_only_from_a_configured_proxy(run_service: RunService) -> None:
    async with run_service(rate_limit_convert=THREE, trusted_proxies=("10.0.0.0/8",)) as service:
        answers = [await at(service, f"192.0.2.{number}").convert() for number in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]


async def test_without_a_limit_nothing_is_counted_and_no_header_is_sent(service: Service) -> None:
    answer = await at(service, "192.0.2.1").convert()
    assert answer.status == 200
    assert "RateLimit" not in answer.headers


async def test_credentials_do_not_matter_if_conversions_are_open(service: Service) -> None:
    for headers in ({"Authorization": "Bearer nonsense"}, {"X-API-Key": "nonsense"}):
        assert (
            await at(service, "192.0.2.1").ask(
                "GET", "/convert?currency_from=BTC&currency_to=USDT&amount=1", headers=headers
            )
        ).status == 200


async def test_all_keys_of_a_user_count_together_and_each_user_alone_at_any_address(run_service: RunService) -> None:
    limits = {"rate_limit_convert": THREE, "rate_limit_authenticate": "off"}
    async with run_service(require_auth=True, **limits, **PROXIED) as service:
        newcomers = Newcomers(service)
        ada, grace = await newcomers.user(), await newcomers.user()
        keys = [await ada.new_key("convert") for _ in range(30)]
        grace.address = keys[0].address = ada.address
        assert [(await each.convert()).status for each in (ada, *keys)] == [200] * 3 + [429] * 28
        assert [(await each.convert()).status for each in (grace, await grace.new_key("convert")) * 2] == [
            *(200, 200, 200, 429)
        ]


async def test_guessed_credentials_are_counted_by_address_before_the_lookup(
    run_service: RunService,
) -> None:
    settings = {"rate_limit_credentials": THREE, "database_url": NOWHERE, **PROXIED}
    async with run_service(**settings) as service:
        guesses = [Client(service, "nobody", "192.0.2.1", key=unknown_key()) for _ in range(12)]
        answers = await asyncio.gather(*(guess.ask("GET", "/me") for guess in guesses))
        # Using this database is a 503.
        assert sorted(answer.status for answer in answers) == [429] * 9 + [503] * 3
        refused = await guesses[0].ask("GET", "/quotes")
        assert is_problem(refused, 429)
        assert refused.headers["RateLimit"].startswith('"credentials";r=0;t=')
        elsewhere = Client(service, "nobody", "192.0.2.2", key=unknown_key())
        assert (await elsewhere.ask("GET", "/me")).status == 503


async def test_known_callers_are_served_while_another_at_their_address_guesses(run_service: RunService) -> None:
    settings = {"rate_limit_credentials": "5/hour", "rate_limit_authenticate": "off", "require_auth": True, **PROXIED}
    async with run_service(**settings) as service:
        ada = await Newcomers(service).user()
        key = await ada.new_key("convert")
        assert [(await each.convert()).status for each in (ada, key)] == [200, 200]
        guesser = Client(service, "nobody", ada.address, key=unknown_key())
        assert [(await guesser.ask("GET", "/me")).status for _ in range(4)] == [401, 401, 401, 429]
        assert [(await each.convert()).status for each in (ada, key) * 5] == [200] * 10
        (listed,) = (await ada.ask("GET", "/api-keys")).json["api_keys"]
        await ada.ask("DELETE", f"/api-keys/{listed['id']}")
        # Once deleted, a known key counts as a guess.
        assert [(await key.convert()).status for _ in range(3)] == [401, 429, 429]


async def test_recording_has_its_own_limit_shared_by_all_keys_of_a_user(
    run_service: RunService,
) -> None:
    limits = {"rate_limit_record": THREE, "rate_limit_quotes": "off", "rate_limit_authenticate": "off"}
    async with run_service(quote_pairs=("BTC/USDT",), **limits, **PROXIED) as service:
        newcomers = Newcomers(service)
        ada, grace = await newcomers.user(), await newcomers.user()
        first, second = await ada.new_key("quotes:write"), await ada.new_key("quotes:write", "quotes:read")
        assert [(await each.ask("POST", "/quotes")).status for each in (ada, first, second)] == [201] * 3
        for each in (ada, first, second):
            refused = await each.ask("POST", "/quotes")
            assert is_problem(refused, 429)
            assert refused.headers["RateLimit-Policy"] == '"record";q=3;w=3600'
        assert (await grace.ask("POST", "/quotes")).status == 201
        assert [(await each.ask("GET", "/quotes")).status for each in (ada, second)] == [200, 200]


def test_by_default_ten_recordings_a_minute_are_allowed() -> None:
    assert rate_limits(Settings(_env_file=None))[Group.RECORD] == RateLimit(10, 60)


async def test_open_conversions_are_counted_by_user_and_otherwise_by_address(
    open_service: Service,
) -> None:
    newcomers = Newcomers(open_service)
    ada = await newcomers.user()
    first, second = await ada.new_key("convert"), await ada.new_key("quotes:read")
    nobody, guesser = at(open_service, ada.address), Client(open_service, "nobody", ada.address, key=unknown_key())
    assert [(await each.convert()).status for each in (ada, first, second, ada, first)] == [200] * 3 + [429] * 2
    # Invalid credentials count as none.
    assert [(await each.convert()).status for each in (nobody, guesser, nobody, guesser)] == [200, 200, 200, 429]
    assert (await guesser.convert()).headers["RateLimit-Policy"] == '"convert";q=3;w=3600'


async def test_open_conversions_with_a_key_work_without_the_database(run_service: RunService) -> None:
    async with run_service(rate_limit_convert=THREE, database_url=NOWHERE, **PROXIED) as service:
        client = Client(service, "somebody", "192.0.2.1", key=unknown_key())
        assert [(await client.convert()).status for _ in range(4)] == [200, 200, 200, 429]


def unknown_key() -> str:
    return KeySecret.generate(uuid4()).format()


async def test_processes_that_share_a_redis_count_together(run_service: RunService, redis_url: str) -> None:
    shared = {"rate_limit_convert": THREE, "redis_url": redis_url, **PROXIED}
    async with run_service(**shared) as one, run_service(**shared) as other:
        answers = [await at(service, "192.0.2.1").convert() for service in (one, other, one, other)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        async with Redis.from_url(redis_url) as redis:
            keys = [key async for key in redis.scan_iter("*limits*")]
    assert keys
    assert all(b"crossrate:limits" in key for key in keys)


async def test_with_redis_down_each_process_counts_alone_and_nothing_fails(
    run_service: RunService, redis_process: RedisProcess
) -> None:
    async with run_service(rate_limit_convert=THREE, redis_url=redis_process.url, **PROXIED) as service:
        assert (await at(service, "192.0.2.1").convert()).status == 200
        redis_process.kill()
        answers = [await at(service, "192.0.2.1").convert() for _ in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        redis_process.start()

        async def is_shared_again() -> bool:
            await at(service, "192.0.2.9").convert()
            async with Redis.from_url(redis_process.url) as redis:
                return bool([key async for key in redis.scan_iter("*crossrate:limits*")])

        await eventually(is_shared_again)


async def test_a_hung_redis_delays_one_request_a_second_at_most(
    run_service: RunService, redis_process: RedisProcess
) -> None:
    async with run_service(rate_limit_convert="1000/hour", redis_url=redis_process.url, **PROXIED) as service:
        client = at(service, "192.0.2.1")
        assert (await client.convert()).status == 200
        redis_process.pause()
        try:
            await client.convert()
            answers = []
            for _ in range(6):
                await asyncio.sleep(0.12)
                answers.append(await client.convert())
        finally:
            redis_process.resume()
        assert max(answer.seconds for answer in answers) < 0.15
        assert {answer.status for answer in answers} == {200}
