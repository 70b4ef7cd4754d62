"""What every feature needs: the settings, the time, the registry of metrics, and the end."""

from contextlib import AsyncExitStack

from dependency_injector import containers, providers
from prometheus_client import CollectorRegistry

from adapters.system_clock import SystemClock
from entrypoints.settings.settings import Settings


def _closing() -> AsyncExitStack:
    return AsyncExitStack()


class CoreContainer(containers.DeclarativeContainer):
    """A registry for each container keeps the metrics of two services in one process apart.

    What has something to close adds it to `closing` when it is made.
    """

    settings = providers.Dependency(instance_of=Settings)
    clock = providers.Singleton(SystemClock)
    metrics = providers.Singleton(CollectorRegistry)
    closing = providers.Singleton(_closing)
