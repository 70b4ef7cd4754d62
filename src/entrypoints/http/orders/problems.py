"""The problems of purchase orders."""

from decimal import Decimal

from domain.decimals import plain
from domain.orders.errors import (
    IntakeClosed,
    InvalidClearingAsset,
    InvalidPurchase,
    NoFreshPrice,
    NotForSale,
    PriceAboveMax,
    PricesDiverge,
    UnknownPosition,
)
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.paging import WRONG_CURSOR
from entrypoints.http.server.problems import RETRY_AFTER, Problem, ProblemKind, Problems, retry_after, sentence

# Prices are fetched again within seconds.
RETRY_AFTER_SECONDS = 5

PRICE_ABOVE_MAX = ProblemKind(
    "price-above-max",
    409,
    "Price above the maximum",
    "The price is above `max_price`, so nothing was ordered. `price` is what it is now.",
    members=("price",),
)
NO_FRESH_PRICE = ProblemKind(
    "no-fresh-price",
    503,
    "No fresh price",
    "No exchange gave a price that is new enough to buy at, so nothing was ordered. Try again later.",
    headers=(RETRY_AFTER,),
)
PRICES_DIVERGE = ProblemKind(
    "prices-diverge",
    503,
    "Prices diverge",
    "Two exchanges price the pair too differently to buy at either price, so nothing was ordered. Try again later.",
    headers=(RETRY_AFTER,),
)
INTAKE_CLOSED = ProblemKind(
    "intake-closed",
    503,
    "No orders taken",
    "Buying this asset is halted, and no orders are taken meanwhile. Try again later.",
    headers=(RETRY_AFTER,),
)


def _later(kind: ProblemKind, detail: str) -> Problem:
    return Problem(kind, detail, {}, retry_after(RETRY_AFTER_SECONDS))


PROBLEMS = Problems(
    kinds=(PRICE_ABOVE_MAX, NO_FRESH_PRICE, PRICES_DIVERGE, INTAKE_CLOSED),
    rows={
        PriceAboveMax: lambda error: Problem(PRICE_ABOVE_MAX, sentence(error), {"price": plain(error.price)}),
        NoFreshPrice: lambda error: _later(NO_FRESH_PRICE, f"No exchange gave a price to buy at. {error}."),
        PricesDiverge: lambda error: _later(PRICES_DIVERGE, sentence(error)),
        IntakeClosed: lambda error: _later(INTAKE_CLOSED, sentence(error)),
        NotForSale: lambda error: invalid_input([FieldError(error.field, str(error))]),
        InvalidPurchase: lambda error: invalid_input([FieldError(error.field, str(error))]),
        InvalidClearingAsset: lambda error: invalid_input([FieldError(error.field, str(error))]),
        UnknownPosition: lambda _: invalid_input([FieldError("cursor", WRONG_CURSOR)]),
    },
    examples=(
        PriceAboveMax(Decimal("68352.1605")),
        NoFreshPrice("binance: no answer in time; kucoin: HTTP 503"),
        PricesDiverge("the prices of BTC/USDT at binance and kucoin differ too much"),
        IntakeClosed("buying BTC is halted; try again later"),
    ),
)
