"""Webhooks: what users do with them, and what delivers to them."""

from dependency_injector import containers, providers

from adapters.cryptography.webhook_secrets import AesGcmSecretSealer
from application.webhooks.change_webhook import ChangeWebhook
from application.webhooks.create_webhook import CreateWebhook
from application.webhooks.deliver_batch import DeliverBatch
from application.webhooks.deliver_webhooks import DeliverWebhooks
from application.webhooks.jobs import delete_old_deliveries_job
from application.webhooks.read_webhooks import ReadWebhooks
from entrypoints.settings.webhook_secret import webhook_secret


class WebhooksContainer(containers.DeclarativeContainer):
    """`deliver_batch` is called with its sender, which is open only where events are delivered."""

    core = providers.DependenciesContainer()
    meters = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()

    sealer = providers.Singleton(AesGcmSecretSealer, providers.Callable(webhook_secret, core.settings))
    create_webhook = providers.Singleton(
        CreateWebhook,
        database=storage.database,
        sealer=sealer,
        clock=core.clock,
        allows_private_networks=core.settings.provided.webhooks_to_private_networks,
    )
    change_webhook = providers.Singleton(ChangeWebhook, database=storage.database, clock=core.clock)
    read_webhooks = providers.Singleton(ReadWebhooks, storage.database)
    deliver_batch = providers.Factory(
        DeliverBatch, database=storage.database, sealer=sealer, clock=core.clock, meter=meters.webhooks
    )
    deliver = providers.Factory(DeliverWebhooks, database=storage.database, clock=core.clock)
    delete_old_deliveries_job = providers.Singleton(
        delete_old_deliveries_job, database=storage.database, clock=core.clock
    )
