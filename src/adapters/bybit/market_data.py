"""Bybit's public spot market data: https://bybit-exchange.github.io/docs/v5/market/instrument."""

from decimal import Decimal
from urllib.parse import quote

import aiohttp

from adapters.bybit import NAME
from adapters.bybit.messages import book_tickers_in, code_in, instruments_in, order_book_in
from adapters.rest.age_headers import as_old_as_headers_tell
from adapters.rest.client import Answer, RestClient
from adapters.rest.listing_parser import ListingParser
from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.exchange import Exchange, Quota, Usage
from application.market_data.ports.fetch_lock import Payload
from application.market_data.ports.meter import MarketDataMeter
from application.market_data.ports.order_books import OrderBooks
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook

SUCCESS = 0

# Requests of an address in 5 seconds. No answer to a request without a key tells how much of that is used.
QUOTA = Quota(600, 5.0, {Payload.INSTRUMENTS: 1, Payload.BOOK_TICKERS: 1})

# The most of each side that one request shows, at the cost of any other.
LEVELS = 200
DEPTH_WEIGHT = 1

# https://www.bybit.com/en/help-center/article/Trading-Fee-Structure, without any discount.
TAKER_FEE = Decimal("0.001")

# https://bybit-exchange.github.io/docs/v5/error
_RATE_LIMITED = frozenset({10006, 10018, 10429})
_OUT_OF_ORDER = frozenset({10000, 10016, 10019})

# "403, access too frequent" is a ban of at least ten minutes; other 403s concern the location.
_TOO_FREQUENT = b"access too frequent"
BAN_SECONDS = 600.0
_HEAD_BYTES = 1024


class Bybit(Exchange, OrderBooks):
    """Bybit over REST, without a key. Failures can have status 200, so the code in the body counts."""

    def __init__(self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, meter: MarketDataMeter) -> None:
        self._client = RestClient(NAME, base_url, session, clock, meter, lambda _: None, _pause)
        self._listing = ListingParser(instruments_in)
        self._clock = clock

    @property
    def name(self) -> str:
        """`bybit`."""
        return NAME

    @property
    def usage(self) -> Usage | None:
        """None: Bybit tells it only to users with a key."""
        return None

    @property
    def quota(self) -> Quota:
        """What the documentation says."""
        return QUOTA

    @property
    def order_books(self) -> OrderBooks:
        """Its own."""
        return self

    @property
    def order_book_weight(self) -> int:
        """The weight of one book."""
        return DEPTH_WEIGHT

    @property
    def standard_taker_fee(self) -> Decimal:
        """A regular account's."""
        return TAKER_FEE

    async def fetch_instruments(self) -> Instruments:
        """Fetch all spot pairs, which are one page."""
        observed_at = self._clock.now()
        answer = await self._get("/v5/market/instruments-info?category=spot")
        with self._client.reading(answer):
            instruments = await run_cooperatively(self._listing.in_steps(answer.body, observed_at))
        return as_old_as_headers_tell(instruments, answer)

    async def fetch_book_tickers(self) -> BookTickers:
        """Fetch the tickers of all spot pairs in one request."""
        observed_at = self._clock.now()
        answer = await self._get("/v5/market/tickers?category=spot")
        with self._client.reading(answer):
            book_tickers = await run_cooperatively(book_tickers_in(answer.body, observed_at))
        return as_old_as_headers_tell(book_tickers, answer)

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        """Fetch orderbook."""
        observed_at = self._clock.now()
        answer = await self._get(f"/v5/market/orderbook?category=spot&symbol={quote(symbol)}&limit={LEVELS}")
        with self._client.reading(answer):
            book = await run_cooperatively(order_book_in(answer.body, symbol, observed_at))
        return as_old_as_headers_tell(book, answer)

    async def _get(self, path: str) -> Answer:
        answer = await self._client.get(path)
        with self._client.reading(answer):
            code = code_in(answer.body)
        if code in _RATE_LIMITED:
            raise self._client.limited(answer)
        detail = f"HTTP 200 with code {code}"
        if code in _OUT_OF_ORDER:
            raise self._client.out_of_order(detail)
        if code != SUCCESS:
            raise self._client.refused(detail)
        return answer


def _pause(answer: Answer) -> float | None:
    is_ban = answer.status == 403 and _TOO_FREQUENT in answer.body[:_HEAD_BYTES].lower()
    return BAN_SECONDS if is_ban else None
