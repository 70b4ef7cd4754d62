"""Orders that are not taken now, over a real socket: each with its documented problem, and with no money held."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from adapters.redis.encoding import BOOK_TICKERS, encode_book_tickers
from adapters.redis.keys import FETCH_LOCK
from adapters.sql.database import SqlDatabase
from domain.currency import Currency
from domain.orders.clearing_asset import ClearingAsset, Halt
from tests.contracts.market_cache_contract import book_tickers
from tests.integration.identity.client import Client, Newcomers
from tests.integration.orders.for_sale import sell
from tests.integration.orders.test_orders import amounts, purchase
from tests.integration.problems import is_problem
from tests.integration.redis_state import value_keys
from tests.integration.wallets.asking import new_currency, new_wallet, post
from tests.servers.service import running_service
from tests.servers.service_client import Answer
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock
from tests.waiting import eventually

BTC = ClearingAsset(Currency("BTC"), ("simulated",), threshold=Decimal(10**9), takes_orders_when_halted=False)
FUNDS = Decimal(1_000_000)
LOCK = {"buy": "BTC", "pay_with": "USDT", "amount": "1"}


class Shop:
    """A service that sells BTC, in front of its two exchanges, and someone with money."""

    def __init__(self, folder: Path, client: aiohttp.ClientSession, exchanges: SimulatedExchanges) -> None:
        self.clock = TickingClock()
        self.database_url = f"sqlite:///{folder}/crossrate.db"
        self._client, self._exchanges = client, exchanges

    @asynccontextmanager
    async def open(self, **settings: object) -> AsyncIterator[Client]:
        await sell(self.database_url, BTC)
        given = {"database_url": self.database_url, "trusted_proxies": ("127.0.0.1/32",), **settings}
        async with running_service(self._exchanges.url, self._client, self.clock, **given) as service:
            user = await Newcomers(service).user()
            await new_currency(user, await new_wallet(user, "main"), "USDT", str(FUNDS))
            yield user


@pytest.fixture
def shop(tmp_path: Path, client: aiohttp.ClientSession, exchanges: SimulatedExchanges) -> Shop:
    return Shop(tmp_path, client, exchanges)


async def is_refused_for_now(user: Client, problem: str) -> Answer:
    """Check that neither an order nor a price lock is given, and that nothing was held."""
    answers = await post(user, "/orders", purchase("0.5")), await post(user, "/price-locks", LOCK)
    for answer in answers:
        assert is_problem(answer, 503)
        assert answer.json["type"] == f"/problems/{problem}"
        assert int(answer.headers["Retry-After"]) > 0
    assert await amounts(user, "USDT") == (FUNDS, Decimal(0))
    assert (await user.ask("GET", "/orders")).json["orders"] == []
    return answers[0]


async def test_without_a_price_that_is_new_enough_no_order_is_taken(shop: Shop, exchanges: SimulatedExchanges) -> None:
    async with shop.open() as user:
        first = await post(user, "/price-locks", LOCK)
        assert first.status == 201
        for exchange in ("binance", "kucoin"):
            await exchanges.commit(exchange, "status", code=503)
        assert (await post(user, "/price-locks", LOCK)).json["price"] == first.json["price"]  # within the bound
        shop.clock.advance(5.1)
        refused = await is_refused_for_now(user, "no-fresh-price")
        told = "No exchange gave a price to buy at. binance: HTTP 503; kucoin: HTTP 503."
        assert refused.json["detail"] == told


async def test_a_refusal_names_the_field_to_change(shop: Shop) -> None:
    async with shop.open() as user:
        order = {"wallet": "main", "buy": "BTC", "pay_with": "USDT"}
        for wrong, field in (
            ({"spend": "0.00000001"}, "spend"),
            ({"amount": "0.0000000001"}, "amount"),
            ({"amount": "100000000000000000000"}, "amount"),
            ({"pay_with": "ZZZ", "amount": "1"}, "pay_with"),
            ({"buy": "ZZZ", "amount": "1"}, "buy"),
        ):
            assert is_problem(await post(user, "/orders", order | wrong), 422, field)


async def test_where_two_exchanges_diverge_no_order_is_taken_and_an_error_is_logged(shop: Shop) -> None:
    async with shop.open(divergence_threshold_percent=Decimal("0.000001")) as user:
        with capture_logs() as logs:
            refused = await is_refused_for_now(user, "prices-diverge")
        assert refused.json["detail"] == "The prices of BTC/USDT at binance and kucoin differ too much."
        found = [line for line in logs if line["event"] == "order_prices_diverged"]
        assert [(line["log_level"], set(line["prices"])) for line in found] == [("error", {"binance", "kucoin"})] * 2


async def test_while_buying_is_halted_an_asset_that_says_so_takes_no_orders(shop: Shop) -> None:
    async with shop.open() as user:
        database = SqlDatabase(shop.database_url, upgrades_itself=False)
        closed = Halt(BTC.code, "the venue is closing", "root", shop.clock.now())
        await database.write(lambda unit: unit.clearing_halts.add(closed))
        refused = await is_refused_for_now(user, "intake-closed")
        assert "the venue is closing" not in str(refused.json)  # for admins
        await database.write(lambda unit: unit.clearing_halts.remove(BTC.code))
        await database.close()
        assert (await post(user, "/orders", purchase("0.5"))).status == 201


async def test_a_spread_too_wide_for_a_price_is_none(shop: Shop) -> None:
    async with shop.open(max_spread_percent=Decimal("0.000001"), wide_spread_percent=Decimal("0.000001")) as user:
        refused = await is_refused_for_now(user, "no-fresh-price")
        assert "its spread is too wide for a price" in refused.json["detail"]


async def test_a_forged_price_in_redis_sets_no_price(shop: Shop, exchanges: SimulatedExchanges, redis_url: str) -> None:
    async with (
        Redis.from_url(redis_url, legacy_responses=False) as redis,
        shop.open(redis_url=redis_url, exchanges=("binance",)) as user,
    ):
        true = await post(user, "/price-locks", LOCK)

        async def is_cached() -> bool:
            return len(await value_keys(redis)) == 2

        await eventually(is_cached)
        shop.clock.advance(6)
        (books,) = [name for name in await value_keys(redis) if name.endswith(BOOK_TICKERS.encode())]
        forged = encode_book_tickers(book_tickers("binance", shop.clock.now()), f"{exchanges.url}/binance")
        genuine = await redis.get(books)
        assert isinstance(genuine, bytes)
        await redis.set(books, genuine[:40] + forged)
        lock = books.removesuffix(BOOK_TICKERS.encode()) + FETCH_LOCK.encode()
        await redis.hset(lock, f"cached:{BOOK_TICKERS}", 8 * 10**15)
        before = await exchanges.calls("binance")
        assert (await post(user, "/price-locks", LOCK)).json["price"] == true.json["price"]
        assert await exchanges.calls("binance") == before + 1
        metrics = (await user.service.ask("GET", "/metrics")).body.decode()
        assert 'crossrate_cached_values_rejected_total{exchange="binance"} 0.0' not in metrics
        assert 'crossrate_cached_values_rejected_total{exchange="binance"}' in metrics
