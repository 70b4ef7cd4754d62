"""Requests with an idempotency key."""

from dependency_injector import containers, providers

from adapters.cryptography.sealer import AesGcmSealer
from application.idempotency.answer_once import AnswerOnce
from application.idempotency.jobs import delete_expired_keys_job


class IdempotencyContainer(containers.DeclarativeContainer):
    """`jwt_secret` is needed only for requests."""

    core = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    jwt_secret = providers.Dependency(instance_of=bytes)

    sealer = providers.Singleton(AesGcmSealer, secret=jwt_secret)
    answer_once = providers.Singleton(AnswerOnce, database=storage.database, clock=core.clock)
    delete_expired_keys_job = providers.Singleton(delete_expired_keys_job, database=storage.database, clock=core.clock)
