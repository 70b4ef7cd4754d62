"""Examples of conversions. Tests check that each result is the amount times the rate."""

from domain.pair import Side
from entrypoints.http.rates.schemas import ConvertResponse, RouteLeg
from entrypoints.http.server.example import Examples, example, example_of

_OBSERVED_AT = 1714304596

REQUESTS: Examples = {
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

ANSWERS: Examples = {
    "plain": example_of("The six fields", _DIRECT),
    "with_route": example_of("With legs", _WITH_ROUTE),
}
