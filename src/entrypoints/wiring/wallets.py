"""Wallets: changing, reading and valuing them."""

from dependency_injector import containers, providers

from application.rates.newest_reference_rates import NewestReferenceRates
from application.wallets.change_wallets import ChangeWallets
from application.wallets.check_currency import CheckCurrency
from application.wallets.find_prices import FindPrices
from application.wallets.list_entries import ListEntries
from application.wallets.read_wallets import ReadWallets
from application.wallets.recorded_prices import RecordedPrices
from application.wallets.value_wallets import ValueWallets
from domain.rates.routing import searches_of
from domain.wallets.large_withdrawals import LargeWithdrawals
from entrypoints.settings.settings import Settings


def _exchanges(settings: Settings, reference: NewestReferenceRates | None) -> list[str]:
    return [*settings.exchanges, *([] if reference is None else [reference.source])]


class WalletsContainer(containers.DeclarativeContainer):
    """The use cases of wallets."""

    core = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    market_data = providers.DependenciesContainer()
    rates = providers.DependenciesContainer()
    reference = providers.DependenciesContainer()

    clock = core.clock
    change_wallets = providers.Singleton(ChangeWallets, database=storage.database, clock=core.clock)
    large_withdrawals = providers.Singleton(LargeWithdrawals.parse, core.settings.provided.large_withdrawals)
    read_wallets = providers.Singleton(ReadWallets, storage.database)
    check_currency = providers.Singleton(CheckCurrency, market_data.markets)
    recorded_prices = providers.Singleton(
        RecordedPrices, storage.database, reference.rates_at, core.settings.provided.tracked_pairs
    )
    list_entries = providers.Singleton(ListEntries, storage.database)
    find_prices = providers.Singleton(
        FindPrices,
        convert_many=rates.convert_many,
        markets=market_data.markets,
        searches=providers.Callable(searches_of, core.settings.provided.max_legs),
        reference=reference.newest,
        divergence=rates.watch_divergence,
    )
    value_wallets = providers.Singleton(
        ValueWallets,
        read=read_wallets,
        find_prices=find_prices,
        recorded_prices=recorded_prices,
        check_currency=check_currency,
        exchanges=providers.Callable(_exchanges, settings=core.settings, reference=reference.newest),
    )
