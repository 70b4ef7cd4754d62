"""One table of every currency an hour, whoever records it, and what is asked of it later."""

import asyncio
from decimal import Decimal

import pytest

from application.jobs.job import JobFailed
from application.jobs.ports.job_meter import JobOutcome
from application.quotes.convert_at import ConvertAt
from application.quotes.jobs import record_table_job
from application.quotes.record_hour import Recording
from application.quotes.record_table import WAIT_SECONDS, ExchangesMissing, RecordTable
from application.quotes.thin_tables import ThinTables
from application.rates.reference_rates_at import ReferenceRatesAt
from application.rates.tabulate_rates import TabulateRates
from domain.currency import Currency
from domain.pair import Side
from domain.quotes.errors import NothingRecorded
from domain.quotes.hourly_table import HourlyTable
from domain.quotes.quote import hour_of
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.exchange import failure

A, B, C, X = map(Currency, ("A", "B", "C", "X"))
PRICES = {"A/B": ("100", "102"), "C/B": ("50", "50"), "X/Y": ("1", "1")}


class Tables:
    """Exchanges, and a database in which tables of them are recorded in units of B."""

    def __init__(self) -> None:
        self.harness = ConversionHarness(PRICES, {"D/B": ("4", "4")})
        self.clock = self.harness.clock
        self.database = FakeDatabase()
        self.lacking: list[str] = []

    @property
    def hour(self) -> int:
        return hour_of(self.clock.now())

    @property
    def record(self) -> RecordTable:
        """That of another process each time."""
        tabulate = TabulateRates(
            convert_many=self.harness.many,
            markets=self.harness.markets,
            generations=self.harness.use_case._generations,
        )
        return RecordTable(
            base=B,
            tabulate=tabulate,
            lacking=lambda: self.lacking,
            database=self.database,
            clock=self.clock,
            lease_seconds=20,
        )

    def convert_at(self) -> ConvertAt:
        rates_at = ReferenceRatesAt(self.database, None)
        return ConvertAt(
            database=self.database,
            rates_at=rates_at,
            clock=self.clock,
            max_seconds=7200,
            refuse_unknown=self.harness.use_case.asked,
        )


async def test_an_hour_has_one_table_whoever_records_it() -> None:
    tables = Tables()
    outcomes = await asyncio.gather(*(tables.record(tables.hour) for _ in range(3)))
    assert outcomes.count(Recording.RECORDED) == 1
    assert await tables.record(tables.hour) is Recording.ALREADY_RECORDED
    (table,) = tables.database.rows.hourly_tables.values()
    assert {str(code): (each.rate, each.exchange) for code, each in table.rates.items()} == {
        "A": (Decimal(101), "binance"),
        "C": (Decimal(50), "binance"),
        "D": (Decimal(4), "kucoin"),
    }


async def test_a_missed_hour_stays_empty() -> None:
    tables = Tables()
    assert await tables.record(tables.hour - 3600) is Recording.TOO_LATE
    assert tables.database.rows.hourly_tables == {}


async def test_a_table_waits_for_an_exchange_that_fails_and_not_for_long() -> None:
    tables = Tables()
    tables.clock.time = tables.hour + 1.0
    tables.lacking = ["kucoin"]
    with pytest.raises(ExchangesMissing, match="kucoin"):
        await tables.record(tables.hour)
    job = record_table_job(tables.record, ThinTables(tables.database, tables.clock, hourly_days=1, daily_days=1))
    assert (await job.run(**job.arguments_due(tables.clock.now())[0])).outcome is JobOutcome.NOT_NEEDED
    assert tables.database.rows.hourly_tables == {}
    tables.clock.advance(WAIT_SECONDS)
    assert (await job.run(hour=tables.hour)).outcome is JobOutcome.DONE
    assert (await job.run(hour=tables.hour)).outcome is JobOutcome.NOT_NEEDED


async def test_where_no_exchange_answers_the_job_fails() -> None:
    tables = Tables()
    for exchange in (tables.harness.binance, tables.harness.kucoin):
        exchange.standing_failure = failure(exchange.name)
    job = record_table_job(tables.record, ThinTables(tables.database, tables.clock, hourly_days=1, daily_days=1))
    with pytest.raises(JobFailed):
        await job.run(hour=tables.hour)


async def test_any_two_currencies_are_crossed_through_the_base_of_the_same_table() -> None:
    tables = Tables()
    recorded_at = int(tables.clock.now())
    await tables.record(tables.hour)
    tables.harness.binance.trade({"A/B": ("900", "900")})
    tables.clock.advance(3600)
    found = await tables.convert_at()(
        at=recorded_at + 60, amount=Decimal(2), currency_from=A, currency_to=Currency("D"), cache_max_seconds=60
    )
    assert (found.rate, found.result, found.exchange) == (Decimal("25.25"), Decimal("50.50"), "binance+kucoin")
    assert [(str(each.pair), each.side, each.exchange, each.hour, each.quote_id) for each in found.recorded] == [
        ("A/B", Side.SELL, "binance", hour_of(recorded_at), None),
        ("D/B", Side.BUY, "kucoin", hour_of(recorded_at), None),
    ]
    assert found.seconds_from_at == -60
    alone = await tables.convert_at()(
        at=recorded_at, amount=Decimal(1), currency_from=B, currency_to=C, exchange="Binance"
    )
    assert (alone.rate, len(alone.recorded)) == (Decimal("0.02"), 1)
    with pytest.raises(NothingRecorded):
        await tables.convert_at()(
            at=recorded_at, amount=Decimal(1), currency_from=A, currency_to=Currency("D"), exchange="binance"
        )


async def test_old_tables_are_thinned_to_one_a_day_and_then_to_none() -> None:
    tables = Tables()
    today = int(tables.clock.now()) // 86400 * 86400
    hours = range(today - 30 * 86400, today, 3600)
    tables.database.rows.hourly_tables.update({hour: HourlyTable(hour, B, {}) for hour in hours})
    thin = ThinTables(tables.database, tables.clock, hourly_days=2, daily_days=10)
    assert await thin() == 30 * 24 - (2 * 24 + 8)
    assert sorted(tables.database.rows.hourly_tables) == [
        *(today - day * 86400 + 12 * 3600 for day in range(10, 2, -1)),
        *range(today - 2 * 86400, today, 3600),
    ]
    assert await thin() == 0
