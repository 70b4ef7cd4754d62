"""What administrators do about clearing."""

from dependency_injector import containers, providers

from application.orders.administer_clearing import AdministerClearing


class ClearingAdministrationContainer(containers.DeclarativeContainer):
    """`brokers` says which venues there are."""

    core = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    brokers = providers.DependenciesContainer()

    administer = providers.Singleton(
        AdministerClearing,
        database=storage.database,
        clock=core.clock,
        venues=core.settings.provided.brokers,
    )
