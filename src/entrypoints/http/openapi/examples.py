"""One conversation in examples: what is asked, what is answered, and how each kind of problem reads.

Answers and problems are written by the code that writes the real ones.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from application.health.check_health import State
from application.market_data.circuit_breaker import BreakerState
from application.market_data.sync_markets import SyncRole
from domain.errors import DatabaseUnavailable, TooManyRequests
from domain.identity.errors import InvalidCredentials, NotAllowed, UsernameTaken
from domain.pair import Side
from domain.quotes.errors import NotQuoted, NotRecorded, QuoteUnavailable, SourceUnavailable
from domain.rates.errors import ConversionUnavailable, ExchangeUnavailable, FailureReason, NoRoute
from entrypoints.http.health.schemas import DependencyStatus, Liveness, Readiness
from entrypoints.http.identity import examples as account_examples
from entrypoints.http.openapi.example import Examples, example, written
from entrypoints.http.problems.schemas import ProblemMeaning
from entrypoints.http.quotes import examples as quote_examples
from entrypoints.http.rates.schemas import ConvertRequest, ConvertResponse, RouteLeg
from entrypoints.http.server.problems import (
    KINDS,
    MALFORMED_REQUEST,
    NO_ROUTE,
    FieldError,
    Problem,
    ProblemKind,
    invalid_input,
    problem_body,
    problem_of,
)

_OBSERVED_AT = 1714304596
_REQUEST_ID = "6f1c0d7a4be84b2f9f6f3a5f0f0c2d11"


_CONVERT: Examples = {
    "plain": example(
        "On any exchange, at most 1000 s old",
        {"currency_from": "USDT", "currency_to": "TRX", "exchange": None, "amount": 100, "cache_max_seconds": 1000},
    ),
    "with_route": example(
        "On one exchange, with the legs",
        {
            "currency_from": "TRX",
            "currency_to": "ADA",
            "exchange": "kucoin",
            "amount": "250.5",
            "rate_type": "executable",
            "include_route": True,
        },
    ),
}

REQUESTS: Mapping[type[BaseModel], Examples] = {
    ConvertRequest: _CONVERT,
    **account_examples.REQUESTS,
    **quote_examples.REQUESTS,
}

_DIRECT = ConvertResponse(
    currency_from="USDT",
    currency_to="TRX",
    exchange="binance",
    rate="8.21",
    result="821",
    updated_at=_OBSERVED_AT,
)
_WITH_ROUTE = ConvertResponse(
    currency_from="TRX",
    currency_to="ADA",
    exchange="kucoin",
    rate="0.263157894737",
    result="65.9210526316185",
    updated_at=_OBSERVED_AT,
    route=[
        RouteLeg(exchange="kucoin", symbol="TRX-USDT", side=Side.SELL, price="0.12", observed_at=_OBSERVED_AT),
        RouteLeg(exchange="kucoin", symbol="ADA-USDT", side=Side.BUY, price="0.456", observed_at=_OBSERVED_AT),
    ],
)
_READY = Readiness(
    status="degraded",
    sync=SyncRole.LEADER,
    dependencies={
        "redis": DependencyStatus(status=State.UP),
        "binance": DependencyStatus(
            status=State.DOWN, detail="timeout: no whole answer in time", breaker=BreakerState.OPEN
        ),
        "kucoin": DependencyStatus(
            status=State.UP, listing_age_seconds=41.2, books_age_seconds=3.5, breaker=BreakerState.CLOSED
        ),
    },
)
_MEANING = ProblemMeaning(type=NO_ROUTE.type, title=NO_ROUTE.title, status=NO_ROUTE.status, meaning=NO_ROUTE.meaning)

ANSWERS: Mapping[type[BaseModel], Examples] = {
    ConvertResponse: {"plain": written("The six figures", _DIRECT), "with_route": written("With legs", _WITH_ROUTE)},
    Liveness: {"alive": written("Alive", Liveness(status="alive"))},
    Readiness: {"degraded": written("One exchange is down, the other serves", _READY)},
    ProblemMeaning: {"no_route": written("What `/problems/no-route` says", _MEANING)},
    **account_examples.ANSWERS,
    **quote_examples.ANSWERS,
}

_PROBLEMS = (
    problem_of(NotQuoted("BTC/XYZ", {"exchanges": "binance: XYZ is not listed"})),
    problem_of(NotRecorded("no quote of BTC/XYZ was recorded so far")),
    problem_of(
        QuoteUnavailable(
            "BTC/USD",
            {"alphavantage": SourceUnavailable("alphavantage", FailureReason.TIMEOUT, "no whole answer in time")},
            {"exchanges": "binance: USD is not listed"},
        )
    ),
    Problem(MALFORMED_REQUEST, "The body is not a JSON document: Expecting value at line 1, column 12."),
    problem_of(NoRoute("USDT", "XYZ", {"binance": "XYZ is not listed", "kucoin": "XYZ is not listed"})),
    invalid_input([FieldError("amount", "must be 0 or more"), FieldError("currency_to", "is missing")]),
    problem_of(
        ConversionUnavailable(
            {"binance": ExchangeUnavailable("binance", FailureReason.TIMEOUT, "no answer in time")},
            {"kucoin": "XYZ is not listed"},
        )
    ),
    problem_of(InvalidCredentials("the access token is no longer valid")),
    problem_of(NotAllowed("the key lacks the scope convert")),
    problem_of(UsernameTaken("this name is taken")),
    problem_of(TooManyRequests("too many failed logins; try again later", 412)),
    problem_of(DatabaseUnavailable()),
    problem_of(RuntimeError()),
)


def _of_kind(kind: ProblemKind) -> Problem:
    return next((each for each in _PROBLEMS if each.kind is kind), Problem(kind, kind.meaning))


PROBLEMS: Mapping[ProblemKind, Any] = {
    kind: problem_body(_of_kind(kind), "/api/v1/convert", _REQUEST_ID) for kind in KINDS
}
