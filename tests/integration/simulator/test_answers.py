"""The simulated exchanges without faults: the real ones' formats, headers, error bodies and counts."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, TypeAlias

import aiohttp
import pytest

from entrypoints.simulator.app import TICK_HEADER, simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.servers.serving import serving

Json: TypeAlias = Any

NOW = 1_700_000_000.5


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def client(clock: Clock) -> AsyncIterator[aiohttp.ClientSession]:
    async with (
        serving(simulator_app(SimulatedMarket(), clock=clock)) as url,
        aiohttp.ClientSession(url) as session,
    ):
        yield session


async def json_of(client: aiohttp.ClientSession, path: str, status: int = 200) -> Json:
    async with client.get(path) as response:
        assert response.status == status
        assert response.content_type == "application/json"
        return await response.json()


async def header_of(client: aiohttp.ClientSession, path: str, name: str) -> str:
    async with client.get(path) as response:
        return response.headers[name]


async def test_binance_lists_at_least_1500_trading_pairs_with_the_fields_of_its_documentation(
    client: aiohttp.ClientSession,
) -> None:
    info = await json_of(client, "/binance/api/v3/exchangeInfo")
    trading = [row for row in info["symbols"] if row["status"] == "TRADING" and row["isSpotTradingAllowed"]]
    assert len(trading) >= 1500
    assert {row["status"] for row in info["symbols"]} == {"TRADING", "BREAK"}
    assert all(row["symbol"] == row["baseAsset"] + row["quoteAsset"] for row in info["symbols"])
    assert info["serverTime"] == 1_700_000_000_000


async def test_binance_leaves_out_its_permission_sets_on_request(
    client: aiohttp.ClientSession,
) -> None:
    whole = await json_of(client, "/binance/api/v3/exchangeInfo")
    asked = await json_of(client, "/binance/api/v3/exchangeInfo?showPermissionSets=false")
    assert all(row["permissionSets"] for row in whole["symbols"])
    for row in whole["symbols"]:
        row["permissionSets"] = []
    assert asked == whole
    assert await json_of(client, "/binance/api/v3/exchangeInfo?showPermissionSets=true") != whole


async def test_kucoin_lists_at_least_1000_trading_pairs_with_the_fields_of_its_documentation(
    client: aiohttp.ClientSession,
) -> None:
    listing = await json_of(client, "/kucoin/api/v2/symbols")
    assert listing["code"] == "200000"
    assert sum(row["enableTrading"] for row in listing["data"]) >= 1000
    assert all(row["symbol"] == f"{row['baseCurrency']}-{row['quoteCurrency']}" for row in listing["data"])


async def test_binance_quotes_every_listed_pair_with_eight_decimals_and_dead_ones_with_zeros(
    client: aiohttp.ClientSession,
) -> None:
    books = {row["symbol"]: row for row in await json_of(client, "/binance/api/v3/ticker/bookTicker")}
    info = await json_of(client, "/binance/api/v3/exchangeInfo")
    assert books.keys() == {row["symbol"] for row in info["symbols"]}
    assert all(len(row["bidPrice"].partition(".")[2]) == 8 for row in books.values())
    assert books["SRMUSDT"]["bidPrice"] == books["SRMUSDT"]["askPrice"] == "0.00000000"
    assert Decimal(books["BTCUSDT"]["bidPrice"]) < Decimal(books["BTCUSDT"]["askPrice"])


async def test_halted_pairs_still_answer_with_a_price(client: aiohttp.ClientSession) -> None:
    stale = await json_of(client, "/binance/api/v3/ticker/price?symbol=SRMUSDT")
    assert Decimal(stale["price"]) > 0


async def test_kucoin_reports_dead_prices_as_null_or_zero_and_the_time_of_its_snapshot(
    client: aiohttp.ClientSession,
) -> None:
    snapshot = (await json_of(client, "/kucoin/api/v1/market/allTickers"))["data"]
    rows = {row["symbol"]: row for row in snapshot["ticker"]}
    assert snapshot["time"] == 1_700_000_000_000
    assert (rows["PLATO-USDT"]["buy"], rows["PLATO-USDT"]["sell"]) == ("0", "0")
    assert (rows["CXO-USDT"]["buy"], rows["CXO-USDT"]["sell"], rows["CXO-USDT"]["vol"]) == (None, None, None)
    assert rows["CXO-ETH"]["buy"] is not None
    assert rows["CXO-ETH"]["sell"] is None
    assert Decimal(rows["SUTER-BTC"]["buy"]) < Decimal("1e-7")
    assert not any("E" in (row["buy"] or "") for row in snapshot["ticker"])


async def test_a_single_pair_is_answered_as_in_the_whole_list(client: aiohttp.ClientSession) -> None:
    for name in ("bookTicker", "price", "24hr"):
        rows = {row["symbol"]: row for row in await json_of(client, f"/binance/api/v3/ticker/{name}")}
        assert await json_of(client, f"/binance/api/v3/ticker/{name}?symbol=币安人生USDT") == rows["币安人生USDT"]
        several = await json_of(client, f'/binance/api/v3/ticker/{name}?symbols=["BTCUSDT","TUSDT"]')
        assert several == [rows["BTCUSDT"], rows["TUSDT"]]
    level1 = (await json_of(client, "/kucoin/api/v1/market/orderbook/level1?symbol=LYXe-USDT"))["data"]
    tickers = (await json_of(client, "/kucoin/api/v1/market/allTickers"))["data"]["ticker"]
    row = next(row for row in tickers if row["symbol"] == "LYXe-USDT")
    assert (level1["bestBid"], level1["bestAsk"]) == (row["buy"], row["sell"])
    listed = (await json_of(client, "/binance/api/v3/exchangeInfo?symbol=TUSDT"))["symbols"]
    assert [(row["baseAsset"], row["quoteAsset"]) for row in listed] == [("T", "USDT")]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("symbol=NOSUCH", -1121),
        ("symbol=btcusdt", -1100),
        ("symbol=", -1100),
        ('symbols=["BTCUSDT","NOSUCH"]', -1121),
        ("symbols=BTCUSDT", -1100),
        ("symbol=BTCUSDT&symbols=[]", -1128),
    ],
)
async def test_binance_rejects_unknown_symbols_in_its_own_words(
    client: aiohttp.ClientSession, query: str, code: int
) -> None:
    refused = await json_of(client, f"/binance/api/v3/ticker/bookTicker?{query}", 400)
    assert refused["code"] == code
    assert refused["msg"]


async def test_kucoin_answers_an_unknown_symbol_with_nothing_and_a_missing_one_with_an_error(
    client: aiohttp.ClientSession,
) -> None:
    unknown = await json_of(client, "/kucoin/api/v1/market/orderbook/level1?symbol=NO-SUCH")
    assert unknown == {"code": "200000", "data": None}
    missing = await json_of(client, "/kucoin/api/v1/market/orderbook/level1", 400)
    assert missing["code"] == "400100"


async def test_unknown_paths_are_404_on_both(client: aiohttp.ClientSession) -> None:
    await json_of(client, "/binance/api/v3/nothing", 404)
    assert (await json_of(client, "/kucoin/api/v1/nothing", 404))["code"] == "404000"


async def test_both_answer_with_the_time(client: aiohttp.ClientSession) -> None:
    assert await json_of(client, "/binance/api/v3/time") == {"serverTime": 1_700_000_000_500}
    assert await json_of(client, "/kucoin/api/v1/timestamp") == {"code": "200000", "data": 1_700_000_000_500}
    assert await json_of(client, "/binance/api/v3/ping") == {}


async def test_bodies_are_compressed_on_request_and_otherwise_the_same(
    client: aiohttp.ClientSession,
) -> None:
    path = "/binance/api/v3/ticker/bookTicker"
    async with client.get(path, headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        compressed = await response.read()
        assert int(response.headers["Content-Length"]) < len(compressed) / 2
    async with client.get(path, headers={"Accept-Encoding": "identity"}) as response:
        assert "Content-Encoding" not in response.headers
        assert await response.read() == compressed


async def test_the_used_weight_is_in_each_exchanges_headers_and_starts_anew(
    client: aiohttp.ClientSession, clock: Clock
) -> None:
    books, weight = "/binance/api/v3/ticker/bookTicker", "X-MBX-USED-WEIGHT-1M"
    assert await header_of(client, "/binance/api/v3/exchangeInfo", weight) == "20"
    assert await header_of(client, books, weight) == "24"
    assert await header_of(client, books + "?symbol=BTCUSDT", weight) == "26"
    assert await header_of(client, "/binance/api/v3/ticker/24hr", weight) == "106"
    clock.now += 60
    assert await header_of(client, books, weight) == "4"
    tickers, left = "/kucoin/api/v1/market/allTickers", "gw-ratelimit-remaining"
    assert await header_of(client, tickers, left) == "1985"
    assert await header_of(client, tickers, left) == "1970"
    assert 0 < int(await header_of(client, tickers, "gw-ratelimit-reset")) <= 30_000
    clock.now += 30
    assert await header_of(client, tickers, left) == "1985"


async def test_the_control_endpoint_knows_the_books_of_every_answers_tick(
    client: aiohttp.ClientSession, clock: Clock
) -> None:
    async with client.get("/binance/api/v3/ticker/bookTicker") as response:
        tick, rows = response.headers[TICK_HEADER], await response.json()
    async with client.get("/kucoin/api/v1/market/allTickers") as response:
        tickers = (await response.json())["data"]["ticker"]
    clock.now += 100
    assert await json_of(client, "/binance/api/v3/ticker/bookTicker") != rows
    binance = (await json_of(client, f"/control/books?exchange=binance&tick={tick}"))["books"]
    kucoin = (await json_of(client, f"/control/books?exchange=kucoin&tick={tick}"))["books"]
    assert {row["symbol"]: (row["bidPrice"], row["askPrice"]) for row in rows} == {
        symbol: (book["bid"], book["ask"]) for symbol, book in binance.items()
    }
    assert {row["symbol"]: (row["buy"], row["sell"]) for row in tickers} == {
        symbol: (book["bid"], book["ask"]) for symbol, book in kucoin.items()
    }
    assert (binance["TUSDT"]["base"], binance["TUSDT"]["quote"], binance["TUSDT"]["is_tradable"]) == ("T", "USDT", True)
    assert not binance["GTOUSDT"]["is_tradable"]
    assert not binance["SRMUSDT"]["is_tradable"]
    assert not kucoin["GTO-USDT"]["is_tradable"]


async def test_calls_are_counted_by_exchange_and_path_until_a_reset(client: aiohttp.ClientSession) -> None:
    for path in (
        "/binance/api/v3/exchangeInfo",
        "/binance/api/v3/ping",
        "/binance/api/v3/ping",
        "/binance/x",
        "/binance/y",
    ):
        async with client.get(path):
            pass
    state = (await json_of(client, "/control"))["exchanges"]
    assert state["binance"] == {
        "calls": 5,
        "weight": 24,
        "most_at_once": 1,
        "paths": {"/api/v3/exchangeInfo": 1, "/api/v3/ping": 2, "other": 2},
        "fault": None,
    }
    assert state["kucoin"]["calls"] == 0
    async with client.post("/control/reset") as response:
        assert (await response.json())["exchanges"]["binance"]["calls"] == 0


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/control/books?exchange=nobody", 404, "exchange"),
        ("/control/books", 404, "exchange"),
        ("/control/books?exchange=binance&tick=-1", 422, "tick"),
        ("/control/books?exchange=binance&tick=soon", 422, "tick"),
        ("/control/books?exchange=binance&tick=" + "9" * 400, 422, "tick"),
    ],
)
async def test_the_control_endpoint_rejects_impossible_books(
    client: aiohttp.ClientSession, path: str, status: int, field: str
) -> None:
    refused = await json_of(client, path, status)
    assert [error["field"] for error in refused["errors"]] == [field]


@pytest.mark.parametrize(
    ("path", "levels"),
    [
        ("/binance/api/v3/depth?symbol=BTCUSDT", 100),
        ("/binance/api/v3/depth?symbol=BTCUSDT&limit=5", 5),
        ("/kucoin/api/v1/market/orderbook/level2_20?symbol=BTC-USDT", 20),
        ("/kucoin/api/v1/market/orderbook/level2_100?symbol=BTC-USDT", 100),
    ],
)
async def test_an_order_book_begins_at_the_best_prices_and_leads_away_from_them(
    client: aiohttp.ClientSession, path: str, levels: int
) -> None:
    answer = await json_of(client, path)
    book = answer if "binance" in path else answer["data"]
    assert all(isinstance(text, str) for side in ("bids", "asks") for level in book[side] for text in level)
    bids, asks = ([tuple(map(Decimal, level)) for level in book[side]] for side in ("bids", "asks"))
    assert len(bids) == len(asks) == levels
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    symbol = path.partition("=")[2].partition("&")[0]
    best = (await json_of(client, f"/control/books?exchange={path.split('/')[1]}"))["books"][symbol]
    assert (bids[0][0], asks[0][0]) == (Decimal(best["bid"]), Decimal(best["ask"]))


async def test_both_number_their_order_books_and_kucoin_dates_them(client: aiohttp.ClientSession) -> None:
    assert isinstance((await json_of(client, "/binance/api/v3/depth?symbol=BTCUSDT"))["lastUpdateId"], int)
    data = (await json_of(client, "/kucoin/api/v1/market/orderbook/level2_20?symbol=BTC-USDT"))["data"]
    assert data["sequence"].isdigit()
    assert data["time"] == int(NOW * 1000)


@pytest.mark.parametrize(
    ("query", "code"),
    [("", -1102), ("symbol=NOPE", -1121), ("symbol=BTCUSDT&limit=0", -1130), ("symbol=BTCUSDT&limit=x", -1100)],
)
async def test_binance_rejects_a_wrong_request_for_an_order_book(
    client: aiohttp.ClientSession, query: str, code: int
) -> None:
    assert (await json_of(client, f"/binance/api/v3/depth?{query}", 400))["code"] == code


async def test_an_order_book_weighs_what_its_limit_says(client: aiohttp.ClientSession) -> None:
    for limit, weight in ((100, 5), (500, 25), (1000, 50), (5000, 250)):
        before = int(await header_of(client, "/binance/api/v3/ping", "X-MBX-USED-WEIGHT-1M"))
        path = f"/binance/api/v3/depth?symbol=BTCUSDT&limit={limit}"
        assert int(await header_of(client, path, "X-MBX-USED-WEIGHT-1M")) == before + weight
