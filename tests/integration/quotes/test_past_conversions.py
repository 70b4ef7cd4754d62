"""Conversions at a past moment over a real socket, over SQLite and Postgres."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from adapters.sql.database import SqlDatabase
from domain.pair import Pair, Side
from domain.quotes.quote import PricedLeg, Quote
from tests.integration.identity.client import Client
from tests.integration.problems import is_problem
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.domain.rates.publications import publication
from tests.unit.fakes.clock import FakeClock

HOUR = 1_714_302_000  # 11:00 on Sunday, 28 April 2024
FRIDAY = date(2024, 4, 26)
AT = "2024-04-28T11:05:00Z"
LEG = PricedLeg("kucoin", "ASO-USDT", Side.SELL, Decimal("2.50"), HOUR)


@pytest.fixture(autouse=True)
async def quotes(database: SqlDatabase) -> dict[str, int]:
    """The numbers of recorded quotes, and the bank's rates of Friday."""
    async with database.writing() as work:
        await work.reference_rates.put([publication(FRIDAY)])
        in_dollars = await work.quotes.add(Quote(Pair.parse("ASO/USD"), Decimal("2.51"), "alphavantage", HOUR), HOUR)
        routed = Quote(Pair.parse("ASO/USDT"), Decimal("2.5"), "exchanges", HOUR, (LEG,))
        return {"ASO/USD": in_dollars.id, "ASO/USDT": (await work.quotes.add(routed, HOUR)).id}


async def test_a_past_moment_is_answered_from_what_was_recorded_with_what_it_was(
    ada: Client, quotes: dict[str, int], exchanges: SimulatedExchanges
) -> None:
    asked = {"currency_from": "aso", "currency_to": "USDT", "amount": "0.3", "include_route": True}
    expected = {
        "currency_from": "ASO",
        "currency_to": "USDT",
        "exchange": "kucoin",
        "rate": "2.5",
        "result": "0.75",
        "updated_at": HOUR,
        "at": HOUR + 300,
        "seconds_from_at": -300,
        "recorded": [
            {
                "pair": "ASO/USDT",
                "side": "sell",
                "rate": "2.5",
                "source": "exchanges",
                "exchange": "kucoin",
                "observed_at": HOUR,
                "quote_id": quotes["ASO/USDT"],
                "route": [
                    {"exchange": "kucoin", "symbol": "ASO-USDT", "side": "sell", "price": "2.5", "observed_at": HOUR}
                ],
            }
        ],
    }
    calls = await exchanges.calls("kucoin")
    for at in (AT, HOUR + 300, str(HOUR + 300)):
        answer = await ada.ask("POST", "/convert", json=asked | {"at": at})
        assert (answer.status, answer.json) == (200, expected)
    query = f"currency_from=ASO&currency_to=USDT&amount=0.3&include_route=true&at={AT}"
    answer = await ada.ask("GET", f"/convert?{query}")
    assert (answer.status, answer.json) == (200, expected)
    table = await ada.ask("GET", f"/convert?{query}&format=csv")
    (row,) = csv.DictReader(io.StringIO(table.body.decode()))
    assert (row["rate"], row["at_iso"], row["seconds_from_at"]) == ("2.5", AT, "-300")
    assert await exchanges.calls("kucoin") == calls


async def test_the_bank_completes_a_recorded_rate_at_its_rates_of_friday(ada: Client) -> None:
    answer = await ada.ask("GET", f"/convert?currency_from=EUR&currency_to=ASO&amount=1&at={AT}")
    assert answer.status == 200, answer.body
    assert answer.json["rate"] == "0.437131474104"  # 1.0972 / 2.51
    assert (answer.json["exchange"], answer.json["updated_at"]) == ("alphavantage+ecb", HOUR)
    bank, quote = answer.json["recorded"]
    assert (bank["published"], bank["side"], quote["side"]) == ("2024-04-26", "sell", "buy")


async def test_names_and_units_of_now_are_known_then_and_an_old_ticker_is_of_its_exchange_s_coin(
    ada: Client, database: SqlDatabase
) -> None:
    recorded = (
        ("1000SATS/USDT", "binance", "1000SATSUSDT", "0.2"),
        ("BTC/USDT", "kraken", "XBTUSDT", "64000"),
        ("BIFI/USDT", "kucoin", "BIFI-USDT", "0.35"),
    )
    async with database.writing() as work:
        for pair, exchange, symbol, rate in recorded:
            leg = PricedLeg(exchange, symbol, Side.SELL, Decimal(rate), HOUR)
            await work.quotes.add(Quote(Pair.parse(pair), Decimal(rate), "exchanges", HOUR, (leg,)), HOUR)
    asked = f"currency_to=USDT&amount=1&at={AT}&currency_from="
    sats = (await ada.ask("GET", f"/convert?{asked}SATS")).json
    assert (sats["currency_from"], sats["rate"], sats["exchange"]) == ("SATS", "0.0002", "binance")
    assert [(each["pair"], each["side"], each["rate"]) for each in sats["recorded"]] == [
        ("1000SATS/SATS", "buy", "1000"),
        ("1000SATS/USDT", "sell", "0.2"),
    ]
    for code, rate in (("XBT", "64000"), ("BIFI.KUCOIN", "0.35"), ("BIFI&exchange=kucoin", "0.35")):
        assert (await ada.ask("GET", f"/convert?{asked}{code}")).json["rate"] == rate
    is_problem(await ada.ask("GET", f"/convert?{asked}BIFI"), 404)


async def test_a_moment_of_a_second_ago_is_not_answered_with_a_price_of_now(
    ada: Client, quotes_clock: FakeClock
) -> None:
    convertible = "currency_from=BTC&currency_to=USDT&amount=1&cache_max_seconds=10"
    assert (await ada.ask("GET", f"/convert?{convertible}")).status == 200
    now = int(quotes_clock.time)
    is_problem(await ada.ask("GET", f"/convert?{convertible}&at={now - 1}"), 404)


async def test_what_was_not_recorded_is_not_found_and_the_nearest_moment_is_told(ada: Client) -> None:
    at = HOUR - 50_000
    answer = await ada.ask("GET", f"/convert?currency_from=ASO&currency_to=USDT&amount=1&at={at}")
    is_problem(answer, 404)
    assert answer.json["nearest"] == HOUR
    assert answer.json["detail"] == (
        "No rate from ASO to USDT was recorded within 46800 s of 2024-04-27T21:06:40Z, "
        "and the nearest one is of 2024-04-28T11:00:00Z, 50000 s later."
    )
    never = await ada.ask("GET", f"/convert?currency_from=NEVER&currency_to=USDT&amount=1&at={at}")
    assert (never.status, never.json["nearest"]) == (404, None)


async def test_a_moment_that_cannot_be_asked_for_is_rejected_by_its_field(ada: Client) -> None:
    for more, field in (
        ({"at": "2999-01-01"}, "at"),
        ({"at": None}, "at"),
        ({"at": True}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"at": 10**15}, "at"),
        ({"at": HOUR, "rate_type": "executable"}, "rate_type"),
        ({"at": HOUR, "exchange": "best"}, "exchange"),
        ({"at": HOUR, "exchange": "nowhere"}, "exchange"),
        ({"at": HOUR, "currency_to": "ASO"}, "currency_to"),
    ):
        asked = {"currency_from": "ASO", "currency_to": "USDT", "amount": 1, **more}
        is_problem(await ada.ask("POST", "/convert", json=asked), 422, field)


async def test_a_line_of_a_batch_has_no_past(ada: Client) -> None:
    line = {"currency_from": "ASO", "currency_to": "USDT", "amount": 1, "at": HOUR}
    answer = await ada.ask("POST", "/convert/batch", json={"conversions": [line]})
    assert answer.json["conversions"][0]["problem"]["errors"][0]["field"] == "at"
