"""Alpha Vantage's answers, read without asking: from bytes to a quote, or to the failure that they tell."""

from datetime import UTC, datetime

import msgspec

from adapters.alphavantage import NAME
from adapters.alphavantage.age import age_seconds
from adapters.alphavantage.failures import failure_told
from domain.pair import Pair
from domain.quotes.errors import InvalidQuote, NotQuoted, SourceUnavailable
from domain.quotes.quote import HOUR_SECONDS, Quote
from domain.rates.errors import FailureReason

# Its clock and ours may differ by this much; a rate from further ahead is a fault.
CLOCK_TOLERANCE_SECONDS = 60.0

# A quote stands for an hour: one that is older is not current.
OLDEST_SECONDS = HOUR_SECONDS

# It is asked for rates in the currencies that states issue. For stablecoins there are the exchanges.
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
    """Either the rate, or one of three ways to fail under HTTP 200."""

    rate: _Rate | None = msgspec.field(name="Realtime Currency Exchange Rate", default=None)
    error: str | None = msgspec.field(name="Error Message", default=None)
    note: str | None = msgspec.field(name="Note", default=None)
    information: str | None = msgspec.field(name="Information", default=None)


_DECODER = msgspec.json.Decoder(_Answer)


def quote_in(body: bytes, pair: Pair, now: float) -> Quote | SourceUnavailable | NotQuoted:
    """Read the rate of a pair, or the failure that came with status 200.

    Raises `ValueError` for what is no rate of this pair.
    """
    answer = _DECODER.decode(body)
    told = answer.rate
    if told is None:
        return failure_told(NAME, str(pair), answer.error, answer.note or answer.information, now)
    if (told.base, told.quote) != (pair.base, pair.quote):
        raise ValueError("it is the rate of another pair")
    try:
        quote = Quote.parse(pair, told.rate, NAME, _moment(told, now))
    except InvalidQuote as error:
        raise ValueError(str(error)) from error
    if age_seconds(quote.observed_at, now, is_fiat=pair.base in FIAT) > OLDEST_SECONDS:
        return SourceUnavailable(NAME, FailureReason.BAD_BODY, "its rate has not moved for over an hour")
    return quote


def _moment(told: _Rate, now: float) -> int:
    if told.zone != "UTC":
        raise ValueError("its time is in another zone")
    moment = datetime.strptime(told.refreshed, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    if moment > now + CLOCK_TOLERANCE_SECONDS:
        raise ValueError("it comes from the future")
    return int(min(moment, now))
