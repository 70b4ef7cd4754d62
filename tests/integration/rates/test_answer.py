"""The answer to a conversion: its fields, and how its numbers are written."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.servers.service_client import CONVERT, Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock

SIX_FIELDS = ["currency_from", "currency_to", "exchange", "rate", "result", "updated_at"]
PLAIN = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]*[1-9])?")
LONG_AMOUNT = "0.12345678901234567890123"


async def test_the_answer_has_six_fields_and_no_other(service: Service) -> None:
    answer = await service.convert("USDT", "TRX", amount=100)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert list(answer.json) == SIX_FIELDS


@pytest.mark.parametrize("explicit", [{"include_route": False}, {"exchange": None, "cache_max_seconds": None}])
async def test_sending_a_default_changes_nothing(service: Service, explicit: dict[str, object]) -> None:
    assert list((await service.convert("USDT", "TRX", **explicit)).json) == SIX_FIELDS


async def test_the_route_is_added_only_on_request(service: Service) -> None:
    answer = (await service.convert("TRX", "币安人生", include_route=True)).json
    assert list(answer) == [*SIX_FIELDS, "route"]
    assert [list(leg) for leg in answer["route"]] == [["exchange", "symbol", "side", "price", "observed_at"]] * 2
    assert [(leg["symbol"], leg["side"]) for leg in answer["route"]] == [("TRXUSDT", "sell"), ("币安人生USDT", "buy")]


@pytest.mark.parametrize("fragment", [LONG_AMOUNT, f'"{LONG_AMOUNT}"'], ids=["number", "string"])
async def test_an_amount_is_exact_as_number_and_as_string(service: Service, fragment: str) -> None:
    body = f'{{"currency_from": "BTC", "currency_to": "USDT", "amount": {fragment}}}'
    answer = (await service.post(body.encode())).json
    assert Fraction(answer["result"]) == Fraction(LONG_AMOUNT) * Fraction(answer["rate"])


@pytest.mark.parametrize(
    ("currency_from", "currency_to", "amount"),
    [
        ("SHIB", "BTC", "0.000000000000000001"),
        ("BTC", "SHIB", "987654321098765432.1"),
        ("BTTC", "JPY", "3"),
        ("JPY", "BTC", "1"),
        ("TRX", "ADA", "0"),
        ("USDT", "TRY", "100"),
    ],
)
@pytest.mark.parametrize("rate_type", ["mid", "executable"])
async def test_numbers_are_plain_and_the_result_is_exactly_amount_times_rate(
    service: Service, currency_from: str, currency_to: str, amount: str, rate_type: str
) -> None:
    answer = (await service.convert(currency_from, currency_to, amount, rate_type=rate_type)).json
    rate, result = answer["rate"], answer["result"]
    assert PLAIN.fullmatch(rate)
    assert PLAIN.fullmatch(result)
    assert len(Decimal(rate).as_tuple().digits) <= 12
    assert Fraction(result) == Fraction(amount) * Fraction(rate)


async def test_a_rate_has_at_most_twelve_digits_and_uses_them(service: Service) -> None:
    rate = (await service.convert("TRX", "SHIB")).json["rate"]
    assert len(rate.replace(".", "").strip("0")) >= 11


@pytest.mark.parametrize("name", ["binance", "BINANCE", "BiNaNcE", "kucoin", "KuCoin"])
async def test_an_exchange_may_be_named_in_any_case_and_answers_in_lower_case(service: Service, name: str) -> None:
    answer = await service.convert(exchange=name)
    assert (answer.status, answer.json["exchange"]) == (200, name.lower())


async def test_a_get_gives_the_same_answer_as_a_post(service: Service) -> None:
    asked = {
        "currency_from": "trx",
        "currency_to": "ADA",
        "amount": LONG_AMOUNT,
        "exchange": "KuCoin",
        "rate_type": "executable",
        "cache_max_seconds": 1000,
    }
    posted = await service.convert(**asked, include_route=True)
    got = await service.get(*((name, str(value)) for name, value in asked.items()), ("include_route", "true"))
    assert (posted.status, got.status) == (200, 200)
    assert got.json == posted.json
    without = await service.get(*((name, str(value)) for name, value in asked.items()), ("include_route", "false"))
    assert list(without.json) == SIX_FIELDS


async def test_null_in_a_query_means_what_it_means_in_a_body(service: Service, exchanges: SimulatedExchanges) -> None:
    query = "currency_from=BTC&currency_to=USDT&amount=1&exchange=null&cache_max_seconds=null"
    for calls in (2, 3):  # the listing once, and prices each time
        assert (await service.ask("GET", f"{CONVERT}?{query}")).status == 200
        assert await exchanges.all_calls() == calls


async def test_the_answer_has_the_second_in_which_its_prices_were_requested(
    service: Service, clock: TickingClock
) -> None:
    clock.advance(5)
    fetched_at = int(clock.time)
    first = (await service.convert("TRX", "ADA", exchange="binance", include_route=True)).json
    clock.advance(7.6)
    held = (await service.convert("TRX", "SHIB", exchange="binance", include_route=True, cache_max_seconds=60)).json
    renewed = (await service.convert("TRX", "SHIB", exchange="binance", include_route=True)).json
    for answer, second in ((first, fetched_at), (held, fetched_at), (renewed, fetched_at + 7)):
        assert answer["updated_at"] == second
        assert {leg["observed_at"] for leg in answer["route"]} == {second}


async def test_a_currency_against_itself_is_as_old_as_the_listing(service: Service, clock: TickingClock) -> None:
    listed_at = int(clock.time)
    await service.convert()
    clock.advance(30)
    answer = (await service.convert("BTC", "BTC")).json
    assert (answer["rate"], answer["updated_at"]) == ("1", listed_at)
