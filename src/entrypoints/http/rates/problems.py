"""The problems of conversions."""

from collections.abc import Mapping
from decimal import Decimal

from application.rates.tabulate_rates import TooManyCurrencies
from domain.decimals import plain
from domain.quotes.errors import NothingRecorded, NothingToConvert, NotInThePast, OnlyMid, OnlyOneExchange
from domain.rates.errors import (
    BookTooThin,
    ConversionUnavailable,
    ExchangeUnavailable,
    FailureReason,
    InvalidAmount,
    MedianOfOne,
    NoOrderBooks,
    NoRoute,
    NotAllAnswered,
    NotOffered,
    OrderTooSmall,
    TooFewProviders,
    UnknownExchange,
)
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.csv_response import iso_time
from entrypoints.http.server.problems import (
    DEFAULT_RETRY_AFTER_SECONDS,
    RETRY_AFTER,
    Problem,
    ProblemKind,
    Problems,
    retry_after,
)
from entrypoints.nearest import did_you_mean

NO_ROUTE = ProblemKind(
    "no-route",
    404,
    "No route",
    "Every exchange asked has answered, and none has a route between the currencies. `reasons` says why for each.",
    members=("reasons",),
)
TOO_FEW_PROVIDERS = ProblemKind(
    "too-few-providers",
    404,
    "Too few providers",
    "Fewer exchanges than a median needs have a route and agree on the price. `reasons` says why for each other.",
    members=("reasons",),
)
UNAVAILABLE = ProblemKind(
    "exchanges-unavailable",
    503,
    "Exchanges unavailable",
    "An exchange that might have a route could not be asked. `failures` says why for each. `diverging` lists exchanges "
    "that have a route but were not used instead, with the pairs whose prices differ too much. Retry-After is set.",
    members=("failures", "reasons"),
    headers=(RETRY_AFTER,),
)
BOOK_TOO_THIN = ProblemKind(
    "book-too-thin",
    409,
    "Book too thin",
    "An order book of the route, as deep as the exchange shows it, does not have enough for the whole amount. `filled` "
    "of the amount could be converted, and would bring `received`.",
    members=("exchange", "symbol", "filled", "received"),
)
ORDER_TOO_SMALL = ProblemKind(
    "order-too-small",
    409,
    "Order too small",
    "The exchange takes no order so small in a market of the route. `min_quantity` is the least in units of the "
    "market's base, `min_funds` in units of its quote.",
    members=("exchange", "symbol", "min_quantity", "min_funds"),
)

NOTHING_RECORDED = ProblemKind(
    "nothing-recorded",
    404,
    "Nothing recorded",
    "No rate between the currencies was recorded near enough to the moment. `nearest` is the Unix second of the "
    "recorded rate that is nearest; null if none was found. What was not recorded cannot be known any more.",
    members=("nearest",),
)

DIVERGES = "its price of {} is so different that it may be another coin"


def not_offered(kind: ProblemKind, beginning: str, error: NotOffered) -> Problem:
    """Return the problem that says why each source does not have it."""
    return Problem(kind, f"{beginning}{_each(error.reasons)}.", {"reasons": error.reasons})


def not_all_answered(
    kind: ProblemKind, beginning: str, error: NotAllAnswered, diverging: Mapping[str, str] | None = None
) -> Problem:
    """Return the problem that says why each source could not be asked, and when it may be worth asking again."""
    waits = [failure.retry_after_seconds or DEFAULT_RETRY_AFTER_SECONDS for failure in error.failures.values()]
    details = {source: failure.detail for source, failure in error.failures.items()}
    return Problem(
        kind,
        f"{beginning}{'; '.join(filter(None, (_each(details), _each(diverging or {}))))}.",
        {
            "failures": {source: failure.reason.value for source, failure in error.failures.items()},
            "reasons": error.reasons,
        },
        retry_after(min(waits, default=DEFAULT_RETRY_AFTER_SECONDS)),
    )


def _unknown_exchange(error: UnknownExchange) -> Problem:
    near = "" if error.hint else did_you_mean(error.name, error.supported)
    return invalid_input([FieldError("exchange", f"{error}{near}")])


def _no_route(error: NoRoute) -> Problem:
    return not_offered(NO_ROUTE, f"No route from {error.currency_from} to {error.currency_to}: ", error)


def _too_few(error: TooFewProviders) -> Problem:
    beginning = (
        f"A median from {error.currency_from} to {error.currency_to} needs {error.needed} exchanges, and "
        f"{error.providers} can be used: "
    )
    return not_offered(TOO_FEW_PROVIDERS, beginning, error)


def _unavailable(error: ConversionUnavailable) -> Problem:
    diverging = {exchange: DIVERGES.format(" and ".join(pairs)) for exchange, pairs in error.diverging.items()}
    beginning = "Could not ask every exchange that might have a route. "
    problem = not_all_answered(UNAVAILABLE, beginning, error, diverging)
    return Problem(problem.kind, problem.detail, {**problem.more, "diverging": error.diverging}, problem.headers)


def _too_thin(error: BookTooThin) -> Problem:
    filled, received = plain(error.filled), plain(error.received)
    detail = (
        f"The order book of {error.symbol} on {error.exchange} is too thin for the whole amount: {filled} "
        f"{error.currency_from} could be converted, and would bring {received} {error.currency_to}."
    )
    more = {"exchange": error.exchange, "symbol": error.symbol, "filled": filled, "received": received}
    return Problem(BOOK_TOO_THIN, detail, more)


def _too_small(error: OrderTooSmall) -> Problem:
    (quantity, base), (funds, quote) = error.quantity, error.funds
    detail = (
        f"{error.exchange} takes no order so small in {error.symbol}: at least {plain(quantity)} {base}, worth "
        f"{plain(funds)} {quote}."
    )
    more = {"exchange": error.exchange, "symbol": error.symbol}
    return Problem(ORDER_TOO_SMALL, detail, more | {"min_quantity": plain(quantity), "min_funds": plain(funds)})


def _nothing_recorded(error: NothingRecorded) -> Problem:
    start, end = error.ends
    detail = (
        f"No rate from {start} to {end} was recorded within {error.within_seconds} s of {iso_time(error.at)}, "
        f"{_nearest(error)}."
    )
    return Problem(NOTHING_RECORDED, detail, {"nearest": error.nearest})


def _nearest(error: NothingRecorded) -> str:
    if error.nearest is None:
        return "and no other was found"
    distance = error.nearest - error.at
    later = "later" if distance > 0 else "earlier"
    return f"and the nearest one is of {iso_time(error.nearest)}, {abs(distance)} s {later}"


def _each(texts: Mapping[str, str]) -> str:
    return "; ".join([f"{source}: {text}" for source, text in texts.items()])


PROBLEMS = Problems(
    kinds=(NO_ROUTE, TOO_FEW_PROVIDERS, UNAVAILABLE, BOOK_TOO_THIN, ORDER_TOO_SMALL, NOTHING_RECORDED),
    rows={
        NotInThePast: lambda error: invalid_input([FieldError("at", str(error))]),
        OnlyMid: lambda error: invalid_input([FieldError("rate_type", str(error))]),
        OnlyOneExchange: lambda error: invalid_input([FieldError("exchange", str(error))]),
        NothingToConvert: lambda error: invalid_input([FieldError("currency_to", str(error))]),
        NothingRecorded: _nothing_recorded,
        UnknownExchange: _unknown_exchange,
        TooManyCurrencies: lambda error: invalid_input([FieldError("symbols", str(error))]),
        MedianOfOne: lambda error: invalid_input([FieldError("exchange", str(error))]),
        NoOrderBooks: lambda error: invalid_input([FieldError("exchange", str(error))]),
        InvalidAmount: lambda error: invalid_input([FieldError("amount", str(error))]),
        BookTooThin: _too_thin,
        OrderTooSmall: _too_small,
        NoRoute: _no_route,
        TooFewProviders: _too_few,
        ConversionUnavailable: _unavailable,
    },
    examples=(
        NoRoute("USDT", "XYZ", {"binance": "XYZ is not listed", "kucoin": "XYZ is not listed"}),
        ConversionUnavailable(
            {"binance": ExchangeUnavailable("binance", FailureReason.TIMEOUT, "no answer in time")},
            {"kucoin": "XYZ is not listed"},
        ),
        TooFewProviders(("KCS", "USDT"), 1, 2, {"binance": "KCS is not listed"}),
        BookTooThin("kucoin", "TRX-USDT", ("TRX", "USDT"), Decimal("81234.5"), Decimal("9740.12")),
        OrderTooSmall("binance", "BTCUSDT", (Decimal("0.00001"), "BTC"), (Decimal(5), "USDT")),
        NothingRecorded(("TRX", "USD"), 1714302300, 43200, 1714206300),
    ),
)
