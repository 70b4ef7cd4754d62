"""KuCoin's public spot market data: https://www.kucoin.com/docs-new/rest/spot-trading/market-data."""

from typing import Any, Generic, TypeVar

import aiohttp
import msgspec
import structlog

from adapters.rest.client import Answer, RestClient
from adapters.rest.rows import RowsDecoder, decode_leniently
from application.concurrency.cooperative import run_cooperatively, yield_to_event_loop
from application.market_data.ports.exchange import Exchange, Usage
from application.market_data.ports.meter import Meter
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.instruments import Instruments

NAME = "kucoin"
SUCCESS = "200000"
TOO_MANY_REQUESTS = "429000"

# "System-level rate limit exceeded" is an overloaded server, not our quota: it asks to come back shortly.
SYSTEM_OVERLOAD_PAUSE_SECONDS = 1.0

# The pool of weight is full again at the latest after this.
WINDOW_SECONDS = 30.0

# Snapshots are marked by KuCoin's clock; further ahead of ours than this, one of the two is wrong.
CLOCK_TOLERANCE_SECONDS = 60.0

log = structlog.get_logger()

Row = TypeVar("Row")


class _Head(msgspec.Struct):
    code: str
    msg: str = ""


class _Symbol(msgspec.Struct, rename="camel", gc=False):
    symbol: str
    base_currency: str
    quote_currency: str
    enable_trading: bool

    @property
    def names(self) -> tuple[str, str, str]:
        return self.symbol, self.base_currency, self.quote_currency


class _Symbols(msgspec.Struct, Generic[Row]):
    data: list[Row]


class _Ticker(msgspec.Struct, gc=False):
    symbol: str
    buy: str | None
    sell: str | None


class _Snapshot(msgspec.Struct, Generic[Row]):
    time: int
    ticker: list[Row]


class _AllTickers(msgspec.Struct, Generic[Row]):
    data: _Snapshot[Row]


_HEAD = msgspec.json.Decoder(_Head)
_LISTING: RowsDecoder[_Symbols[Any], _Symbol] = RowsDecoder(_Symbols, _Symbol, lambda symbols: symbols.data)
_BOOKS: RowsDecoder[_AllTickers[Any], _Ticker] = RowsDecoder(_AllTickers, _Ticker, lambda all_: all_.data.ticker)


class KuCoin(Exchange):
    """KuCoin over REST, without a key. A failure can come as HTTP 200, so the code inside is what counts."""

    def __init__(self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, meter: Meter) -> None:
        self._client = RestClient(NAME, base_url, session, meter, self._usage_in, _pause)
        self._clock = clock

    @property
    def name(self) -> str:
        """The name under which the service knows it."""
        return NAME

    @property
    def usage(self) -> Usage | None:
        """What it told last of its rate limit."""
        return self._client.last_usage

    async def fetch_instruments(self) -> Instruments:
        """Ask for all symbols (weight 4). `symbol` never changes, while `name` does."""
        observed_at = self._clock.now()
        body = await self._get("/api/v2/symbols")
        with self._client.reading():
            _, rows = await _LISTING.decode(body)
            tradable = [row.names for row in rows if row.enable_trading]
            halted = [row.names for row in rows if not row.enable_trading]
            await yield_to_event_loop()
            return Instruments.of(NAME, tradable, observed_at, halted)

    async def fetch_book_tickers(self) -> BookTickers:
        """Ask for the snapshot of all tickers (weight 15). Dead markets come with null or "0"."""
        observed_at = self._clock.now()
        body = await self._get("/api/v1/market/allTickers")
        with self._client.reading():
            document, rows = await _BOOKS.decode(body)
            ahead = document.data.time / 1000 - self._clock.now()
            if ahead > CLOCK_TOLERANCE_SECONDS:
                raise ValueError(f"the snapshot is {ahead:.0f} s ahead of this machine's clock")
            if ahead < -CLOCK_TOLERANCE_SECONDS:
                log.warning("snapshot_is_old", exchange=NAME, age_seconds=round(-ahead))
            rows = [row for row in rows if row.buy and row.sell]
            bids, asks = [row.buy or "" for row in rows], [row.sell or "" for row in rows]
            prices = await run_cooperatively(Prices.in_steps([row.symbol for row in rows], bids, asks))
            return BookTickers(NAME, prices, observed_at)

    async def _get(self, path: str) -> bytes:
        answer = await self._client.get(path)
        with self._client.reading():
            head = decode_leniently(_HEAD, answer.body)
        if head.code == TOO_MANY_REQUESTS:
            raise self._client.limited(answer)
        if head.code != SUCCESS:
            raise self._client.refused(f"HTTP 200 with code {head.code[:20]}")
        return answer.body

    def _usage_in(self, answer: Answer) -> Usage | None:
        """KuCoin tells the pool, what is left of it, and in how many milliseconds it is full again."""
        limit, remaining = answer.whole_number("gw-ratelimit-limit"), answer.whole_number("gw-ratelimit-remaining")
        if not limit or remaining is None:
            return None
        reset = answer.whole_number("gw-ratelimit-reset")
        seconds = WINDOW_SECONDS if reset is None else min(reset / 1000, WINDOW_SECONDS)
        return Usage(max(limit - remaining, 0), limit, self._clock.now() + seconds)


def _pause(answer: Answer) -> float | None:
    """Read KuCoin's own header, in milliseconds: no Retry-After of it has been seen."""
    if b"System-level" in answer.body:
        return SYSTEM_OVERLOAD_PAUSE_SECONDS
    reset = answer.whole_number("gw-ratelimit-reset")
    return None if reset is None else reset / 1000
