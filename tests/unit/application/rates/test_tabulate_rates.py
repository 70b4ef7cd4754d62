"""Tables of rates: every currency's rate is that of a conversion, and a table is made once for each market."""

from decimal import Decimal

import pytest

from application.rates import tabulate_rates
from application.rates.tabulate_rates import REUSED_SECONDS, RateTable, TabulateRates, TooManyCurrencies
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.errors import ConversionUnavailable, NoRoute
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.application.rates.test_convert_streamed import stream
from tests.unit.fakes.exchange import failure

A, B, C, X = map(Currency, ("A", "B", "C", "X"))
PRICES = {"A/B": ("100", "102"), "C/B": ("50", "50"), "X/Y": ("1", "1")}


class Tables:
    def __init__(self) -> None:
        self.harness = ConversionHarness(PRICES, {"A/B": ("100", "102")})
        self.tabulate = TabulateRates(
            convert_many=self.harness.many,
            markets=self.harness.markets,
            generations=self.harness.use_case._generations,
        )

    async def __call__(
        self, base: Currency = A, symbols: list[Currency] | None = None, seconds: int | None = 60
    ) -> tuple[RateTable, bool]:
        return await self.tabulate(base, symbols, RateType.MID, seconds)


def rates(table: RateTable) -> dict[str, Decimal]:
    return {str(each.route.currency_to): each.rate for each in table.rates}


async def test_a_table_has_every_currency_with_a_rate_and_why_the_others_have_none() -> None:
    table, is_new = await Tables()()
    assert is_new
    assert rates(table) == {"B": Decimal(101), "C": Decimal("2.02")}
    assert {str(each) for each in table.unpriced} == {"X", "Y"}
    assert all("binance: " in reason for reason in table.unpriced.values())
    assert table.updated_at == int(table.oldest)


async def test_a_table_is_made_once_while_no_price_moves() -> None:
    tables = Tables()
    for market in tables.harness.markets.values():
        await market.refresh(0)
    first, _ = await tables(symbols=[B, B, C])
    again, is_new = await tables(symbols=[B, C])
    assert (again is first, is_new) == (True, False)
    tables.harness.clock.advance(REUSED_SECONDS)
    assert (await tables(symbols=[B, C]))[0] is first
    tables.harness.binance.trade(PRICES | {"A/B": ("200", "200")})
    await tables.harness.markets["binance"].refresh(0)
    changed, is_new = await tables(symbols=[B, C])
    assert (rates(changed)["B"], is_new) == (Decimal(200), True)
    tables.harness.clock.advance(100)
    _, is_new = await tables(symbols=[B, C])
    assert is_new  # too old


async def test_while_prices_move_all_the_time_a_table_is_used_for_some_seconds_if_the_caller_accepts_its_prices() -> (
    None
):
    tables = Tables()
    for market in tables.harness.markets.values():
        await market.refresh(0)
    first, _ = await tables(symbols=[B, C])
    tables.harness.binance.trade(PRICES | {"A/B": ("200", "200")})
    tables.harness.clock.advance(2)
    for market in tables.harness.markets.values():
        await market.refresh(600)
    assert await tables(symbols=[B, C]) == (first, False)
    newer, is_new = await tables(symbols=[B, C], seconds=1)  # its prices are 2 seconds old
    assert (rates(newer)["B"], is_new) == (Decimal(200), True)
    newer, _ = await tables(symbols=[B, C])
    tables.harness.binance.trade(PRICES | {"A/B": ("300", "300")})
    tables.harness.clock.advance(REUSED_SECONDS - 0.1)
    for market in tables.harness.markets.values():
        await market.refresh(600)
    assert (await tables(symbols=[B, C]))[0] is newer
    tables.harness.clock.advance(0.1)
    assert rates((await tables(symbols=[B, C]))[0])["B"] == Decimal(300)


async def test_a_table_serves_no_caller_whose_bound_would_give_more_currencies_a_rate() -> None:
    tables = Tables()
    clock, binance = tables.harness.clock, tables.harness.binance
    for market in tables.harness.markets.values():
        await market.refresh(0)
    older = {"C/B": clock.now()}
    clock.advance(8)
    await tables.harness.markets["kucoin"].refresh(0)
    stream(tables.harness, PRICES, older)
    binance.standing_failure = failure("binance", is_transient=False)
    strict, _ = await tables(symbols=[B, C], seconds=5)
    assert (set(rates(strict)), set(strict.unpriced)) == ({"B"}, {C})
    loose, is_new = await tables(symbols=[B, C], seconds=60)
    assert (set(rates(loose)), is_new) == ({"B", "C"}, True)
    assert await tables(symbols=[B, C], seconds=30) == (loose, False)


async def test_a_table_is_made_anew_where_another_pair_is_listed() -> None:
    tables = Tables()
    for market in tables.harness.markets.values():
        await market.refresh(0)
    first, _ = await tables()
    tables.harness.binance.trade(PRICES | {"A/Z": ("7", "7")})
    tables.harness.clock.advance(1)
    await tables.harness.markets["binance"].refresh(0)
    second, is_new = await tables()
    assert (is_new, "Z" in rates(first), "Z" in rates(second)) == (True, False, True)


async def test_without_a_bound_all_prices_are_fetched() -> None:
    tables = Tables()
    await tables()
    calls = tables.harness.binance.calls
    _, is_new = await tables(seconds=None)
    assert is_new
    assert tables.harness.binance.calls > calls


async def test_a_table_without_any_rate_is_the_error_of_a_conversion(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Tables()
    with pytest.raises(NoRoute):
        await tables(symbols=[X])
    with pytest.raises(NoRoute, match="from NONE to any other currency") as unlisted:
        await tables(base=Currency("NONE"))
    assert unlisted.value.reasons["binance"] == "NONE is not listed"
    down = Tables()
    down.harness.binance.standing_failure = failure("binance", is_transient=False)
    down.harness.kucoin.standing_failure = failure("kucoin", is_transient=False)
    with pytest.raises(ConversionUnavailable):
        await down(symbols=[B])
    with pytest.raises(NoRoute):
        await down()  # no currency is known
    monkeypatch.setattr(tabulate_rates, "MOST_CURRENCIES", 2)
    with pytest.raises(TooManyCurrencies):
        await tables()
