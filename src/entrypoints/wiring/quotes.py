"""Recorded quotes: their sources, recording, and reading."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
from dependency_injector import containers, providers

from adapters.alphavantage import NAME as ALPHAVANTAGE
from adapters.alphavantage.quote_source import AlphaVantage, covers
from application.jobs.job import Job
from application.market_data.market_data import MarketData
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from application.quotes.ask_sources import AskSources
from application.quotes.convert_at import ConvertAt
from application.quotes.converted import ConvertedQuotes
from application.quotes.daily_quota import DailyQuota
from application.quotes.jobs import record_hour_job, record_table_job
from application.quotes.latest_quotes import LatestQuotes
from application.quotes.list_quotes import ListQuotes
from application.quotes.ports.quote_source import QuoteSource
from application.quotes.quota_plan import QuotaPlan
from application.quotes.read_candles import ReadCandles
from application.quotes.record_hour import RecordHour
from application.quotes.record_on_request import RecordOnRequest
from application.quotes.record_quotes import RecordQuotes
from application.quotes.record_table import CACHE_MAX_SECONDS, RecordTable
from application.quotes.thin_tables import ThinTables
from domain.currency import Currency
from domain.pair import Pair
from entrypoints.settings.settings import Settings

LACKS_A_KEY = "its rate needs CROSSRATE_REFERENCE_RATES=ecb, or CROSSRATE_ALPHAVANTAGE_API_KEY, which is not set"


def _lacks(settings: Settings) -> dict[Pair, str]:
    if settings.alphavantage_api_key is not None or settings.has_reference_rates:
        return {}
    return {pair: LACKS_A_KEY for pair in settings.tracked_pairs if covers(pair)}


def _quota_plan(settings: Settings) -> QuotaPlan:
    return QuotaPlan(settings.alphavantage_daily_calls, sum(map(covers, settings.tracked_pairs)))


def _alphavantage(
    settings: Settings,
    sessions: Mapping[str, aiohttp.ClientSession],
    quota: DailyQuota,
    clock: Clock,
    meter: MarketDataMeter,
) -> AlphaVantage | None:
    if settings.alphavantage_api_key is None:
        return None
    return AlphaVantage(
        base_url=settings.alphavantage_url,
        key=settings.alphavantage_api_key.get_secret_value(),
        session=sessions[ALPHAVANTAGE],
        quota=quota,
        clock=clock,
        meter=meter,
    )


def _sources(alphavantage: AlphaVantage | None, converted: ConvertedQuotes) -> list[QuoteSource]:
    return [converted] if alphavantage is None else [alphavantage, converted]


def _lacking(markets: Mapping[str, MarketData], clock: Clock) -> Callable[[], list[str]]:
    """Return what names the exchanges whose prices are too old, which could not be fetched."""

    def lacking() -> list[str]:
        not_before = clock.now() - CACHE_MAX_SECONDS
        return [name for name, each in markets.items() if (each.status().book_tickers_observed_at or 0) < not_before]

    return lacking


def _record_on_request(closing: AsyncExitStack, **parts: Any) -> RecordOnRequest:  # noqa: ANN401 -- passed on
    record = RecordOnRequest(**parts)
    closing.push_async_callback(record.close)
    return record


def _banks(settings: Settings) -> frozenset[str]:
    return frozenset(filter(None, [settings.bank]))


def _jobs(record_hour: Job, settings: Settings, record_table: RecordTable, thin_tables: ThinTables) -> list[Job]:
    return [record_hour, record_table_job(record_table, thin_tables)] if settings.records_all else [record_hour]


class QuotesContainer(containers.DeclarativeContainer):
    """If the settings have a key for Alpha Vantage, `sessions` must have a session for it."""

    core = providers.DependenciesContainer()
    meters = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    market_data = providers.DependenciesContainer()
    rates = providers.DependenciesContainer()
    reference = providers.DependenciesContainer()
    sessions = providers.Dependency(instance_of=dict)

    tracked = core.settings.provided.tracked_pairs
    lacks = providers.Callable(_lacks, core.settings)
    quota = providers.Singleton(
        DailyQuota,
        source=ALPHAVANTAGE,
        plan=providers.Callable(_quota_plan, core.settings),
        database=storage.database,
        clock=core.clock,
    )
    alphavantage = providers.Singleton(
        _alphavantage,
        settings=core.settings,
        sessions=sessions,
        quota=quota,
        clock=core.clock,
        meter=market_data.meter,
    )
    sources = providers.Singleton(
        _sources, alphavantage=alphavantage, converted=providers.Singleton(ConvertedQuotes, rates.convert)
    )
    ask = providers.Singleton(AskSources, sources)
    list_quotes = providers.Singleton(ListQuotes, storage.database)
    latest_quotes = providers.Singleton(LatestQuotes, storage.database, tracked)
    convert_at = providers.Singleton(
        ConvertAt,
        database=storage.database,
        rates_at=reference.rates_at,
        clock=core.clock,
        max_seconds=core.settings.provided.at_max_seconds,
        refuse_unknown=rates.plain_convert.provided.asked,
    )
    read_candles = providers.Singleton(ReadCandles, storage.database, core.clock)
    record_on_request = providers.Singleton(
        _record_on_request,
        closing=core.closing,
        ask=ask,
        database=storage.database,
        clock=core.clock,
        meter=meters.quotes,
        tracked=tracked,
    )
    record_quotes = providers.Singleton(RecordQuotes, record_on_request, tracked)
    record_hour = providers.Singleton(
        RecordHour,
        ask=ask,
        database=storage.database,
        clock=core.clock,
        meter=meters.quotes,
        lease_seconds=core.settings.provided.job_timeout_seconds,
    )
    record_table = providers.Singleton(
        RecordTable,
        base=providers.Callable(Currency, core.settings.provided.record_base),
        tabulate=rates.tabulate_rates,
        lacking=providers.Callable(_lacking, markets=market_data.markets, clock=core.clock),
        database=storage.database,
        clock=core.clock,
        lease_seconds=core.settings.provided.job_timeout_seconds,
        without=providers.Callable(_banks, settings=core.settings),
    )
    thin_tables = providers.Singleton(
        ThinTables,
        storage.database,
        core.clock,
        hourly_days=core.settings.provided.record_hourly_days,
        daily_days=core.settings.provided.record_daily_days,
    )
    jobs = providers.Singleton(
        _jobs,
        record_hour=providers.Singleton(record_hour_job, record_hour, tracked, reference.newest),
        settings=core.settings,
        record_table=record_table,
        thin_tables=thin_tables,
    )
