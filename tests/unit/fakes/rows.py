"""What the fake database holds."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from application.quotes.quota_plan import CallCount
from domain.identity.api_key import ApiKey
from domain.identity.attempt import Attempt
from domain.identity.audit_event import AuditEvent
from domain.identity.session import Session
from domain.identity.user import User
from domain.quotes.hourly_table import HourlyTable
from domain.quotes.quote import RecordedQuote
from domain.rates.reference_rates import ReferenceRates
from tests.unit.fakes.idempotency import Kept
from tests.unit.fakes.leases import Held
from tests.unit.fakes.ledger import LedgerRows
from tests.unit.fakes.orders import OrderRows
from tests.unit.fakes.simulated_ledger import SimulatedRows
from tests.unit.fakes.wallets import WalletRows
from tests.unit.fakes.webhooks import WebhookRows


@dataclass
class Rows:
    """Everything that is stored."""

    users: dict[UUID, User] = field(default_factory=dict)
    sessions: dict[UUID, Session] = field(default_factory=dict)
    api_keys: dict[UUID, ApiKey] = field(default_factory=dict)
    login_failures: list[Attempt] = field(default_factory=list)
    known_addresses: dict[tuple[UUID, str], float] = field(default_factory=dict)
    audit_events: list[AuditEvent] = field(default_factory=list)
    quotes: list[RecordedQuote] = field(default_factory=list)
    hourly_tables: dict[int, HourlyTable] = field(default_factory=dict)
    leases: dict[str, Held] = field(default_factory=dict)
    idempotency_keys: dict[tuple[str, str], Kept] = field(default_factory=dict)
    call_counts: dict[str, CallCount] = field(default_factory=dict)
    reference_rates: dict[tuple[str, date], ReferenceRates] = field(default_factory=dict)
    ledger: LedgerRows = field(default_factory=LedgerRows)
    simulated: SimulatedRows = field(default_factory=SimulatedRows)
    wallets: WalletRows = field(default_factory=WalletRows)
    ordering: OrderRows = field(default_factory=OrderRows)
    webhooks: WebhookRows = field(default_factory=WebhookRows)
