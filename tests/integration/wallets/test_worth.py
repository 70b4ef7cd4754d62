"""What wallets are worth, over a real socket."""

from decimal import Decimal
from typing import Any

import pytest

from adapters.sql.database import SqlDatabase
from domain.currency import Currency
from domain.pair import Pair
from domain.quotes.hourly_table import HourlyTable, TableRate
from domain.quotes.quote import Quote, hour_of
from tests.integration.identity.client import Client
from tests.integration.problems import is_problem
from tests.integration.wallets.asking import funded, move, new_currency, new_wallet
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock

DAY = 86400


async def worth(client: Client, query: str = "to=USDT", path: str = "/wallets/Savings/currencies_converted") -> Any:  # noqa: ANN401 -- any JSON
    answer = await client.ask("GET", f"{path}?{query}")
    assert answer.status == 200, answer.body
    return answer.json


def statuses(valued: Any) -> dict[str, str]:  # noqa: ANN401 -- any JSON
    return {line["code"]: line["status"] for line in valued["currencies"]}


async def test_each_line_is_converted_and_the_total_is_their_sum(ada: Client, exchanges: SimulatedExchanges) -> None:
    wallet_id = await new_wallet(ada)
    for code, amount in (("BTC", "0.25"), ("USDT", "10"), ("XOF", "5"), ("KCS", "0")):
        await new_currency(ada, wallet_id, code, amount)
    valued = await worth(ada)
    assert statuses(valued) == {"BTC": "priced", "KCS": "priced", "USDT": "priced", "XOF": "unpriced"}
    bitcoin, _, tether, franc = valued["currencies"]
    assert Decimal(bitcoin["converted"]) == Decimal("0.25") * Decimal(bitcoin["rate"])
    assert (bitcoin["exchange"], bitcoin["updated_at"]) == ("binance", valued["updated_at"])
    assert (tether["rate"], tether["converted"]) == ("1", "10")
    assert franc.keys() == {"id", "code", "amount", "status", "reason"}
    assert "XOF is not listed" in franc["reason"]
    assert Decimal(valued["total"]) == Decimal(bitcoin["converted"]) + 10
    assert (valued["wallet"], valued["to"], valued["complete"]) == ("Savings", "USDT", False)
    assert len(await exchanges.tradable("binance")) > 100


async def test_executable_prices_are_what_selling_brings_and_routes_are_shown_on_request(ada: Client) -> None:
    await funded(ada, "1", "BTC")
    mid = await worth(ada, "to=USDT&include_route=true")
    selling = await worth(ada, "to=usdt&rate_type=executable&include_route=true")
    assert Decimal(selling["total"]) <= Decimal(mid["total"])
    (leg,) = selling["currencies"][0]["route"]
    assert (leg["symbol"], leg["side"], leg["price"]) == ("BTCUSDT", "sell", selling["currencies"][0]["rate"])
    assert "route" not in (await worth(ada))["currencies"][0]


async def test_money_that_no_exchange_lists_is_worth_itself_in_a_wallet_and_no_conversion(ada: Client) -> None:
    await funded(ada, "5", "KWD")
    valued = await worth(ada, "to=KWD")
    assert (valued["total"], valued["complete"], statuses(valued)) == ("5", True, {"KWD": "priced"})
    asked = {"currency_from": "KWD", "currency_to": "KWD", "amount": 5}
    refused = await ada.ask("POST", "/convert", json=asked)
    assert is_problem(refused, 404)
    assert refused.json["reasons"]["binance"] == "KWD is not listed"


async def test_all_wallets_are_valued_each_and_together(ada: Client) -> None:
    await funded(ada, "1", "BTC")
    await funded(ada, "2", "ETH", "Other")
    for path in ("/currencies_converted", "/currencies_convertes"):
        valued = await worth(ada, path=path)
        assert [wallet["wallet"] for wallet in valued["wallets"]] == ["Savings", "Other"]
        assert Decimal(valued["total"]) == sum(Decimal(wallet["total"]) for wallet in valued["wallets"]) > 0
        assert valued["complete"] is True


async def test_the_default_is_dollars(ada: Client) -> None:
    await funded(ada, "5")
    valued = await worth(ada, "")
    assert (valued["to"], valued["total"], valued["complete"]) == ("USD", "5", True)
    assert "updated_at" not in valued


async def test_when_the_exchanges_cannot_be_asked_the_last_prices_are_stale(
    ada: Client, exchanges: SimulatedExchanges, wallets_clock: TickingClock
) -> None:
    await funded(ada, "1", "BTC")
    before = await worth(ada)
    wallets_clock.advance(61)
    for exchange in ("binance", "kucoin"):
        await exchanges.commit(exchange, "status", code=403)
    stale = await worth(ada)
    assert statuses(stale) == {"BTC": "stale"}
    assert (stale["total"], stale["complete"]) == (before["total"], False)
    assert stale["currencies"][0]["reason"]
    assert (await worth(ada, "to=USDT&cache_max_seconds=3600"))["complete"] is True
    wallets_clock.advance(600)  # the circuit breakers let a call through again
    await exchanges.reset()
    assert (await worth(ada, "to=USDT&cache_max_seconds=null"))["complete"] is True


async def test_a_past_moment_has_the_balances_and_the_recorded_rates_of_then(
    ada: Client, database_url: str, wallets_clock: TickingClock
) -> None:
    ada = await ada.new_key("wallets:read", "wallets:write")  # because tokens expire within a day
    wallet_id = await new_wallet(ada)
    currency_id = await new_currency(ada, wallet_id, "BTC", "2")
    euro = await new_currency(ada, wallet_id, "EUR", "7")
    then = int(wallets_clock.now())
    wallets_clock.advance(DAY)
    database = SqlDatabase(database_url, upgrades_itself=False)
    async with database.writing() as unit:
        await unit.quotes.add(Quote(Pair.parse("BTC/USD"), Decimal(90000), "alphavantage", then - 60), then)
        await unit.quotes.add(Quote(Pair.parse("BTC/USD"), Decimal(99999), "alphavantage", then + 600), then + 600)
        await unit.quotes.add(Quote(Pair.parse("USD/EUR"), Decimal("0.8"), "alphavantage", then - 4 * DAY), then)
    await database.close()
    assert (await move(ada, currency_id, 5)).status == 200
    valued = await worth(ada, f"to=USD&at={then}")
    bitcoin, euros = valued["currencies"]
    assert (bitcoin["amount"], bitcoin["rate"], bitcoin["converted"]) == ("2", "90000", "180000")
    assert (bitcoin["status"], bitcoin["exchange"], bitcoin["updated_at"]) == ("priced", "alphavantage", then - 60)
    assert (euros["id"], euros["status"], euros["rate"], euros["converted"]) == (euro, "stale", "1.25", "8.75")
    assert (valued["total"], valued["complete"]) == ("180008.75", False)
    assert (await worth(ada, f"to=USD&at={then}&cache_max_seconds={5 * DAY}"))["complete"] is True
    assert statuses(await worth(ada, f"to=CHF&at={then}")) == {"BTC": "unpriced", "EUR": "unpriced"}
    assert is_problem(await ada.ask("GET", f"/wallets/Savings/currencies_converted?at={then - DAY}"), 404)


async def test_a_past_moment_is_valued_by_the_hourly_table_of_then(
    ada: Client, database_url: str, wallets_clock: TickingClock
) -> None:
    ada = await ada.new_key("wallets:read", "wallets:write")  # because tokens expire within a day
    wallet_id = await new_wallet(ada)
    for code, amount in (("BTC", "2"), ("KCS", "10"), ("XOF", "5")):
        await new_currency(ada, wallet_id, code, amount)
    then = int(wallets_clock.now())
    wallets_clock.advance(DAY)
    database = SqlDatabase(database_url, upgrades_itself=False)
    rates = {"BTC": ("60000", "binance"), "KCS": ("9", "kucoin"), "EUR": ("1.25", "binance")}
    async with database.writing() as unit:
        for hour, moment in ((hour_of(then) - 3600, then - 60), (hour_of(then), then + 60)):
            in_table = {Currency(code): TableRate(Decimal(rate), by, moment) for code, (rate, by) in rates.items()}
            await unit.hourly_tables.add(HourlyTable(hour, Currency("USDT"), in_table))
    await database.close()
    valued = await worth(ada, f"to=EUR&at={then}")
    assert statuses(valued) == {"BTC": "priced", "KCS": "priced", "XOF": "unpriced"}
    bitcoin, kcs, _ = valued["currencies"]
    assert (bitcoin["rate"], bitcoin["exchange"], bitcoin["updated_at"]) == ("48000", "binance", then - 60)
    assert (kcs["rate"], kcs["exchange"], kcs["converted"]) == ("7.2", "kucoin+binance", "72")
    assert (valued["total"], valued["complete"]) == ("96072", False)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("to=", "to"),
        ("exchange=nyse", "exchange"),
        ("cache_max_seconds=-1", "cache_max_seconds"),
        ("cache_max_seconds=1.5", "cache_max_seconds"),
        ("rate_type=best", "rate_type"),
        ("include_route=yes", "include_route"),
        ("at=2999-01-01", "at"),
        ("at=1714304596&rate_type=executable", "rate_type"),
        ("nonsense=1", "nonsense"),
    ],
)
async def test_a_query_that_could_be_misread_is_refused(ada: Client, query: str, field: str) -> None:
    await funded(ada, "1", "BTC")
    assert is_problem(await ada.ask("GET", f"/currencies_converted?{query}"), 422, field)


async def test_wallets_are_valued_in_the_users_own_currency_unless_another_is_named(ada: Client, grace: Client) -> None:
    for client in (ada, grace):
        await funded(client, "1", "BTC")
    paths = ("/currencies_converted", "/wallets/Savings/currencies_converted")
    assert [(await ada.ask("GET", path)).json["to"] for path in paths] == ["USD", "USD"]
    assert "default_to" not in (await ada.ask("GET", "/me")).json
    changed = await ada.ask("PATCH", "/me", json={"default_to": "usdt"})
    assert (changed.status, changed.json["default_to"]) == (200, "USDT")
    assert (await ada.ask("GET", "/me")).json == changed.json
    assert [(await ada.ask("GET", path)).json["to"] for path in paths] == ["USDT", "USDT"]
    assert (await ada.ask("GET", "/currencies_converted?to=ETH")).json["to"] == "ETH"
    assert (await grace.ask("GET", "/currencies_converted")).json["to"] == "USD"
    assert (await ada.ask("PATCH", "/me", json={"default_to": None})).json.keys() == (
        changed.json.keys() - {"default_to"}
    )
    assert (await ada.ask("GET", "/currencies_converted")).json["to"] == "USD"


@pytest.mark.parametrize("body", [{"default_to": "DOLLAR"}, {"default_to": 1}, {"default_to": "B C"}, {}])
async def test_only_a_currency_can_be_the_users_own(ada: Client, body: dict[str, object]) -> None:
    assert is_problem(await ada.ask("PATCH", "/me", json=body), 422, "default_to")


@pytest.mark.parametrize("moment", ["", "&at=2024-01-01"])
async def test_what_is_no_currency_is_not_one_to_value_in(ada: Client, moment: str) -> None:
    await new_wallet(ada)
    for path in ("/currencies_converted", "/wallets/Savings/currencies_converted"):
        for code, meant in (("DOLLAR", ""), ("USTD", "; did you mean USD?"), ("BTCC", "; did you mean BTC?")):
            if moment and "wallets" in path:
                continue
            answer = await ada.ask("GET", f"{path}?to={code}{moment}")
            assert is_problem(answer, 422, "to")
            assert meant in answer.json["errors"][0]["detail"]
    await funded(ada, "1", "BTC", "Other")
    assert is_problem(await ada.ask("GET", f"/currencies_converted?to=DOLLAR{moment}"), 422, "to")
    assert (await ada.ask("GET", f"/currencies_converted?to=XOF{moment}")).status == 200
