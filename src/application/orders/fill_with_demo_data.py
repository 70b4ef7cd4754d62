"""Fill an empty database with two users, their wallets, a year of entries, and something to buy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

from application.identity.ports.password_hasher import PasswordHasher
from application.identity.record_audit_event import record_audit_event
from application.ledger.post_transaction import post_transaction
from application.orders.ports.repositories import OrderingRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.currency import Currency
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.user import Password, Role, User
from domain.ledger.account import Account
from domain.ledger.movements.deposit import deposit
from domain.ledger.movements.transfer import transfer
from domain.ledger.movements.withdrawal import withdrawal
from domain.ledger.transaction import Transaction
from domain.orders.clearing_asset import ClearingAsset
from domain.wallets.demo_year import DAYS, DEMO_USERS, DemoEvent, DemoUser
from domain.wallets.errors import NotEmpty
from domain.wallets.wallet import Wallet, WalletCurrency, WalletName, asset_of

_DAY_SECONDS = 24 * 3600
# ABAN is made up: only the simulated exchanges trade it, for 4 USDT.
_FOR_SALE = (Currency("ABAN"), Currency("BTC"))
_THRESHOLD = Decimal(10)
_MOST_ACCOUNTS_OF_THE_HOUSE = 1000

Accounts = Mapping[tuple[WalletName, Currency], Account]


@dataclass(frozen=True, slots=True)
class DemoData:
    """The users that there are now, how many transactions, and what they can buy."""

    users: Sequence[User]
    transactions: int
    for_sale: Sequence[ClearingAsset]


class FillWithDemoData:
    """All of it is stored in one unit of work, or nothing.

    Times of the year before are those of the events and those of recording, so that balances at past moments show it.
    """

    def __init__(
        self,
        *,
        database: Database[OrderingRepositories],
        hasher: PasswordHasher,
        clock: Clock,
        venues: Sequence[str],
    ) -> None:
        """Have what is for sale bought at these venues."""
        self._for_sale = [ClearingAsset(code, tuple(venues), threshold=_THRESHOLD) for code in _FOR_SALE]
        self._database = database
        self._hasher = hasher
        self._clock = clock

    async def __call__(self, passwords: Sequence[Password], address: str) -> DemoData:
        """Fill it; `passwords` are those of `DEMO_USERS`. Raises `NotEmpty` if anybody has or had an account."""
        hashes = [await self._hasher.hash(password) for password in passwords]
        now = int(self._clock.now())
        begins_at = now - now % _DAY_SECONDS - DAYS * _DAY_SECONDS
        users = [
            User(id=uuid4(), name=demo.name, role=demo.role, password_hash=password_hash, created_at=begins_at)
            for demo, password_hash in zip(DEMO_USERS, hashes, strict=True)
        ]

        async def work(unit: OrderingRepositories) -> DemoData:
            await _require_nobody(unit)
            posted = 0
            for user, demo in zip(users, DEMO_USERS, strict=True):
                await unit.users.add(user)
                await record_audit_event(unit, AuditEvent.done(AuditAction.REGISTER, user, address, now, "demo data"))
                posted += await _fill(unit, user, demo, begins_at)
            await self._offer(unit, users, address, now)
            return DemoData(users, posted, self._for_sale)

        return await self._database.write(work)

    async def _offer(self, unit: OrderingRepositories, users: Sequence[User], address: str, now: int) -> None:
        admin = next(user for user in users if user.role is Role.ADMIN)
        for asset in self._for_sale:
            await unit.clearing_assets.save(asset)
            event = AuditEvent.done(AuditAction.SET_ASSET, admin, address, now, f"{asset.code}: demo data")
            await record_audit_event(unit, event)


async def _require_nobody(unit: OrderingRepositories) -> None:
    """Entries can never be removed again, so nothing may be added to those of somebody else.

    A service that only ran has entries of the house: what its venues held at first.
    """
    accounts = await unit.stored_ledger.list_accounts(None, _MOST_ACCOUNTS_OF_THE_HOUSE + 1)
    is_used = len(accounts) > _MOST_ACCOUNTS_OF_THE_HOUSE or any(each.account.owner_id for each in accounts)
    if is_used or await unit.users.list_page(None, 1) or await unit.clearing_assets.list():
        raise NotEmpty("there are users, entries or assets for sale already, and demo data is for a new database only")


async def _fill(unit: OrderingRepositories, user: User, demo: DemoUser, begins_at: int) -> int:
    accounts = await _opened(unit, user, demo, begins_at)
    events = demo.year(begins_at)
    for event in events:
        await post_transaction(unit, _transaction(event, user, accounts), event.at)
    return len(events)


async def _opened(unit: OrderingRepositories, user: User, demo: DemoUser, begins_at: int) -> Accounts:
    wallets: dict[WalletName, UUID] = {}
    accounts: dict[tuple[WalletName, Currency], Account] = {}
    for name, code in demo.holdings:
        if name not in wallets:
            wallets[name] = uuid4()
            await unit.wallets.add(Wallet(wallets[name], user.id, name, begins_at))
        currency = WalletCurrency(uuid4(), wallets[name], code)
        accounts[name, code] = Account.of_user(currency.id, user.id, asset_of(code))
        await unit.wallets.add_currency(currency)
        await unit.ledger_accounts.open(accounts[name, code])
        await unit.ledger_accounts.open(Account.external(user.id, asset_of(code)))
    return accounts


def _transaction(event: DemoEvent, user: User, accounts: Accounts) -> Transaction:
    account = accounts[event.wallet, event.code]
    units, outside = account.asset.units_of(event.amount), Account.external(user.id, account.asset).ref
    if event.to is not None:
        to = accounts[event.to, event.code].ref
        return transfer(uuid4(), -units, source=account.ref, to=to, reason=event.reason)
    if units > 0:
        return deposit(uuid4(), units, to=account.ref, source=outside, reason=event.reason)
    return withdrawal(uuid4(), -units, source=account.ref, to=outside, reason=event.reason)
