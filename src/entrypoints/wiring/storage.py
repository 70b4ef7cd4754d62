"""The database, which opens on its first use."""

from dependency_injector import containers, providers

from adapters.sql.database import SqlDatabase


class StorageContainer(containers.DeclarativeContainer):
    """SQLite or Postgres."""

    core = providers.DependenciesContainer()

    database = providers.Singleton(
        SqlDatabase,
        address=core.settings.provided.database_url.get_secret_value.call(),
        upgrades_itself=core.settings.provided.has_embedded_database,
    )
