"""A meter that keeps what was reported to it."""

from collections import Counter

from application.market_data.ports.meter import PriceSource
from application.rates.ports.meter import RatesMeter
from domain.rates.book import FurtherRateType, RateType
from domain.rates.book_tickers import BookTickers
from domain.rates.conversion import Conversion
from domain.rates.errors import FailureReason
from domain.rates.instruments import Instruments


class FakeMeter(RatesMeter):
    """How often each thing happened, and the newest moments and weights."""

    def __init__(self) -> None:
        self.conversions: Counter[tuple[str, RateType | FurtherRateType, int]] = Counter()
        self.calls: Counter[tuple[str, FailureReason | None]] = Counter()
        self.throttled: Counter[str] = Counter()
        self.rejected: Counter[str] = Counter()
        self.held_back: Counter[str] = Counter()
        self.unconfirmed: Counter[str] = Counter()
        self.open_breakers: set[str] = set()
        self.prices: Counter[tuple[str, PriceSource]] = Counter()
        self.instruments: dict[str, float] = {}
        self.book_tickers: dict[str, float] = {}
        self.diverging: Counter[tuple[str, str]] = Counter()
        self.weights: dict[str, int] = {}
        self.leads = False

    def converted(self, conversion: Conversion) -> None:
        self.conversions[conversion.route.exchange, conversion.rate_type, len(conversion.route.legs)] += 1

    def converted_alike(self, exchange: str, rate_type: RateType, legs: int, times: int) -> None:
        self.conversions[exchange, rate_type, legs] += times

    def converted_further(self, exchange: str, rate_type: FurtherRateType, legs: int) -> None:
        self.conversions[exchange, rate_type, legs] += 1

    def exchange_called(self, exchange: str, failure: FailureReason | None) -> None:
        self.calls[exchange, failure] += 1

    def fetch_throttled(self, exchange: str) -> None:
        self.throttled[exchange] += 1

    def cached_value_rejected(self, exchange: str) -> None:
        self.rejected[exchange] += 1

    def prices_held_back(self, exchange: str, began: int, held_back: int) -> None:
        self.held_back[exchange] += began
        self.unconfirmed[exchange] = held_back

    def breaker_changed(self, exchange: str, *, is_open: bool) -> None:
        if is_open:
            self.open_breakers.add(exchange)
        else:
            self.open_breakers.discard(exchange)

    def prices_served(self, exchange: str, source: PriceSource, times: int = 1) -> None:
        self.prices[exchange, source] += times

    def instruments_observed(self, instruments: Instruments) -> None:
        self.instruments[instruments.exchange] = instruments.observed_at

    def book_tickers_observed(self, book_tickers: BookTickers) -> None:
        self.book_tickers[book_tickers.exchange] = book_tickers.observed_at

    def divergence_found(self, exchange: str, other: str, pairs: int) -> None:
        self.diverging[exchange, other] = pairs

    def weight_reported(self, exchange: str, used: int) -> None:
        self.weights[exchange] = used

    def leadership_changed(self, *, is_leader: bool) -> None:
        self.leads = is_leader
