"""Background jobs: what they are, how they run, and who schedules them."""

from contextlib import AsyncExitStack

from dependency_injector import containers, providers

from adapters.memory.job_queue import MemoryJobQueue
from application.jobs.runner import JobRunner
from application.jobs.scheduler import JobScheduler


def _local_queue(runner: JobRunner, closing: AsyncExitStack) -> MemoryJobQueue:
    queue = MemoryJobQueue(runner.run)
    closing.push_async_callback(queue.close)
    return queue


class JobsContainer(containers.DeclarativeContainer):
    """`scheduler` is called with its queue: `local_queue`, or the stream of `job_stream.py`."""

    core = providers.DependenciesContainer()
    meters = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    idempotency = providers.DependenciesContainer()
    quotes = providers.DependenciesContainer()
    ledger = providers.DependenciesContainer()
    webhooks = providers.DependenciesContainer()
    orders = providers.DependenciesContainer()
    clearing_administration = providers.DependenciesContainer()
    reference = providers.DependenciesContainer()

    jobs = providers.Callable(
        lambda *ours: [*ours[:-2], *ours[-2], *ours[-1]],
        idempotency.delete_expired_keys_job,
        ledger.verify_job,
        ledger.release_job,
        webhooks.delete_old_deliveries_job,
        orders.delete_expired_price_locks_job,
        clearing_administration.reconcile_job,
        quotes.jobs,
        reference.jobs,
    )
    runner = providers.Singleton(
        JobRunner, jobs=jobs, meter=meters.jobs, timeout_seconds=core.settings.provided.job_timeout_seconds
    )
    local_queue = providers.Singleton(_local_queue, runner, closing=core.closing)
    scheduler = providers.Factory(JobScheduler, jobs=jobs, database=storage.database, clock=core.clock)
