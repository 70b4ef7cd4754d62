"""`rate_type: depth`: what an amount would bring through the exchanges' own order books, over real sockets."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.integration.problems import is_problem
from tests.integration.rates.depth_oracle import Market, market, outcome
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.domain.rates.fractions import rounded_half_even

AT_DEPTH = {"rate_type": "depth", "include_route": True, "cache_max_seconds": 1000}


async def markets(exchanges: SimulatedExchanges, exchange: str, symbols: list[str]) -> Mapping[str, Market]:
    """Read the order books that the exchange shows."""
    found = {}
    for symbol in symbols:
        if exchange == "binance":
            (row,) = (await exchanges.document(f"/binance/api/v3/exchangeInfo?symbol={symbol}"))["symbols"]
            (lot,) = (each["stepSize"] for each in row["filters"] if each["filterType"] == "LOT_SIZE")
            book = await exchanges.document(f"/binance/api/v3/depth?symbol={symbol}&limit=500")
            found[symbol] = market(symbol, row["baseAsset"], lot, book)
        elif exchange == "kraken":
            row = (await exchanges.document("/kraken/0/public/AssetPairs"))["result"][symbol]
            document = await exchanges.document(f"/kraken/0/public/Depth?pair={symbol}&count=500")
            base, lot = row["wsname"].partition("/")[0], Decimal(1).scaleb(-row["lot_decimals"])
            found[symbol] = market(symbol, {"XBT": "BTC"}.get(base, base), str(lot), _cut(document["result"][symbol]))
        elif exchange == "okx":
            rows = (await exchanges.document("/okx/api/v5/public/instruments?instType=SPOT"))["data"]
            (row,) = (each for each in rows if each["instId"] == symbol)
            (book,) = (await exchanges.document(f"/okx/api/v5/market/books?instId={symbol}&sz=400"))["data"]
            found[symbol] = market(symbol, row["baseCcy"], row["lotSz"], _cut(book))
        elif exchange == "bybit":
            rows = (await exchanges.document("/bybit/v5/market/instruments-info?category=spot"))["result"]["list"]
            (row,) = (each for each in rows if each["symbol"] == symbol)
            query = f"category=spot&symbol={symbol}&limit=200"
            book = (await exchanges.document(f"/bybit/v5/market/orderbook?{query}"))["result"]
            sides = {"bids": book["b"], "asks": book["a"]}
            found[symbol] = market(symbol, row["baseCoin"], row["lotSizeFilter"]["basePrecision"], sides)
        else:
            rows = (await exchanges.document("/kucoin/api/v2/symbols"))["data"]
            (row,) = (each for each in rows if each["symbol"] == symbol)
            book = (await exchanges.document(f"/kucoin/api/v1/market/orderbook/level2_100?symbol={symbol}"))["data"]
            found[symbol] = market(symbol, row["baseCurrency"], row["baseIncrement"], book)
    return found


def _cut(book: Mapping[str, list[list[str]]]) -> Mapping[str, list[list[str]]]:
    """Leave out what stands behind price and quantity."""
    return {name: [level[:2] for level in book[name]] for name in ("bids", "asks")}


@pytest.mark.parametrize("exchange", ["kraken", "okx", "bybit"])
async def test_the_other_exchanges_books_are_walked_likewise(
    run_service: RunService, exchanges: SimulatedExchanges, exchange: str
) -> None:
    urls = {f"{exchange}_url": f"{exchanges.url}/{exchange}"}
    async with run_service(exchanges=f"binance,{exchange}", **urls) as service:
        for sold, bought, amount in (("BTC", "USDT", "0.25"), ("USDT", "BTC", "12345.678"), ("TRX", "USDT", "9876.5")):
            answer = await service.convert(sold, bought, amount, exchange=exchange, **AT_DEPTH)
            assert answer.status == 200, answer.body
            got = answer.json
            legs = [(trade["symbol"], trade["side"]) for trade in got["trades"]]
            books = await markets(exchanges, exchange, [symbol for symbol, _ in legs])
            fee = Fraction("0.004") if exchange == "kraken" else Fraction("0.001")
            walked = [(books[symbol], side) for symbol, side in legs]
            expected = outcome(Fraction(amount), walked, fee)
            assert Fraction(got["received"]) == expected.received
            assert Fraction(got["filled"]) == expected.filled
        best = (await service.convert("BTC", "USDT", "0.25", exchange="best", **AT_DEPTH)).json
        assert {best["exchange"], *(each["exchange"] for each in best["considered"])} == {"binance", exchange}


@pytest.mark.parametrize("exchange", ["binance", "kucoin"])
@pytest.mark.parametrize(
    ("sold", "bought", "amount"),
    [
        ("BTC", "USDT", "0.25"),
        ("BTC", "USDT", "3.000001234"),
        ("USDT", "BTC", "12345.678"),
        ("USDT", "ETH", "250000"),
        ("TRX", "SHIB", "98765.4321"),
        ("SHIB", "TRX", "123456789.9"),
        ("SHIB", "BTC", "987654321"),
    ],
)
async def test_the_answer_is_the_one_that_walking_the_books_in_fractions_gives(
    service: Service, exchanges: SimulatedExchanges, exchange: str, sold: str, bought: str, amount: str
) -> None:
    answer = await service.convert(sold, bought, amount, exchange=exchange, **AT_DEPTH)
    assert answer.status == 200, answer.body
    got = answer.json
    legs = [(trade["symbol"], trade["side"]) for trade in got["trades"]]
    books = await markets(exchanges, exchange, [symbol for symbol, _ in legs])
    expected = outcome(Fraction(amount), [(books[symbol], side) for symbol, side in legs])
    assert Fraction(got["received"]) == expected.received
    assert Fraction(got["filled"]) == expected.filled
    assert Fraction(got["rate"]) == rounded_half_even(expected.received / Fraction(amount))
    assert Fraction(got["result"]) == Fraction(amount) * Fraction(got["rate"])
    assert Fraction(got["fee"]) == rounded_half_even(expected.fee)
    assert Fraction(got["slippage_percent"]) == rounded_half_even(expected.slippage_percent)
    assert [Fraction(trade["left_over"]) for trade in got["trades"]] == expected.left_over
    assert "route" not in got


async def test_the_route_is_that_of_an_executable_conversion(service: Service) -> None:
    executable = (await service.convert("TRX", "SHIB", 100000, **{**AT_DEPTH, "rate_type": "executable"})).json
    at_depth = (await service.convert("TRX", "SHIB", 100000, **AT_DEPTH)).json
    assert [leg["symbol"] for leg in executable["route"]] == [trade["symbol"] for trade in at_depth["trades"]]
    assert Decimal(at_depth["rate"]) < Decimal(executable["rate"])


async def test_a_larger_amount_slips_further(service: Service) -> None:
    slips = [
        Decimal((await service.convert("BTC", "USDT", amount, **AT_DEPTH)).json["slippage_percent"])
        for amount in ("0.01", "1", "10")
    ]
    assert 0 < slips[0] < slips[1] < slips[2]


@pytest.mark.parametrize(("sold", "bought"), [("BTC", "USDT"), ("USDT", "BTC"), ("SHIB", "BTC"), ("TRX", "SHIB")])
@pytest.mark.parametrize("exchange", ["binance", "kucoin"])
async def test_of_an_amount_that_the_books_do_not_have_the_answer_says_how_much_can_be_had(
    service: Service, exchange: str, sold: str, bought: str
) -> None:
    fields = {"exchange": exchange, **AT_DEPTH}
    refused = await service.convert(sold, bought, "1e18", **fields)
    assert is_problem(refused, 409)
    assert refused.json["type"] == "/problems/book-too-thin"
    assert refused.json["exchange"] == exchange
    possible = (await service.convert(sold, bought, refused.json["filled"], **fields)).json
    assert (possible["filled"], possible["received"]) == (refused.json["filled"], refused.json["received"])
    more = str(Decimal(possible["filled"]) * Decimal("1.01"))
    assert is_problem(await service.convert(sold, bought, more, **fields), 409)


async def test_an_amount_that_no_exchange_would_trade_is_refused_with_the_minimum(service: Service) -> None:
    answer = await service.convert("BTC", "USDT", "0.00001", exchange="binance", **AT_DEPTH)
    assert is_problem(answer, 409)
    expected = {"type": "/problems/order-too-small", "symbol": "BTCUSDT", "min_quantity": "0.00001", "min_funds": "5"}
    assert expected.items() <= answer.json.items()


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"amount": 0}, "amount", "above 0"),
        ({"exchange": "nope"}, "exchange", "not a supported exchange"),
        ({"rate_type": "deep"}, "rate_type", "must be 'mid', 'executable', 'depth'"),
    ],
)
async def test_what_depth_cannot_answer_is_refused_and_named(
    service: Service, fields: dict[str, object], field: str, words: str
) -> None:
    answer = await service.convert(**{**AT_DEPTH, **fields})
    assert is_problem(answer, 422, field)
    (error,) = answer.json["errors"]
    assert words in error["detail"]


@pytest.mark.parametrize("kind", ["crossed_book", "unsorted_book", "empty_list", "nonsense", "truncated_json"])
async def test_a_book_that_cannot_be_right_is_a_failure_and_another_exchange_answers(
    service: Service, exchanges: SimulatedExchanges, kind: str
) -> None:
    assert (await service.convert(**AT_DEPTH)).json["exchange"] == "binance"
    await exchanges.commit("binance", kind=kind, path="depth")
    fields = {**AT_DEPTH, "cache_max_seconds": None}
    assert (await service.convert(**fields)).json["exchange"] == "kucoin"
    alone = await service.convert(exchange="binance", **fields)
    assert is_problem(alone, 503)
    assert alone.json["failures"] == {"binance": "bad_body"}


async def test_where_books_fail_the_next_exchange_answers_after_one_call_and_a_named_one_gets_two(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    assert (await service.convert(**AT_DEPTH)).json["exchange"] == "binance"
    await exchanges.commit("binance", kind="status", code=500, path="depth")
    calls = (await exchanges.paths("binance"))["/api/v3/depth"]
    fields = {**AT_DEPTH, "cache_max_seconds": None}
    assert (await service.convert(**fields)).json["exchange"] == "kucoin"
    assert (await exchanges.paths("binance"))["/api/v3/depth"] == calls + 1
    assert is_problem(await service.convert(exchange="binance", **fields), 503)
    assert (await exchanges.paths("binance"))["/api/v3/depth"] == calls + 3


async def test_a_thin_book_is_no_failure_and_no_other_exchange_answers_for_it(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", kind="thin_book", percent=1, path="depth")
    answer = await service.convert("BTC", "USDT", 100, **{**AT_DEPTH, "cache_max_seconds": None})
    assert is_problem(answer, 409)
    assert answer.json["exchange"] == "binance"


async def test_only_the_books_of_the_chosen_route_are_fetched_and_once_for_a_bound(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await service.convert("TRX", "SHIB", cache_max_seconds=1000)
    calls, weight = await exchanges.calls("binance"), await exchanges.weight("binance")
    for _ in range(5):
        assert (await service.convert("TRX", "SHIB", 90000, exchange="binance", **AT_DEPTH)).status == 200
    assert await exchanges.calls("binance") - calls == 2
    assert await exchanges.weight("binance") - weight == 2 * 25
    await service.convert("TRX", "SHIB", 90000, exchange="binance", **{**AT_DEPTH, "cache_max_seconds": None})
    assert (await exchanges.paths("binance"))["/api/v3/depth"] == 4


async def test_converting_a_currency_to_itself_costs_nothing(service: Service) -> None:
    answer = (await service.convert("BTC", "BTC", "2.5", **AT_DEPTH)).json
    assert (answer["rate"], answer["received"], answer["fee"], answer["slippage_percent"]) == ("1", "2.5", "0", "0")
    assert answer["trades"] == []


async def test_a_fee_that_is_set_counts(run_service: RunService) -> None:
    async with run_service(taker_fee_percents=("binance:0.05",)) as service:
        answer: Any = (await service.convert("BTC", "USDT", "0.25", **AT_DEPTH)).json
        (trade,) = answer["trades"]
        assert Decimal(trade["fee"]) == Decimal(trade["funds"]) * Decimal("0.0005")


async def test_a_batch_refuses_such_lines_by_name_and_answers_the_others(service: Service) -> None:
    lines = [
        {"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "rate_type": "depth"},
        {"currency_from": "BTC", "currency_to": "USDT", "amount": 1},
    ]
    batch = {"json": {"conversions": lines, "cache_max_seconds": 1000}}
    first, second = (await service.ask("POST", "/api/v1/convert/batch", **batch)).json["conversions"]
    assert first["problem"]["status"] == 422
    assert first["problem"]["errors"][0]["field"] == "rate_type"
    assert second["exchange"] == "binance"


async def test_csv_has_the_same_columns(service: Service) -> None:
    query = [("currency_from", "BTC"), ("currency_to", "USDT"), ("amount", "1"), ("rate_type", "depth")]
    csv = (await service.get(*query, ("cache_max_seconds", "1000"), ("format", "csv"))).body.decode().splitlines()
    assert csv[0].startswith("currency_from,currency_to,exchange,amount,rate,result,updated_at")
    assert csv[1].startswith("BTC,USDT,binance,1,")
