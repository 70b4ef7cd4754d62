"""Invalid tickers, look-alikes of tickers, and valid ones that look strange."""

import pytest

from tests.integration.problems import is_problem
from tests.integration.rejections import document, is_rejected_body, is_rejected_query, query
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import BINANCE_BOOKS, KUCOIN_BOOKS, SimulatedExchanges

REFUSED_STRINGS = [
    '"ſol"', '"ﬁl"', '"ıcp"', '"ＢＴＣ"', '"btс\\u0301"', '"ª"', '"ß"', '" BTC "', '"BTC "', '"BTC&symbol=ETH"',
    '"BTC/USDT"', '"BTC,ETH"', '"BTC\\n"', '"B\\u0000TC"', '"BTC\\u200b"', '"\\ufeffBTC"', '"BTC\\u202e"', '""', '" "',
    '"<b>"', '"\\"; DROP"', '"[\\"BTC\\"]"', f'"{"A" * 21}"', f'"{"币" * 21}"', f'"{"A" * 2000}"',
]  # fmt: skip
REFUSED_OTHERS = ["null", "5", "1.5", "true", "[]", "{}", '["BTC"]']
FIELDS = ["currency_from", "currency_to"]


def name_of(fragment: str) -> str:
    return fragment if len(fragment) < 30 else f"{fragment[:6]}...of_{len(fragment)}"


@pytest.mark.parametrize("ticker", REFUSED_STRINGS + REFUSED_OTHERS, ids=name_of)
@pytest.mark.parametrize("field", FIELDS)
async def test_an_invalid_ticker_in_a_body_is_rejected_by_name(
    warm_service: Service, exchanges: SimulatedExchanges, field: str, ticker: str
) -> None:
    assert await is_rejected_body(warm_service, exchanges, document(**{field: ticker}), 422, field)


@pytest.mark.parametrize("ticker", REFUSED_STRINGS, ids=name_of)
@pytest.mark.parametrize("field", FIELDS)
async def test_an_invalid_ticker_in_a_query_is_rejected_by_name(
    warm_service: Service, exchanges: SimulatedExchanges, field: str, ticker: str
) -> None:
    assert await is_rejected_query(warm_service, exchanges, query(**{field: ticker}), 422, field)


async def test_every_wrong_field_is_named_at_once(warm_service: Service, exchanges: SimulatedExchanges) -> None:
    body = document(currency_from='""', currency_to="5", amount="-1", cache_max_seconds='"soon"')
    fields = ("currency_from", "currency_to", "amount", "cache_max_seconds")
    assert await is_rejected_body(warm_service, exchanges, body, 422, *fields)


@pytest.mark.parametrize(("asked", "answered"), [("btc", "BTC"), ("bTc", "BTC"), ("1inch", "1INCH"), ("t", "T")])
async def test_a_ticker_in_any_case_is_answered_in_upper_case(warm_service: Service, asked: str, answered: str) -> None:
    for answer in (
        await warm_service.convert(asked, "usdt"),
        await warm_service.get(("currency_from", asked), ("currency_to", "usdt"), ("amount", "1")),
    ):
        assert answer.status == 200
        assert (answer.json["currency_from"], answer.json["currency_to"]) == (answered, "USDT")


@pytest.mark.parametrize(("ticker", "exchange"), [("币安人生", "binance"), ("龙", "kucoin")])
async def test_a_ticker_that_is_not_ascii_is_looked_up_as_it_is(service: Service, ticker: str, exchange: str) -> None:
    posted = await service.convert(ticker, "USDT", cache_max_seconds=1000)
    got = await service.get(
        ("currency_from", ticker), ("currency_to", "USDT"), ("amount", "1"), ("cache_max_seconds", "1000")
    )
    assert posted.status == 200
    assert posted.json["currency_from"] == ticker
    assert posted.json["exchange"] == exchange
    assert got.json == posted.json


@pytest.mark.parametrize("ticker", ["NOPE", "A" * 20, "未知", "0", "BTC-USDT", "$NOPE"])
async def test_an_unlisted_ticker_is_not_found_with_a_reason_for_each_exchange(service: Service, ticker: str) -> None:
    for answer in (await service.convert(ticker, "USDT"), await service.convert("USDT", ticker)):
        assert is_problem(answer, 404)
        assert answer.json["type"] == "/problems/no-route"
        reasons = dict.fromkeys(("binance", "kucoin"), f"{ticker} is not listed")
        assert answer.json["reasons"] == reasons


async def test_a_listed_currency_is_worth_itself_without_fetching_a_price(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    answer = await service.convert("TRX", "trx", amount="12.5")
    assert answer.status == 200
    assert (answer.json["rate"], answer.json["result"]) == ("1", "12.5")
    assert await exchanges.paths("binance") == {"/api/v3/exchangeInfo": 1}
    assert await exchanges.calls("kucoin") == 0


async def test_a_currency_that_only_the_second_exchange_lists_is_worth_itself_there(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    answer = await service.convert("KCS", "KCS", include_route=True)
    assert answer.status == 200
    assert (answer.json["rate"], answer.json["exchange"], answer.json["route"]) == ("1", "kucoin", [])
    assert BINANCE_BOOKS not in await exchanges.paths("binance")
    assert KUCOIN_BOOKS not in await exchanges.paths("kucoin")


async def test_an_unlisted_currency_is_not_found_even_against_itself(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    answer = await service.convert("NOPE", "NOPE")
    assert is_problem(answer, 404)
    assert list(answer.json["reasons"]) == ["binance", "kucoin"]
    assert BINANCE_BOOKS not in await exchanges.paths("binance")
    assert KUCOIN_BOOKS not in await exchanges.paths("kucoin")
