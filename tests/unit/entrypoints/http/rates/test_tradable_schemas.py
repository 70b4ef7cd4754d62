"""What is written by hand is what the models describe."""

import json
from decimal import Decimal

import orjson

from application.rates.list_tradable import Page, PairPrice, TradableCurrency
from application.rates.tradable_pairs import TradablePair
from domain.currency import Currency
from entrypoints.http.rates.tradable_schemas import (
    CurrenciesAnswer,
    PairsAnswer,
    currencies_body,
    currency_fields,
    pair_fields,
    pairs_body,
)

EUR, TRY, COIN = Currency("EUR"), Currency("TRY"), Currency("币安人生")


def test_currencies_are_written_as_their_models_are() -> None:
    rows = TradableCurrency(EUR, ("binance", "ecb"), "Euro"), TradableCurrency(COIN, ("binance",), None)
    whole, more = Page(rows, has_more=False, unknown=()), Page(rows, has_more=True, unknown=("kucoin",))
    empty: Page[TradableCurrency] = Page((), has_more=False, unknown=())
    for page in (whole, more, empty):
        body = currencies_body(page, [orjson.Fragment(orjson.dumps(currency_fields(row))) for row in page.rows])
        assert body.decode() == CurrenciesAnswer.model_validate_json(body).model_dump_json(exclude_none=True)
        assert ("next_cursor" in json.loads(body)) == page.has_more


def test_pairs_are_written_as_their_models_are() -> None:
    rows = (
        TradablePair("binance", "EURTRY", EUR, TRY, ("Euro", "Turkish lira")),
        TradablePair("binance", "XTRY", COIN, TRY, (None, "Turkish lira")),
    )
    prices = None, PairPrice(Decimal("0.10"), Decimal("1E+2"), 1714304596.7)
    page = Page(rows, has_more=True, unknown=("kucoin",))
    for fields in ([orjson.Fragment(orjson.dumps(pair_fields(pair, price))) for pair in rows] for price in prices):
        body = pairs_body(page, fields)
        assert body.decode() == PairsAnswer.model_validate_json(body).model_dump_json(exclude_none=True)
