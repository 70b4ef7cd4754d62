"""How the parts of recorded quotes are put together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import aiohttp
from prometheus_client import CollectorRegistry

from adapters.alphavantage.quote_source import NAME as ALPHAVANTAGE
from adapters.alphavantage.quote_source import AlphaVantage, covers
from adapters.memory.job_queue import MemoryJobQueue
from adapters.prometheus.job_meter import PrometheusJobMeter
from application.health.database_probe import DatabaseProbe
from application.jobs.ports.job_queue import JobQueue
from application.market_data.ports.meter import Meter
from application.ports.clock import Clock
from application.ports.database import Database
from application.quotes import hourly_job
from application.quotes.ask_sources import AskSources
from application.quotes.check_quotes import CheckQuotes
from application.quotes.converted import ConvertedQuotes
from application.quotes.daily_quota import DailyQuota
from application.quotes.hourly_job import HourlyJob
from application.quotes.latest_quotes import LatestQuotes
from application.quotes.list_quotes import ListQuotes
from application.quotes.ports.quote_source import QuoteSource
from application.quotes.quota_plan import QuotaPlan
from application.quotes.read_candles import ReadCandles
from application.quotes.record_by_hand import RecordByHand
from application.quotes.record_hour import RecordHour
from application.quotes.record_quotes import RecordQuotes
from application.quotes.schedule_hours import ScheduleHours
from application.rates.convert import Convert
from domain.pair import Pair
from entrypoints.settings.settings import Settings

LACKS_A_KEY = "its rate needs CROSSRATE_ALPHAVANTAGE_API_KEY, which is not set"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What they stand on."""

    settings: Settings
    sessions: Mapping[str, aiohttp.ClientSession]
    clock: Clock
    registry: CollectorRegistry
    meter: Meter
    database: Database
    database_probe: DatabaseProbe
    convert: Convert


@dataclass(frozen=True, slots=True)
class Quotes:
    """Every use case of recorded quotes. `schedule` makes one that hands work on to the given queue."""

    list: ListQuotes
    latest: LatestQuotes
    candles: ReadCandles
    check: CheckQuotes
    record: RecordQuotes
    by_hand: RecordByHand
    job: HourlyJob
    local_queue: MemoryJobQueue
    schedule: Callable[[JobQueue], ScheduleHours]

    async def close(self) -> None:
        """End what is under way."""
        await self.local_queue.close()
        await self.by_hand.close()


def wired_quotes(ground: Ground) -> Quotes:
    """Put the parts together."""
    clock, database, tracked = ground.clock, ground.database, ground.settings.tracked_pairs
    meter = PrometheusJobMeter(ground.registry, [hourly_job.NAME])
    ask = AskSources(_sources(ground))
    by_hand = RecordByHand(ask=ask, database=database, clock=clock, meter=meter, tracked=tracked)
    longest_seconds = ground.settings.job_timeout_seconds
    record_hour = RecordHour(
        ask=ask,
        database=database,
        clock=clock,
        meter=meter,
        longest_seconds=longest_seconds,
    )
    job = HourlyJob(record_hour, meter, longest_seconds)
    return Quotes(
        list=ListQuotes(database),
        latest=LatestQuotes(database, tracked),
        candles=ReadCandles(database, clock),
        check=CheckQuotes(
            database_probe=ground.database_probe, tracked=tracked, lacks=_lacks(ground.settings), clock=clock
        ),
        record=RecordQuotes(by_hand, tracked),
        by_hand=by_hand,
        job=job,
        local_queue=MemoryJobQueue(job),
        schedule=lambda queue: ScheduleHours(pairs=tracked, queue=queue, database=database, clock=clock),
    )


def _lacks(settings: Settings) -> dict[Pair, str]:
    if settings.alphavantage_api_key is not None:
        return {}
    return {pair: LACKS_A_KEY for pair in settings.tracked_pairs if covers(pair)}


def _sources(ground: Ground) -> list[QuoteSource]:
    settings = ground.settings
    converted = ConvertedQuotes(ground.convert)
    if settings.alphavantage_api_key is None:
        return [converted]
    alphavantage = AlphaVantage(
        base_url=settings.alphavantage_url,
        key=settings.alphavantage_api_key.get_secret_value(),
        session=ground.sessions[ALPHAVANTAGE],
        budget=_budget(ground),
        clock=ground.clock,
        meter=ground.meter,
    )
    return [alphavantage, converted]


def _budget(ground: Ground) -> DailyQuota:
    settings = ground.settings
    plan = QuotaPlan(settings.alphavantage_daily_calls, sum(map(covers, settings.tracked_pairs)))
    return DailyQuota(source=ALPHAVANTAGE, plan=plan, database=ground.database, clock=ground.clock)
