"""The checks behind the readiness probe."""

from dependency_injector import containers, providers

from application.health.check_health import CheckHealth
from application.health.database_probe import DatabaseProbe
from application.health.write_probe import WriteProbe
from application.quotes.check_quotes import CheckQuotes
from application.quotes.newest_quotes import newest_quotes_of


class HealthContainer(containers.DeclarativeContainer):
    """All checks share one probe of the database."""

    core = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    market_data = providers.DependenciesContainer()
    quotes = providers.DependenciesContainer()
    reference = providers.DependenciesContainer()

    database_probe = providers.Singleton(
        DatabaseProbe,
        database=storage.database,
        question=providers.Callable(newest_quotes_of, core.settings.provided.tracked_pairs),
        clock=core.clock,
    )
    write_probe = providers.Singleton(WriteProbe, database=storage.database, clock=core.clock)
    check_health = providers.Singleton(
        CheckHealth,
        markets=market_data.markets,
        cache=market_data.cache,
        cache_name=market_data.cache_name,
        database_probe=database_probe,
        write_probe=write_probe,
        clock=core.clock,
        sync=market_data.sync_markets,
        reference=reference.newest,
    )
    check_quotes = providers.Singleton(
        CheckQuotes,
        newest=database_probe.provided.answer,
        tracked=core.settings.provided.tracked_pairs,
        lacks=quotes.lacks,
        clock=core.clock,
    )
