"""A bank's reference rates: where they come from, and how they get into this process."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import aiohttp
from dependency_injector import containers, providers

from adapters.ecb import NAME
from adapters.memory.reference_cache import MemoryReferenceCache
from adapters.prometheus.reference_meter import PrometheusReferenceMeter
from application.jobs.job import Job
from application.market_data.market_data import MarketData
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from application.rates.follow_reference_rates import FollowReferenceRates
from application.rates.jobs import keep_reference_history_job, keep_reference_rates_job
from application.rates.keep_reference_rates import KeepReferenceRates
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.ports.reference_cache import ReferenceCache
from application.rates.ports.reference_source import ReferenceSource
from application.rates.reference_history import ReferenceHistory
from application.rates.reference_rates_at import ReferenceRatesAt
from entrypoints.settings.settings import Settings

if TYPE_CHECKING:
    from adapters.redis.connection import RedisConnection


def _source(
    settings: Settings, sessions: Mapping[str, aiohttp.ClientSession], clock: Clock, meter: MarketDataMeter
) -> ReferenceSource:
    from adapters.ecb.reference_source import EcbReferenceSource  # noqa: PLC0415 -- it parses XML, which few others need

    return EcbReferenceSource(settings.ecb_url, sessions[NAME], clock, meter)


def _cache(settings: Settings, redis: "RedisConnection | None") -> ReferenceCache:
    if redis is None:
        return MemoryReferenceCache()
    from adapters.redis.reference_cache import RedisReferenceCache  # noqa: PLC0415 -- slow to import, not always needed

    return RedisReferenceCache(redis, NAME, settings.ecb_url)


def _newest(
    settings: Settings, meter: PrometheusReferenceMeter, markets: Mapping[str, MarketData]
) -> NewestReferenceRates | None:
    watchers = [market.take_bank_rates for market in markets.values()]
    return NewestReferenceRates(NAME, meter, watchers) if settings.has_reference_rates else None


def _jobs(newest: NewestReferenceRates | None, clock: Clock, keep: providers.Provider[KeepReferenceRates]) -> list[Job]:
    """Return none where the settings turn the rates off: then `sessions` has no session for the bank."""
    if newest is None:
        return []
    return [keep_reference_rates_job(keep(), clock), keep_reference_history_job(keep())]


class ReferenceContainer(containers.DeclarativeContainer):
    """`newest` is None where the settings turn reference rates off; then `keep` and `follow` must not be called."""

    core = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    market_data = providers.DependenciesContainer()
    sessions = providers.Dependency(instance_of=dict)
    redis: providers.Dependency["RedisConnection | None"] = providers.Dependency()

    meter = providers.Singleton(PrometheusReferenceMeter, registry=core.metrics)
    newest = providers.Singleton(_newest, settings=core.settings, meter=meter, markets=market_data.markets)
    source = providers.Singleton(
        _source, settings=core.settings, sessions=sessions, clock=core.clock, meter=market_data.meter
    )
    cache = providers.Singleton(_cache, settings=core.settings, redis=redis)
    keep = providers.Singleton(
        KeepReferenceRates,
        source=source,
        database=storage.database,
        cache=cache,
        newest=newest,
        clock=core.clock,
        lease_seconds=core.settings.provided.job_timeout_seconds,
    )
    follow = providers.Singleton(
        FollowReferenceRates, newest=newest, cache=cache, database=storage.database, clock=core.clock
    )
    rates_at = providers.Singleton(ReferenceRatesAt, database=storage.database, source=core.settings.provided.bank)
    history = providers.Singleton(ReferenceHistory, database=storage.database, newest=newest, clock=core.clock)
    jobs = providers.Singleton(_jobs, newest=newest, clock=core.clock, keep=keep.provider)
