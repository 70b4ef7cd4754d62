"""Examples of recorded quotes: bitcoin in dollars, and in Tether."""

from application.quotes.ports.quote_repository import Position
from domain.pair import Side
from domain.quotes.candle import Interval
from entrypoints.http.quotes.cursor import cursor_of
from entrypoints.http.quotes.schemas import (
    CandlesAnswer,
    CandleSchema,
    LatestAnswer,
    QuotesAnswer,
    QuoteSchema,
    RecordedAnswer,
)
from entrypoints.http.rates.schemas import RouteLeg
from entrypoints.http.server.example import Examples, example, example_of

_HOUR = 1714302000

_IN_DOLLARS = QuoteSchema(
    id=4711,
    pair="BTC/USD",
    rate="63581.12",
    source="alphavantage",
    observed_at=_HOUR,
    recorded_at=_HOUR + 1,
    hour=_HOUR,
)
_IN_TETHERS = QuoteSchema(
    id=4712,
    pair="BTC/USDT",
    rate="63577.995",
    source="exchanges",
    exchange="binance",
    observed_at=_HOUR + 1,
    recorded_at=_HOUR + 1,
    hour=_HOUR,
    route=[RouteLeg(exchange="binance", symbol="BTCUSDT", side=Side.SELL, price="63577.995", observed_at=_HOUR + 1)],
)
_BY_HAND = QuoteSchema(
    id=4713, pair="BTC/USD", rate="63590.04", source="alphavantage", observed_at=_HOUR + 600, recorded_at=_HOUR + 600
)

TO_RECORD: Examples = {
    "one": example("One pair", {"pair": "BTC/USD"}),
    "tracked": example("Every tracked pair", {}),
}
PAGE: Examples = {
    "page": example_of(
        "A page of two quotes, with more to come",
        QuotesAnswer(quotes=[_IN_TETHERS, _IN_DOLLARS], next_cursor=cursor_of(Position(_HOUR, 4711))),
    )
}
LATEST: Examples = {"both": example_of("Both tracked pairs", LatestAnswer(quotes=[_BY_HAND, _IN_TETHERS]))}
RECORDED: Examples = {
    "recorded": example_of(
        "One of two pairs has a rate",
        RecordedAnswer(quotes=[_BY_HAND], skipped={"BTC/XYZ": "BTC/XYZ is not quoted"}),
    )
}
CANDLES: Examples = {
    "one": example_of(
        "One hour with two quotes",
        CandlesAnswer(
            pair="BTC/USD",
            interval=Interval.HOUR,
            candles=[
                CandleSchema(
                    opened_at=_HOUR, open="63581.12", high="63590.04", low="63581.12", close="63590.04", count=2
                )
            ],
        ),
    )
}
