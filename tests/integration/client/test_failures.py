"""What the client package does when answers get lost, are late, or say no."""

import asyncio
import time
from decimal import Decimal

import pytest
from aiohttp import web

from crossrate_client import AsyncClient, Client, DeadlineExceeded, Retries, ServiceUnreachable, UnexpectedAnswer
from crossrate_client.models import Balance
from crossrate_client.problems import ExchangesUnavailable, InsufficientFunds, TooManyRequests, Unauthenticated
from tests.integration.client.conftest import MakeLine, registered
from tests.resilience.proxy import BlackHole
from tests.secrecy import secret
from tests.servers.service import RunService, service_app
from tests.servers.service_client import Service
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import SimulatedExchanges

WARM_SECONDS = 100_000_000
QUICK = Retries(first_delay_seconds=0.01)


async def test_a_deposit_whose_answer_is_lost_is_repeated_and_happens_once(service: Service, line: MakeLine) -> None:
    user = await registered(service)
    async with line(service) as broken, AsyncClient(broken.url, **user, retries=QUICK) as client:
        wallet = await client.create_wallet("Savings")
        currency = await client.add_currency(wallet.id, "BTC", "0.25")
        broken.fault.number = 1
        assert (await client.deposit(currency.id, Decimal("0.5"))).amount == Decimal("0.75")
        deposits = broken.fault.sent(b"add_or_withdraw_funds")
        assert len(deposits) == 2, "the first answer was lost"
        with pytest.raises(InsufficientFunds):
            await client.withdraw(currency.id, 1)
        for amount in (-1, 0, Decimal("-0.1"), " -2", "NaN", "one"):
            with pytest.raises(ValueError, match="amount"):
                await client.deposit(currency.id, amount)
            with pytest.raises(ValueError, match="amount"):
                await client.withdraw(currency.id, amount)
        assert [entry.amount async for entry in client.entries("Savings", page_size=1)] == [
            Decimal("0.5"),
            Decimal("0.25"),
        ]


async def test_the_blocking_client_repeats_and_after_giving_up_names_the_key_to_go_on_with(
    service: Service, line: MakeLine
) -> None:
    user = await registered(service)

    def deposited(url: str, currency_id: str) -> Balance:
        with Client(url, **user, retries=Retries(attempts=1)) as client:
            client.me()
            broken.fault.number = 1
            with pytest.raises(ServiceUnreachable) as lost:
                client.deposit(currency_id, "0.5")
            return client.deposit(currency_id, "0.5", idempotency_key=lost.value.idempotency_key)

    async with AsyncClient(service.url, **user) as client, line(service) as broken:
        currency = await client.add_currency((await client.create_wallet("Savings")).id, "BTC")
        assert (await asyncio.to_thread(deposited, broken.url, currency.id)).amount == Decimal("0.5")


async def test_what_may_have_happened_without_a_key_is_not_repeated(service: Service, line: MakeLine) -> None:
    user = await registered(service)
    async with line(service) as broken, AsyncClient(broken.url, **user, retries=QUICK) as client:
        await client.me()
        broken.fault.number = 1
        with pytest.raises(ServiceUnreachable):
            await client.record_quotes()
        assert len(broken.fault.sent(b"/quotes")) == 1


async def test_a_limit_is_waited_for_as_long_as_the_service_says(exchanges: SimulatedExchanges) -> None:
    limited = service_app(exchanges.url, rate_limit_convert="1/second")  # with the real clock
    async with serving(limited) as url, AsyncClient(url) as client:
        await client.convert("BTC", "USDT", 1, cache_max_seconds=WARM_SECONDS)
        started = time.monotonic()
        await client.convert("BTC", "USDT", 1, cache_max_seconds=WARM_SECONDS)
        assert 0.9 <= time.monotonic() - started < 5
        async with AsyncClient(url, timeout_seconds=0.5) as hasty:
            with pytest.raises(TooManyRequests) as refused:
                await hasty.convert("BTC", "USDT", 1, cache_max_seconds=WARM_SECONDS)
            assert (refused.value.retry_after_seconds or 0) >= 1, "a wait that ends after the deadline is not begun"


async def test_exchanges_that_stay_down_end_in_a_problem_that_says_why(
    service: Service, exchanges: SimulatedExchanges, line: MakeLine
) -> None:
    for exchange in ("binance", "kucoin"):
        await exchanges.commit(exchange, "status", code=500)
    async with line(service) as watched:
        async with AsyncClient(watched.url, retries=Retries(attempts=2), timeout_seconds=10) as client:
            with pytest.raises(ExchangesUnavailable) as unavailable:
                await client.convert("BTC", "USDT", 1)
        assert set(unavailable.value.failures) == {"binance", "kucoin"}
        assert len(watched.fault.sent(b"/convert")) == 2


async def test_the_deadline_holds_in_all_against_a_service_that_says_nothing(service: Service, line: MakeLine) -> None:
    def ask(url: str) -> None:
        with Client(url, timeout_seconds=0.4) as client:
            client.exchanges()

    async with line(service) as silent:
        silent.proxy.commit(BlackHole())
        async with AsyncClient(silent.url, timeout_seconds=0.4) as client:
            for asking in (client.exchanges(), asyncio.to_thread(ask, silent.url)):
                started = time.monotonic()
                with pytest.raises(DeadlineExceeded):
                    await asking
                assert time.monotonic() - started < 2


async def test_a_key_or_a_user_is_sent_and_a_wrong_one_is_a_problem(run_service: RunService) -> None:
    async with run_service(require_auth=True) as service:
        user = await registered(service)
        async with AsyncClient(service.url, **user) as client:
            together = [client.convert("BTC", "USDT", 1, cache_max_seconds=WARM_SECONDS) for _ in range(5)]
            await asyncio.gather(*together)
            sessions = await service.ask(
                "GET", "/api/v1/me/sessions", headers={"Authorization": f"Bearer {await client.access_token()}"}
            )
            assert len(sessions.json["sessions"]) == 1, "those who wait for a token share one sign-in"
        key = secret("crk_of-nobody-at-all_0123456789", "API key")
        async with AsyncClient(service.url, api_key=key) as stranger:
            with pytest.raises(Unauthenticated):
                await stranger.convert("BTC", "USDT", 1)
            assert key not in repr(stranger)


async def test_a_session_is_renewed_without_the_password_while_that_is_possible(
    service: Service, line: MakeLine
) -> None:
    user = await registered(service)
    async with line(service) as watched, AsyncClient(watched.url, **user) as client:
        first = await client.access_token()
        await client.access_token(rejected=first)
        assert (await client.me()).username == user["username"]
        assert len(watched.fault.sent(b"/login")) == len(watched.fault.sent(b"/refresh")) == 1


async def test_something_else_at_the_address_is_not_taken_for_the_service() -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<h1>It works!</h1>", content_type="text/html")

    other = web.Application()
    other.router.add_get("/api/v1/exchanges", page)
    async with serving(other) as url, AsyncClient(url, retries=QUICK) as asking:
        with pytest.raises(UnexpectedAnswer, match="no JSON"):
            await asking.exchanges()
