"""A database in memory, which commits all of a unit of work or nothing, and can be made to fail."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from application.concurrency.ports.leases import Leases
from application.idempotency.ports.idempotency_records import IdempotencyRecords
from application.identity.ports.api_keys import ApiKeys
from application.identity.ports.audit_log import AuditLog
from application.identity.ports.funds import Funds
from application.identity.ports.known_addresses import KnownAddresses
from application.identity.ports.login_failures import LoginFailures
from application.identity.ports.repositories import DeletionRepositories, OnceRepositories
from application.identity.ports.sessions import Sessions
from application.identity.ports.users import Users
from application.ledger.funds import LedgerFunds
from application.ledger.ports.accounts import Accounts
from application.ledger.ports.holds import Holds
from application.ledger.ports.journal import Journal
from application.ledger.ports.stored_ledger import StoredLedger
from application.orders.ports.batches import Batches
from application.orders.ports.clearing_assets import ClearingAssets, ClearingHalts
from application.orders.ports.intake import Intake
from application.orders.ports.order_sums import OrderSums, ReconciliationRepositories
from application.orders.ports.orders import Orders
from application.orders.ports.price_locks import PriceLocks
from application.orders.ports.simulated_ledger import SimulatedLedger, SimulatedVenueRepositories
from application.ports.database import Database
from application.quotes.ports.call_counts import CallCounts
from application.quotes.ports.hourly_tables import HourlyTables
from application.quotes.ports.quote_repository import QuoteRepository
from application.quotes.ports.repositories import RecordingRepositories
from application.rates.ports.reference_repository import ReferenceRepository
from application.rates.ports.repositories import ReferenceRepositories
from application.wallets.ports.wallets import Wallets
from application.webhooks.ports.deliveries import Deliveries
from application.webhooks.ports.repositories import WebhooksRepositories
from application.webhooks.ports.webhooks import Webhooks
from domain.errors import DatabaseUnavailable
from tests.unit.fakes.idempotency import FakeIdempotencyRecords
from tests.unit.fakes.identity import (
    FakeApiKeys,
    FakeAuditLog,
    FakeKnownAddresses,
    FakeLoginFailures,
    FakeSessions,
    FakeUsers,
)
from tests.unit.fakes.intake import FakeIntake
from tests.unit.fakes.leases import FakeLeases
from tests.unit.fakes.ledger import FakeAccounts, FakeHolds, FakeJournal, FakeStoredLedger
from tests.unit.fakes.order_sums import FakeOrderSums
from tests.unit.fakes.orders import FakeBatches, FakeClearingAssets, FakeClearingHalts, FakeOrders, FakePriceLocks
from tests.unit.fakes.quotes import FakeCallCounts, FakeHourlyTables, FakeQuoteRepository
from tests.unit.fakes.reference_rates import FakeReferenceRepository
from tests.unit.fakes.rows import Rows
from tests.unit.fakes.simulated_ledger import FakeSimulatedLedger
from tests.unit.fakes.wallets import FakeWallets
from tests.unit.fakes.webhooks import FakeDeliveries, FakeWebhooks


class FakeRepositories(
    ReconciliationRepositories,
    WebhooksRepositories,
    DeletionRepositories,
    OnceRepositories,
    RecordingRepositories,
    ReferenceRepositories,
    SimulatedVenueRepositories,
):
    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    @property
    def idempotency_records(self) -> IdempotencyRecords:
        return FakeIdempotencyRecords(self._rows.idempotency_keys)

    @property
    def users(self) -> Users:
        return FakeUsers(self._rows)

    @property
    def sessions(self) -> Sessions:
        return FakeSessions(self._rows)

    @property
    def api_keys(self) -> ApiKeys:
        return FakeApiKeys(self._rows)

    @property
    def login_failures(self) -> LoginFailures:
        return FakeLoginFailures(self._rows)

    @property
    def known_addresses(self) -> KnownAddresses:
        return FakeKnownAddresses(self._rows)

    @property
    def audit_log(self) -> AuditLog:
        return FakeAuditLog(self._rows)

    @property
    def quotes(self) -> QuoteRepository:
        return FakeQuoteRepository(self._rows.quotes)

    @property
    def hourly_tables(self) -> HourlyTables:
        return FakeHourlyTables(self._rows.hourly_tables)

    @property
    def leases(self) -> Leases:
        return FakeLeases(self._rows.leases)

    @property
    def reference_rates(self) -> ReferenceRepository:
        return FakeReferenceRepository(self._rows.reference_rates)

    @property
    def call_counts(self) -> CallCounts:
        return FakeCallCounts(self._rows.call_counts)

    @property
    def ledger_accounts(self) -> Accounts:
        return FakeAccounts(self._rows.ledger)

    @property
    def wallets(self) -> Wallets:
        return FakeWallets(self._rows.wallets)

    @property
    def webhooks(self) -> Webhooks:
        return FakeWebhooks(self._rows.webhooks)

    @property
    def deliveries(self) -> Deliveries:
        return FakeDeliveries(self._rows.webhooks)

    @property
    def journal(self) -> Journal:
        return FakeJournal(self._rows.ledger)

    @property
    def funds(self) -> Funds:
        return LedgerFunds(self)

    @property
    def holds(self) -> Holds:
        return FakeHolds(self._rows.ledger)

    @property
    def simulated_ledger(self) -> SimulatedLedger:
        return FakeSimulatedLedger(self._rows.simulated)

    @property
    def stored_ledger(self) -> StoredLedger:
        return FakeStoredLedger(self._rows.ledger)

    @property
    def order_sums(self) -> OrderSums:
        return FakeOrderSums(self._rows.ordering, self._rows.ledger)

    @property
    def orders(self) -> Orders:
        return FakeOrders(self._rows.ordering)

    @property
    def batches(self) -> Batches:
        return FakeBatches(self._rows.ordering)

    @property
    def intake(self) -> Intake:
        return FakeIntake(self, self.webhooks)

    @property
    def price_locks(self) -> PriceLocks:
        return FakePriceLocks(self._rows.ordering)

    @property
    def clearing_assets(self) -> ClearingAssets:
        return FakeClearingAssets(self._rows.ordering)

    @property
    def clearing_halts(self) -> ClearingHalts:
        return FakeClearingHalts(self._rows.ordering)


T = TypeVar("T")
Question = Callable[[FakeRepositories], Awaitable[object]]


class FakeDatabase(Database[FakeRepositories]):
    def __init__(self) -> None:
        self.rows = Rows()
        self.is_down = False
        self.is_opening = False
        self.is_full = False
        self.writes_checked = 0
        self._one_writer = asyncio.Lock()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[FakeRepositories]:
        self._is_up()
        yield FakeRepositories(_copied(self.rows))

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[FakeRepositories]:
        self._is_up()
        async with self._one_writer:
            changed = _copied(self.rows)
            yield FakeRepositories(changed)
            self._is_up()
            self.rows = changed

    async def write(self, work: Callable[[FakeRepositories], Awaitable[T]]) -> T:
        async with self.writing() as unit:
            return await work(unit)

    async def check(self, question: Question | None = None) -> bool:
        self._is_up()
        if self.is_opening:
            return False
        if question is not None:
            async with self.reading() as unit:
                await question(unit)
        return True

    async def check_writing(self) -> None:
        self.writes_checked += 1
        self._is_up()
        if self.is_full:
            raise DatabaseUnavailable("disk full")

    def _is_up(self) -> None:
        if self.is_down:
            raise DatabaseUnavailable("made to fail")


def _copied(stored: Any) -> Any:  # noqa: ANN401 -- tables, and what holds them
    """Copy what can change, and so has no hash: dictionaries, lists and tables. The rows themselves are frozen."""
    if type(stored).__hash__ is not None:
        return stored
    if isinstance(stored, dict):
        return {key: _copied(each) for key, each in stored.items()}
    if isinstance(stored, list):
        return [_copied(each) for each in stored]
    return type(stored)(**{name: _copied(each) for name, each in vars(stored).items()})
