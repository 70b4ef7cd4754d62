"""What every feature needs: the settings, the time, and the registry of metrics."""

from dependency_injector import containers, providers
from prometheus_client import CollectorRegistry

from adapters.system_clock import SystemClock
from entrypoints.settings.settings import Settings


class CoreContainer(containers.DeclarativeContainer):
    """A registry for each container keeps the metrics of two services in one process apart."""

    settings = providers.Dependency(instance_of=Settings)
    clock = providers.Singleton(SystemClock)
    metrics = providers.Singleton(CollectorRegistry)
