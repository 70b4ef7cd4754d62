"""Conversions over streams that fail at random, each checked against the exchanges' own books as of its claimed age."""

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import aiohttp

from adapters.system_clock import SystemClock
from application.market_data.feeds.streamed_books import IN_FLIGHT_SECONDS, JUDGED_AFTER_SECONDS
from application.market_data.market_data import SNAPSHOT_EVERY_SECONDS
from entrypoints.simulator.app import SIZE_CHANGES_PER_SECOND, VENUES, simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.venues.venue import Venue
from tests.servers.service import running_service
from tests.servers.service_client import Service
from tests.servers.serving import serving

EXCHANGES = ("binance", "kucoin", "kraken", "okx", "bybit")
# Whose prices are as old as their trades: what is too old there is refused, and nothing is hidden.
DATED = "coinbase"
ALL_EXCHANGES = (*EXCHANGES, DATED)
PAIRS = (
    ("BTC", "USDT"), ("USDT", "ETH"), ("TRX", "ADA"), ("ETH", "BTC"), ("ADA", "EUR"), ("SOL", "USDT"), ("DOGE", "PEPE"),
    ("SHIB", "USDT"), ("XRP", "SOL"), ("ABAN", "USDT"), ("BTC", "EUR"), ("USDC", "TRX"),
)  # fmt: skip
# Where no USDT is, or only few pairs are, others are asked for.
OTHER_PAIRS = {
    "kraken": (("BTC", "USD"), ("ETH", "BTC"), ("TRX", "ADA"), ("SOL", "EUR"), ("DOGE", "BTC"), ("XRP", "LTC")),
    "coinbase": (("BTC", "USD"), ("ETH", "BTC"), ("TRX", "ADA"), ("SOL", "USD"), ("ADA", "EUR"), ("XRP", "LTC")),
    "okx": (*PAIRS[:4], ("SOL", "USDT"), ("XRP", "SOL"), ("ABAN", "USDT")),
    "bybit": (*PAIRS[:4], ("SOL", "USDT"), ("XRP", "SOL"), ("ABAN", "USDT")),
}
AMOUNT = "2.5"

NOT_A_NUMBER = '{"stream":"btcusdt@bookTicker","data":{"u":%d,"s":"BTCUSDT","b":"1","B":"1","a":"NaN","A":"1"}}'
GARBAGE = (
    *("not json", "[]", "{}", '{"stream":"btcusdt@bookTicker"}', NOT_A_NUMBER % 10**15),
    '{"data":{"sequence":"x"},"subject":"BTC-USDT","topic":"/market/ticker:all","type":"message"}',
    '{"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","bidPx":"NaN","askPx":"1","ts":"9"}]}',
    '{"topic":"orderbook.1.BTCUSDT","ts":9,"type":"snapshot","data":{"s":"BTCUSDT","b":[["x","1"]],"a":[],"u":1}}',
    '{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":null,"ask":"x"}]}',
    '{"type":"ticker","product_id":"BTC-USD","sequence":9,"best_bid":"1","best_ask":"2","time":"2099-01-01T00:00:00Z"}',
)

# Faults of which answers know from the connection itself. The last ones happen at once. A stream loses what it should
# have brought in a silence with pings: whether that was so is told apart from a quiet moment after two seconds.
SILENT: tuple[Mapping[str, Any], ...] = (
    {"kind": "silence"},
    {"kind": "silence", "until_reconnected": True},
)
SHORTEST_SILENCE_SECONDS = 4.0
# Only where a stream is in use, and prices change, is it seen whether what comes late is taken for new.
OUT_OF_ORDER: Mapping[str, Any] = {"kind": "out_of_order", "every": 1, "also_in_time": True}
SHORTEST_OUT_OF_ORDER_SECONDS = 6.0
HONEST: tuple[Mapping[str, Any], ...] = (
    *SILENT,
    {"kind": "silence", "pings": False},
    {"kind": "silence", "until_reconnected": True, "pings": False},
    {"kind": "duplicates"},
    OUT_OF_ORDER,
    {"kind": "stops_reading"},
    {"kind": "refuse_subscriptions"},
    {"kind": "refuse_connections", "code": 503},
    {"kind": "reset"},
    {"kind": "drop"},
    {"kind": "close", "code": 1012},
    {"kind": "close", "code": 1001},
    {"kind": "half_message"},
    {"kind": "half_message", "within": "frame"},
    {"kind": "server_shutdown", "milliseconds": 500},
    {"kind": "say", "messages": list(GARBAGE)},
)

# Faults that pings cannot tell: prices are not what they should be although everything that was sent has arrived. Only
# the next snapshot shows them. What comes out of order here is missing until then.
HIDDEN: tuple[Mapping[str, Any], ...] = (
    {"kind": "dead_symbols", "every": 2},
    {"kind": "dead_symbols", "every": 3, "until_resubscribed": True},
    {"kind": "gaps", "every": 3},
    {"kind": "out_of_order"},
)
BURST: Mapping[str, Any] = {"kind": "burst", "per_second": 20_000}

MOST_REFUSED = 0.1
MOST_STALE = 0.6  # of those who ask the exchange that dates its prices for one that is seconds old, while it fails

# What happened so long before a wrong answer is told with it.
AROUND_SECONDS = 60

STALL_SECONDS = 0.1

FOUND_WITHIN_SECONDS = SNAPSHOT_EVERY_SECONDS + IN_FLIGHT_SECONDS + JUDGED_AFTER_SECONDS + 4.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer, with what was asked for and when; in Unix seconds."""

    exchange: str | None
    cache_max_seconds: int
    sent_at: float
    answered_at: float
    status: int
    json: Any


class Failed(NamedTuple):
    """A fault that an exchange's streams had, and between which Unix seconds."""

    exchange: str
    kind: str
    began: float
    ended: float


@dataclass(slots=True)
class Run:
    """A service over streams that fail."""

    service: Service
    venues: Mapping[str, Venue]
    url: str
    client: aiohttp.ClientSession
    chance: random.Random
    answers: list[Asked] = field(default_factory=list)
    hidden: list[tuple[str, float, float]] = field(default_factory=list)
    faults: list[Failed] = field(default_factory=list)
    stalls: list[tuple[float, float]] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    async def asks(self, per_second: float) -> None:
        """Convert at random until cancelled."""
        while True:
            exchange = self.chance.choice((None, *ALL_EXCHANGES))
            pairs = OTHER_PAIRS.get(exchange or "", PAIRS)
            pair, bound = self.chance.choice(pairs), self.chance.choice((1, 1, 2, 3, 5, 10, 60))
            sent_at = time.time()
            answer = await self.service.convert(
                *pair, AMOUNT, exchange=exchange, cache_max_seconds=bound, include_route=True
            )
            self.answers.append(Asked(exchange, bound, sent_at, time.time(), answer.status, answer.json))
            await asyncio.sleep(1 / per_second)

    async def watches_stalls(self) -> None:
        """Note when this process, in which service and exchanges run, did nothing, and how long, until cancelled."""
        while True:
            began_at = time.time()
            await asyncio.sleep(STALL_SECONDS)
            if (late := time.time() - began_at - STALL_SECONDS) > STALL_SECONDS:
                self.stalls.append((began_at, late))

    async def fails(self, exchange: str, fault: Mapping[str, Any], seconds: float) -> None:
        """Let one exchange's streams have a fault for a while."""
        seconds = max(seconds, _shortest(fault))
        began_at = time.time()
        self.done[str(fault["kind"])] += 1
        path = f"{self.url}/control/streams/{exchange}/fault"
        async with self.client.put(path, json=fault) as response:
            assert response.status == 200, await response.text()
        await asyncio.sleep(seconds)
        async with self.client.delete(path) as response:
            assert response.status == 200
        self.faults.append(Failed(exchange, str(fault["kind"]), began_at, time.time()))
        if fault in HIDDEN:
            self.hidden.append((exchange, began_at, time.time() + FOUND_WITHIN_SECONDS))

    async def streams(self) -> None:
        """Wait until all exchanges stream."""
        async with asyncio.timeout(30):
            while any(not each["sent"] for each in (await self.state()).values()):  # noqa: ASYNC110 -- of a server
                await asyncio.sleep(0.1)

    async def state(self) -> Any:  # noqa: ANN401 -- any JSON
        """Return the state of the exchanges' streams."""
        async with self.client.get(f"{self.url}/control/streams") as response:
            return (await response.json())["exchanges"]

    async def asked_while(self, askers: int, per_second: float, failing: Awaitable[object]) -> None:
        """Convert at random while streams fail, and a little longer."""
        asking = [asyncio.create_task(self.asks(per_second)) for _ in range(askers)]
        asking.append(asyncio.create_task(self.watches_stalls()))
        await failing
        await asyncio.sleep(1)
        for task in asking:
            task.cancel()
        for ended in await asyncio.gather(*asking, return_exceptions=True):
            assert isinstance(ended, asyncio.CancelledError), ended

    def check(self) -> None:
        """Assert that every answer is right and no older than it says."""
        books = _TrueBooks(self.venues)
        refused = [asked for asked in self.answers if _is_refused(asked)]
        assert len(refused) <= MOST_REFUSED * len(self.answers), refused
        dated = [asked for asked in self.answers if asked.exchange == DATED]
        assert sum(map(_is_stale, dated)) <= MOST_STALE * len(dated)
        wrong = [told for asked in self.answers if (told := self._what_is_wrong(asked, books)) is not None]
        assert not wrong, f"{len(wrong)} of {len(self.answers)} answers:\n" + "\n\n".join(wrong)

    def _what_is_wrong(self, asked: Asked, books: "_TrueBooks") -> str | None:
        """Return what is wrong with an answer, and what happened around it; None if it is right."""
        if _is_refused(asked) or _is_stale(asked):
            return None
        try:
            assert asked.status == 200, asked
            assert asked.exchange in {None, asked.json["exchange"]}, asked
            assert asked.json["updated_at"] >= math.floor(asked.sent_at - asked.cache_max_seconds), f"too old: {asked}"
            books.check(asked, self._hidden_seconds(asked))
        except AssertionError as error:
            return f"{error}\n{self._around(asked)}"
        return None

    def _around(self, asked: Asked) -> str:
        since, until = asked.sent_at - AROUND_SECONDS, asked.answered_at
        lines = [
            f"  {kind} at {exchange} from {began - until:+.3f} s until {ended - until:+.3f} s"
            for exchange, kind, began, ended in self.faults
            if ended >= since and began <= until and exchange == asked.json.get("exchange")
        ]
        lines += [
            f"  nothing ran for {seconds:.3f} s from {began - until:+.3f} s on"
            for began, seconds in self.stalls
            if since <= began <= until
        ]
        return "\n".join(lines)

    def _hidden_seconds(self, asked: Asked) -> float:
        """Return how much older than it says the answer may be: not at all, but for a fault that nothing shows yet."""
        exchange = asked.json["exchange"]
        began = [
            began
            for name, began, ends in self.hidden
            if name == exchange != DATED and began <= asked.answered_at and asked.sent_at <= ends
        ]
        return min(FOUND_WITHIN_SECONDS, asked.answered_at - min(began) + 1) if began else 0.0


def _shortest(fault: Mapping[str, Any]) -> float:
    if fault == OUT_OF_ORDER:
        return SHORTEST_OUT_OF_ORDER_SECONDS
    return SHORTEST_SILENCE_SECONDS if fault in SILENT else 0.0


def _is_refused(asked: Asked) -> bool:
    """Tell whether there was no answer, which is honest: Kraken allows one call a second, and a slow machine fewer."""
    return asked.status == 503 and set(asked.json["failures"].values()) <= {"throttled", "timeout"}


def _is_stale(asked: Asked) -> bool:
    """Tell whether the exchange that dates its prices had none that was new enough."""
    return asked.exchange == DATED and asked.status == 503 and asked.json["failures"] == {DATED: "stale"}


class _TrueBooks:
    """The books of the simulated exchanges at any tick, which is a second."""

    def __init__(self, venues: Mapping[str, Venue]) -> None:
        self._venues = venues
        self._books: dict[tuple[str, int], dict[str, dict[str, Any]]] = {}

    def check(self, asked: Asked, hidden_seconds: float) -> None:
        """Assert that each leg was true when it says or since, and that the legs give the rate."""
        answer, rate, have = asked.json, Fraction(1), asked.json["currency_from"]
        for leg in answer["route"]:
            ticks = range(math.floor(leg["observed_at"] - hidden_seconds), math.floor(asked.answered_at) + 1)
            prices = [self._mid(answer["exchange"], tick, leg["symbol"]) for tick in ticks]
            assert Fraction(leg["price"]) in prices, self._told(asked, leg, prices)
            book = self._at(answer["exchange"], ticks[-1])[leg["symbol"]]
            is_sold = have == book["base"]
            assert have in {book["base"], book["quote"]}, asked
            rate *= Fraction(leg["price"]) if is_sold else 1 / Fraction(leg["price"])
            have = book["quote"] if is_sold else book["base"]
        assert have == answer["currency_to"], asked
        assert Decimal(answer["rate"]) == _rounded(rate), asked
        assert Fraction(answer["result"]) == Fraction(AMOUNT) * Fraction(answer["rate"]), asked

    def _told(self, asked: Asked, leg: Mapping[str, Any], prices: Sequence[Fraction]) -> str:
        """Tell what a leg's price should be, and in which seconds of the last minute it was true."""
        now, price, exchange = math.floor(asked.answered_at), Fraction(leg["price"]), asked.json["exchange"]
        ticks = range(now - AROUND_SECONDS, now + 3)
        true_at = [tick for tick in ticks if self._mid(exchange, tick, leg["symbol"]) == price]
        return f"{leg} is none of {[str(each) for each in prices]}, and was true at {true_at}: {asked}"

    def _mid(self, exchange: str, tick: int, symbol: str) -> Fraction:
        book = self._at(exchange, tick)[symbol]
        return (Fraction(book["bid"]) + Fraction(book["ask"])) / 2

    def _at(self, exchange: str, tick: int) -> dict[str, dict[str, Any]]:
        if (exchange, tick) not in self._books:
            self._books[exchange, tick] = self._venues[exchange].exchange.books(tick)
        return self._books[exchange, tick]


def _rounded(rate: Fraction) -> Decimal:
    return Context(prec=12, rounding=ROUND_HALF_EVEN).divide(Decimal(rate.numerator), Decimal(rate.denominator))


def settings_at(url: str, exchanges: Sequence[str] = EXCHANGES) -> dict[str, Any]:
    """Return settings of a service that streams from all exchanges at this address."""
    urls = {f"{name}_url": f"{url}/{name}" for name in exchanges}
    return {"exchanges": exchanges, "sync_interval_seconds": 0.5, "log_level": "warning", **urls}


@asynccontextmanager
async def running_streams(client: aiohttp.ClientSession, seed: int) -> AsyncIterator[Run]:
    """Start exchanges whose prices move every second, and a service that they stream to."""
    market, changes = SimulatedMarket(binance_pairs=150, kucoin_pairs=120), SIZE_CHANGES_PER_SECOND
    exchanges = simulator_app(market, weight_times=1000, hurry=5, size_changes_per_second=changes)
    async with (
        serving(exchanges) as url,
        running_service(url, client, SystemClock(), **settings_at(url, ALL_EXCHANGES)) as service,
    ):
        venues = exchanges[VENUES]
        run = Run(service, venues, url, client, random.Random(seed))  # noqa: S311 -- repeatable, not secret
        await run.streams()
        yield run
