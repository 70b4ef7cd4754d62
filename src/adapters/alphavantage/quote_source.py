"""Alpha Vantage's CURRENCY_EXCHANGE_RATE: https://www.alphavantage.co/documentation/#currency-exchange."""

from urllib.parse import urlencode

import aiohttp

from adapters.alphavantage import NAME
from adapters.alphavantage.messages import FIAT, quote_in
from adapters.rest.client import RestClient
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from application.quotes.daily_quota import DailyQuota
from application.quotes.ports.quote_source import QuoteSource
from domain.errors import DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, SourceUnavailable
from domain.quotes.quote import Quote
from domain.rates.errors import ExchangeUnavailable, FailureReason


def covers(pair: Pair) -> bool:
    """Tell whether Alpha Vantage is asked for this pair."""
    return pair.quote in FIAT


class AlphaVantage(QuoteSource):
    """Alpha Vantage over REST. It takes its API key only in the URL, and some of its answers repeat it.

    So no failure of this class carries a cause or a text from outside.
    """

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        session: aiohttp.ClientSession,
        budget: DailyQuota,
        clock: Clock,
        meter: MarketDataMeter,
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
        """Ask for the rate if the daily quota allows it. Without a readable count no call is made."""
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
            return  # at least this caller learns it from the failure

    async def _asked(self, pair: Pair) -> Quote | SourceUnavailable | NotQuoted:
        """Return a failure instead of raising it: raised in an `except`, it would carry the key along."""
        query = {"function": "CURRENCY_EXCHANGE_RATE", "from_currency": pair.base, "to_currency": pair.quote}
        try:
            answer = await self._client.get(f"/query?{urlencode(query | {'apikey': self._key})}")
            with self._client.reading():
                return quote_in(answer.body, pair, self._clock.now())
        except ExchangeUnavailable as error:
            return SourceUnavailable(NAME, error.reason, _detail(error), error.retry_after_seconds)


def _detail(error: ExchangeUnavailable) -> str:
    # Text from a body could hold the key, so only the client's own words are passed on.
    return "the answer is no rate of this pair" if error.reason is FailureReason.BAD_BODY else error.detail
