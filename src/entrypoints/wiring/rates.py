"""Conversions, and the watch for exchanges that disagree."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from application.market_data.market_data import MarketData
from application.market_data.market_depth import MarketDepth
from application.ports.clock import Clock
from application.rates.ask_all import AskAll
from application.rates.convert import Convert
from application.rates.convert_at_depth import ConvertAtDepth
from application.rates.convert_best import ConvertBest
from application.rates.convert_further import ConvertFurther
from application.rates.convert_many import ConvertMany
from application.rates.convert_median import ConvertMedian
from application.rates.converter import Converter
from application.rates.currency_names import CurrencyNames
from application.rates.list_tradable import ListTradable
from application.rates.live_rates import LiveRates
from application.rates.ports.meter import NotCounted, RatesMeter
from application.rates.rates_in_memory import RatesInMemory
from application.rates.tabulate_rates import TabulateRates
from application.rates.watch_divergence import WatchDivergence
from entrypoints.settings.settings import Settings

if TYPE_CHECKING:
    from adapters.opentelemetry.tracing import Tracing


def _watch_divergence(
    settings: Settings, markets: Mapping[str, MarketData], clock: Clock, meter: RatesMeter
) -> WatchDivergence | None:
    threshold = settings.divergence_threshold_percent
    if not threshold:
        return None
    return WatchDivergence(markets=markets, clock=clock, meter=meter, threshold_percent=threshold)


def _depths(markets: Mapping[str, MarketData]) -> dict[str, MarketDepth]:
    return {name: market.depth for name, market in markets.items() if market.depth is not None}


def _convert(plain: Convert, tracing: "Tracing | None") -> Converter:
    return plain if tracing is None else tracing.convert(plain)


class RatesContainer(containers.DeclarativeContainer):
    """`watch_divergence` is None where the settings turn it off."""

    core = providers.DependenciesContainer()
    market_data = providers.DependenciesContainer()
    reference = providers.DependenciesContainer()
    tracing: providers.Dependency["Tracing | None"] = providers.Dependency()

    watch_divergence = providers.Singleton(
        _watch_divergence,
        settings=core.settings,
        markets=market_data.markets,
        clock=core.clock,
        meter=market_data.meter,
    )
    plain_convert = providers.Singleton(
        Convert,
        markets=market_data.markets,
        generations=market_data.generations,
        meter=market_data.meter,
        max_legs=core.settings.provided.max_legs,
        divergence=watch_divergence,
        reference=reference.newest,
    )
    convert_many = providers.Singleton(
        ConvertMany,
        markets=market_data.markets,
        generations=market_data.generations,
        meter=market_data.meter,
        max_legs=core.settings.provided.max_legs,
        divergence=watch_divergence,
        reference=reference.newest,
    )
    uncounted_convert = providers.Singleton(
        Convert,
        markets=market_data.markets,
        generations=market_data.generations,
        meter=providers.Object(NotCounted()),
        max_legs=core.settings.provided.max_legs,
        divergence=watch_divergence,
        reference=reference.newest,
    )
    live_rates = providers.Singleton(LiveRates, convert=uncounted_convert)
    rates_in_memory = providers.Singleton(RatesInMemory, convert=uncounted_convert)
    convert_at_depth = providers.Singleton(
        ConvertAtDepth,
        convert=plain_convert,
        depths=providers.Callable(_depths, market_data.markets),
        taker_fees=core.settings.provided.taker_fees,
        meter=market_data.meter,
        divergence=watch_divergence,
    )
    tabulate_rates = providers.Singleton(
        TabulateRates,
        convert_many=convert_many,
        markets=market_data.markets,
        generations=market_data.generations,
        reference=reference.newest,
    )
    ask_all = providers.Singleton(
        AskAll, core.settings.provided.exchanges, core.settings.provided.compare_deadline_seconds
    )
    convert_best = providers.Singleton(
        ConvertBest,
        divergence=watch_divergence,
        convert=plain_convert,
        at_depth=convert_at_depth,
        ask_all=ask_all,
        meter=market_data.meter,
        threshold_percent=core.settings.provided.divergence_threshold_percent,
    )
    convert_median = providers.Singleton(
        ConvertMedian,
        convert=plain_convert,
        ask_all=ask_all,
        meter=market_data.meter,
        min_providers=core.settings.provided.min_providers,
        threshold_percent=core.settings.provided.divergence_threshold_percent,
    )
    convert_further = providers.Singleton(
        ConvertFurther, at_depth=convert_at_depth, best=convert_best, median=convert_median
    )
    convert = providers.Singleton(_convert, plain=plain_convert, tracing=tracing)
    currency_names = providers.Singleton(CurrencyNames, market_data.markets)
    list_tradable = providers.Singleton(
        ListTradable,
        markets=market_data.markets,
        clock=core.clock,
        reference=reference.newest,
        names=currency_names,
    )
