"""Examples of conversions. Tests check that each result is the amount times the rate."""

from domain.pair import Side
from entrypoints.http.rates.schemas import ConvertResponse, LeftOver, RecordedRate, RouteLeg, TradeSchema
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
    "at_depth": example(
        "What this amount would bring, with the orders",
        {
            "currency_from": "USDT",
            "currency_to": "TRX",
            "amount": "100.05",
            "rate_type": "depth",
            "include_route": True,
        },
    ),
    "at": example(
        "At a past moment, by what was recorded within an hour of it",
        {
            "currency_from": "BTC",
            "currency_to": "USD",
            "amount": "0.25",
            "at": "2024-04-28T11:05:00Z",
            "cache_max_seconds": 3600,
        },
    ),
}

DIRECT = ConvertResponse(
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

_AT_DEPTH = ConvertResponse(
    currency_from="USDT",
    currency_to="TRX",
    exchange="binance",
    rate="8.17871964018",
    result="818.2809000000090",
    updated_at=_OBSERVED_AT,
    received="818.2809",
    fee="0.8191",
    slippage_percent="0.0296775947654",
    filled="100.0418",
    left_over=[LeftOver(currency="USDT", amount="0.0082")],
    trades=[
        TradeSchema(
            exchange="binance",
            symbol="TRXUSDT",
            side=Side.BUY,
            quantity="819.1",
            funds="100.0418",
            price="0.122136247100",
            fee="0.8191",
            left_over="0.0082",
            observed_at=_OBSERVED_AT,
        )
    ],
)

_AT = ConvertResponse(
    currency_from="BTC",
    currency_to="USD",
    exchange="alphavantage",
    rate="63581.12",
    result="15895.28",
    updated_at=1714302000,
    at=1714302300,
    seconds_from_at=-300,
    recorded=[
        RecordedRate(
            pair="BTC/USD",
            side=Side.SELL,
            rate="63581.12",
            source="alphavantage",
            observed_at=1714302000,
            quote_id=4711,
        )
    ],
)

ANSWERS: Examples = {
    "plain": example_of("The six fields", DIRECT),
    "with_route": example_of("With legs", _WITH_ROUTE),
    "at_depth": example_of("At depth, with the orders", _AT_DEPTH),
    "at": example_of("At a past moment", _AT),
}
