"""Parses Alpha Vantage's answers, without I/O: from bytes to a quote or a failure."""

from datetime import UTC, datetime

import msgspec

from adapters.alphavantage import NAME
from adapters.alphavantage.age import age_seconds
from adapters.alphavantage.failures import failure_in
from domain.pair import Pair
from domain.quotes.errors import InvalidQuote, NotQuoted, SourceUnavailable
from domain.quotes.quote import HOUR_SECONDS, Quote
from domain.rates.errors import FailureReason

# The clocks may differ by this much; a rate from further in the future is an error.
CLOCK_TOLERANCE_SECONDS = 60.0

# A quote represents an hour: an older rate is not current.
MAX_AGE_SECONDS = HOUR_SECONDS

# Alpha Vantage is asked for rates in these currencies only. For stablecoins there are the exchanges.
FIAT = frozenset({
    "AED", "ARS", "AUD", "BDT", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP", "EUR", "GBP",
    "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "KWD", "MXN", "MYR", "NGN", "NOK", "NZD", "PEN",
    "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "UYU",
    "VND", "ZAR",
})  # fmt: skip


class _Rate(msgspec.Struct):
    base: str = msgspec.field(name="1. From_Currency Code")
    quote: str = msgspec.field(name="3. To_Currency Code")
    rate: str = msgspec.field(name="5. Exchange Rate")
    refreshed: str = msgspec.field(name="6. Last Refreshed")
    zone: str = msgspec.field(name="7. Time Zone")


class _Answer(msgspec.Struct):
    """Either the rate, or one of three kinds of failure with status 200."""

    rate: _Rate | None = msgspec.field(name="Realtime Currency Exchange Rate", default=None)
    error: str | None = msgspec.field(name="Error Message", default=None)
    note: str | None = msgspec.field(name="Note", default=None)
    information: str | None = msgspec.field(name="Information", default=None)


_DECODER = msgspec.json.Decoder(_Answer)


def quote_in(body: bytes, pair: Pair, now: float) -> Quote | SourceUnavailable | NotQuoted:
    """Parse the rate of a pair, or the failure that arrived with status 200.

    Raises `ValueError` if the answer is neither.
    """
    answer = _DECODER.decode(body)
    rate = answer.rate
    if rate is None:
        return failure_in(NAME, str(pair), answer.error, answer.note or answer.information, now)
    if (rate.base, rate.quote) != (pair.base, pair.quote):
        raise ValueError("it is the rate of another pair")
    try:
        quote = Quote.parse(pair, rate.rate, NAME, _observed_at(rate, now))
    except InvalidQuote as error:
        raise ValueError(str(error)) from error
    if age_seconds(quote.observed_at, now, is_fiat=pair.base in FIAT) > MAX_AGE_SECONDS:
        return SourceUnavailable(NAME, FailureReason.STALE, "its rate is over an hour old")
    return quote


def _observed_at(rate: _Rate, now: float) -> int:
    if rate.zone != "UTC":
        raise ValueError("its time is not in UTC")
    observed_at = datetime.strptime(rate.refreshed, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    if observed_at > now + CLOCK_TOLERANCE_SECONDS:
        raise ValueError("its time is in the future")
    return int(min(observed_at, now))
