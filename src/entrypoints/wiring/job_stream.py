"""Jobs through a Redis stream. ApplicationContainer leaves it out, since taskiq takes a second to import."""

import asyncio

from dependency_injector import containers, providers

from adapters.redis.connection import RedisConnection
from adapters.taskiq.job_queue import TaskiqJobQueue
from adapters.taskiq.stream_broker import ReclaimingStreamBroker
from adapters.taskiq.worker import TaskiqWorker
from entrypoints.settings.places import redis_place


class JobStreamContainer(containers.DeclarativeContainer):
    """Needs Redis. Setting `stop` ends the reading of the stream."""

    core = providers.DependenciesContainer()
    jobs = providers.DependenciesContainer()
    redis = providers.Dependency(instance_of=RedisConnection)
    stop = providers.Dependency(instance_of=asyncio.Event)

    broker = providers.Singleton(
        ReclaimingStreamBroker,
        url=core.settings.provided.redis_url.get_secret_value.call(),
        abandoned_after_seconds=core.settings.provided.jobs_abandoned_after_seconds,
        stop=stop,
        prefix=redis.provided.prefix,
    )
    queue = providers.Singleton(TaskiqJobQueue, broker)
    scheduler = providers.Singleton(jobs.scheduler, queue=queue)
    worker = providers.Singleton(
        TaskiqWorker,
        broker,
        jobs=jobs.jobs,
        run=jobs.runner.provided.run,
        queue=providers.Callable(redis_place, core.settings),
    )
