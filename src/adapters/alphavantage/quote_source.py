"""Alpha Vantage's CURRENCY_EXCHANGE_RATE: https://www.alphavantage.co/documentation/#currency-exchange."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import aiohttp
import msgspec

from adapters.alphavantage.age import age_seconds
from adapters.alphavantage.failures import failure_told
from adapters.rest.client import RestClient
from application.market_data.ports.meter import Meter
from application.ports.clock import Clock
from application.quotes.daily_quota import DailyQuota
from application.quotes.ports.quote_source import QuoteSource
from domain.errors import DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.errors import InvalidQuote, NotQuoted, SourceUnavailable
from domain.quotes.quote import HOUR_SECONDS, Quote
from domain.rates.errors import ExchangeUnavailable, FailureReason

NAME = "alphavantage"

# Its clock and ours may differ a little; a rate of a later moment than this is a fault.
CLOCK_TOLERANCE_SECONDS = 60.0

# A quote stands for an hour, and one that is older than that is not of now.
OLDEST_SECONDS = HOUR_SECONDS

# What it is asked for: rates in the currencies that states issue. The exchanges know about stablecoins themselves.
FIAT = frozenset({
    "AED", "ARS", "AUD", "BDT", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP",
    "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "KWD", "MXN", "MYR", "NGN", "NOK", "NZD", "PEN",
    "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "UYU",
    "VND", "ZAR",
})  # fmt: skip


def covers(pair: Pair) -> bool:
    """Tell whether Alpha Vantage is asked for this pair."""
    return pair.quote in FIAT


class _Rate(msgspec.Struct):
    base: str = msgspec.field(name="1. From_Currency Code")
    quote: str = msgspec.field(name="3. To_Currency Code")
    rate: str = msgspec.field(name="5. Exchange Rate")
    refreshed: str = msgspec.field(name="6. Last Refreshed")
    zone: str = msgspec.field(name="7. Time Zone")


class _Answer(msgspec.Struct):
    """Either the rate, or one of three ways to fail under HTTP 200."""

    rate: _Rate | None = msgspec.field(name="Realtime Currency Exchange Rate", default=None)
    error: str | None = msgspec.field(name="Error Message", default=None)
    note: str | None = msgspec.field(name="Note", default=None)
    information: str | None = msgspec.field(name="Information", default=None)


_DECODER = msgspec.json.Decoder(_Answer)


class AlphaVantage(QuoteSource):
    """Asked with a key, which stands in the URL for want of another way, and some of its answers repeat it.

    So no failure of this class has a cause or a text that came from outside.
    """

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        session: aiohttp.ClientSession,
        budget: DailyQuota,
        clock: Clock,
        meter: Meter,
    ) -> None:
        self._client = RestClient(NAME, base_url, session, meter, lambda _: None)
        self._key = key
        self._budget = budget
        self._clock = clock

    @property
    def name(self) -> str:
        """The name under which the service knows it."""
        return NAME

    async def quote(self, pair: Pair, *, is_hourly: bool) -> Quote:
        """Ask for the rate, if the day's calls leave room for it; no call is made where their count cannot be read."""
        if not covers(pair):
            raise NotQuoted(str(pair), {NAME: f"{pair.quote} is no currency that a state issues"})
        await self._take_call(is_hourly=is_hourly)
        answer = await self._asked(pair)
        if isinstance(answer, Quote):
            return answer
        if isinstance(answer, SourceUnavailable) and answer.retry_after_seconds:
            await self._leave_alone(answer.retry_after_seconds)
        raise answer

    async def _take_call(self, *, is_hourly: bool) -> None:
        wait_seconds = await self._budget.take(is_hourly=is_hourly)
        if wait_seconds is not None:
            detail = "its calls of the day are kept for the hours to come, or it asked for a pause"
            raise SourceUnavailable(NAME, FailureReason.RATE_LIMITED, detail, wait_seconds)

    async def _leave_alone(self, seconds: float) -> None:
        try:
            await self._budget.rest(seconds)
        except DatabaseUnavailable:
            return  # the failure on its way says it to this caller at least

    async def _asked(self, pair: Pair) -> Quote | SourceUnavailable | NotQuoted:
        """Return the failure rather than raise it: raised in an `except`, it would carry the key along."""
        query = {"function": "CURRENCY_EXCHANGE_RATE", "from_currency": pair.base, "to_currency": pair.quote}
        try:
            answer = await self._client.get(f"/query?{urlencode(query | {'apikey': self._key})}")
            with self._client.reading():
                return self._read(_DECODER.decode(answer.body), pair)
        except ExchangeUnavailable as error:
            return SourceUnavailable(NAME, error.reason, _detail(error), error.retry_after_seconds)

    def _read(self, answer: _Answer, pair: Pair) -> Quote | SourceUnavailable | NotQuoted:
        """Raises `ValueError` for what is no rate of this pair."""
        told = answer.rate
        if told is None:
            return failure_told(NAME, str(pair), answer.error, answer.note or answer.information, self._clock.now())
        if (told.base, told.quote) != (pair.base, pair.quote):
            raise ValueError("it tells of another pair")
        try:
            quote = Quote.parse(pair, told.rate, NAME, self._moment(told))
        except InvalidQuote as error:
            raise ValueError(str(error)) from error
        age = age_seconds(quote.observed_at, self._clock.now(), is_fiat=pair.base in FIAT)
        if age > OLDEST_SECONDS:
            return SourceUnavailable(NAME, FailureReason.BAD_BODY, "its rate has not moved for over an hour")
        return quote

    def _moment(self, told: _Rate) -> int:
        if told.zone != "UTC":
            raise ValueError("its time is in another zone")
        moment = datetime.strptime(told.refreshed, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
        now = self._clock.now()
        if moment > now + CLOCK_TOLERANCE_SECONDS:
            raise ValueError("it comes from the future")
        return int(min(moment, now))


def _detail(error: ExchangeUnavailable) -> str:
    # A body's text could hold the key, so only the words of the client itself go on, none of its reader's.
    return "the answer is no rate of this pair" if error.reason is FailureReason.BAD_BODY else error.detail
