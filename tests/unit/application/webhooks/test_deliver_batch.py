"""However many deliveries a webhook has, no transaction ends or deletes more than a few of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

import pytest

from adapters.cryptography.webhook_secrets import AesGcmSecretSealer
from application.identity import delete_account
from application.identity.delete_account import DeleteAccount
from application.ledger.post_transaction import post_transaction
from application.webhooks import change_webhook, deliver_batch
from application.webhooks.change_webhook import ChangeWebhook
from application.webhooks.deliver_batch import DeliverBatch
from application.webhooks.deliver_webhooks import DeliverWebhooks
from application.webhooks.record_events import record_events
from domain.errors import NoSuchObject
from domain.identity.caller import Caller
from domain.identity.errors import UserHasFunds
from domain.identity.user import Username
from domain.ledger.movements.deposit import deposit
from domain.webhooks.delivery import Answer, DeliveryStatus
from domain.webhooks.event import Event, EventType
from domain.webhooks.signature import WebhookSecret
from domain.webhooks.url import WebhookUrl
from domain.webhooks.webhook import Webhook
from tests.unit.application.identity.harness import ADA, HOME, RIGHT, IdentityHarness
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.database import FakeDatabase, FakeRepositories
from tests.unit.fakes.money import account, outside
from tests.unit.fakes.webhooks import FakeEventSender, FakeWebhookMeter

T = TypeVar("T")

MANY, MOST = 35, 10
SEALER = AesGcmSecretSealer(b"s" * 32)


class CountingDatabase(FakeDatabase):
    """Notes how many deliveries each transaction has changed."""

    def __init__(self) -> None:
        super().__init__()
        self.changed: list[int] = []

    async def write(self, work: Callable[[FakeRepositories], Awaitable[T]]) -> T:
        before = self.rows.webhooks.deliveries
        result = await super().write(work)
        after = self.rows.webhooks.deliveries
        self.changed.append(sum(after.get(number) != delivery for number, delivery in before.items()))
        return result


@dataclass
class Flooded:
    """Ada, signed in, with a webhook that has many deliveries."""

    database: CountingDatabase
    identity: IdentityHarness
    ada: Caller
    webhook: Webhook

    def delete_account(self) -> DeleteAccount:
        return DeleteAccount(database=self.database, verify=self.identity.verify, clock=self.identity.clock)

    def change_webhook(self) -> ChangeWebhook:
        return ChangeWebhook(database=self.database, clock=self.identity.clock)


@pytest.fixture
async def flooded(monkeypatch: pytest.MonkeyPatch) -> Flooded:
    for module in (delete_account, change_webhook, deliver_batch):
        monkeypatch.setattr(module, "MOST_IN_A_TRANSACTION", MOST)
    database = CountingDatabase()
    identity = IdentityHarness(database)
    await identity.register(username=ADA, password=RIGHT, address=HOME)
    ada = await identity.caller()
    webhook_id = uuid4()
    sealed = SEALER.seal(WebhookSecret.generate(), webhook_id)
    kinds = frozenset({EventType.WALLET_DEPOSIT})
    webhook = Webhook(webhook_id, ada.user.id, WebhookUrl("https://example.com"), kinds, sealed, NOON)
    events = [Event.of(EventType.WALLET_DEPOSIT, ada.user.id, {}, NOON) for _ in range(MANY)]
    async with database.writing() as unit:
        await unit.webhooks.add(webhook)
        await record_events(unit, events)
    return Flooded(database, identity, ada, webhook)


async def test_a_webhook_is_deleted_with_its_deliveries(flooded: Flooded) -> None:
    await flooded.change_webhook().delete(flooded.ada, flooded.webhook.id, HOME)
    assert not flooded.database.rows.webhooks.webhooks
    assert sum(flooded.database.changed) == MANY
    assert max(flooded.database.changed) == MOST


async def test_somebody_else_s_webhook_keeps_its_deliveries(flooded: Flooded) -> None:
    await flooded.identity.register(username=Username("Grace"), password=RIGHT, address=HOME)
    tokens = await flooded.identity.login(name="Grace")
    grace = await flooded.identity.authenticate.by_token(tokens.access_token)
    with pytest.raises(NoSuchObject):
        await flooded.change_webhook().delete(grace, flooded.webhook.id, HOME)
    assert len(flooded.database.rows.webhooks.deliveries) == MANY


async def test_what_is_pending_ends_when_the_receiver_is_gone(flooded: Flooded) -> None:
    sender, meter = FakeEventSender(), FakeWebhookMeter()
    sender.answers[flooded.webhook.url] = Answer(410)
    clock = flooded.identity.clock
    deliver = DeliverBatch(database=flooded.database, sender=sender, sealer=SEALER, clock=clock, meter=meter)
    await DeliverWebhooks(database=flooded.database, deliver=deliver, clock=clock).step()
    deliveries = flooded.database.rows.webhooks.deliveries.values()
    assert {each.status for each in deliveries} == {DeliveryStatus.FAILED}
    assert meter.failed == MANY
    assert max(flooded.database.changed) == MOST


async def test_an_account_is_deleted_with_its_deliveries(flooded: Flooded) -> None:
    await flooded.delete_account()(caller=flooded.ada, password=None, address=HOME)
    assert not flooded.database.rows.users
    assert sum(flooded.database.changed) == MANY
    assert max(flooded.database.changed) == MOST


async def test_an_account_that_has_funds_keeps_its_deliveries(flooded: Flooded) -> None:
    mine = account(owner_id=flooded.ada.user.id)
    async with flooded.database.writing() as unit:
        await unit.ledger_accounts.open(mine)
        await unit.ledger_accounts.open(outside(mine))
        await post_transaction(unit, deposit(uuid4(), 5, to=mine.ref, source=outside(mine).ref), NOON)
    with pytest.raises(UserHasFunds):
        await flooded.delete_account()(caller=flooded.ada, password=None, address=HOME)
    assert len(flooded.database.rows.webhooks.deliveries) == MANY
