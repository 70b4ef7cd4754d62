"""A house with one venue, and users who buy."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID, uuid4

from application.ledger.post_transaction import post_transaction
from application.ledger.verify_ledger import VerifyLedger
from application.orders.accept_order import AcceptOrder
from application.orders.administer_clearing import AdministerClearing
from application.orders.batch_step import Clearing
from application.orders.cancel_order import CancelOrder
from application.orders.clear_orders import ClearOrders
from application.orders.clearing_limits import ClearingLimits
from application.orders.halting import halt
from application.orders.house import venue_account
from application.orders.purchase import NewOrder, PricePurchase, Wish
from application.ports.database import Database
from domain.currency import Currency
from domain.identity.user import Role, User, Username
from domain.ledger.account import Account, AccountKind, house_ref
from domain.ledger.asset import Asset
from domain.ledger.movements.deposit import deposit
from domain.orders.batch import Batch
from domain.orders.clearing_asset import ClearingAsset
from domain.orders.order import Order, OrderStatus
from domain.orders.terms import Charges
from domain.wallets.wallet import Wallet, WalletCurrency, WalletName
from tests.contracts.database.repositories import AllRepositories
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.venue import FakeOrderPrices, FakeOrdersMeter, FakeVenue

BTC = Currency("BTC")
USDT = Currency("USDT")
SCALE = 18
FUNDS = Decimal(10_000)


def user(name: str = "ann") -> User:
    return User(uuid4(), Username(name), Role.USER, "hash", 0.0)


@dataclass
class Orders:
    database: Database[AllRepositories] = field(default_factory=FakeDatabase)
    clock: FakeClock = field(default_factory=FakeClock)
    venue: FakeVenue = field(default_factory=FakeVenue)
    prices: FakeOrderPrices = field(default_factory=FakeOrderPrices)
    meter: FakeOrdersMeter = field(default_factory=FakeOrdersMeter)
    limits: ClearingLimits = field(default_factory=ClearingLimits)
    asset: ClearingAsset = field(default_factory=lambda: ClearingAsset(BTC, ("venue",), USDT, Decimal(50)))
    seconds: float = 0.0
    buyers: list[User] = field(default_factory=list)

    def __post_init__(self) -> None:
        price = PricePurchase(
            database=self.database, prices=self.prices, clock=self.clock, charges=Charges(Decimal(0), Decimal(1))
        )
        self.accept = AcceptOrder(database=self.database, clock=self.clock, price_purchase=price, meter=self.meter)
        self.cancel = CancelOrder(database=self.database, clock=self.clock, meter=self.meter)
        self.workers = [self.worker(), self.worker()]

    @property
    def clearing(self) -> Clearing:
        return Clearing(
            database=self.database,
            clock=self.clock,
            brokers={"venue": self.venue},
            prices=self.prices,
            meter=self.meter,
            limits=self.limits,
            elapsed=lambda: self.seconds,
        )

    def worker(self) -> ClearOrders:
        return ClearOrders(self.clearing)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.venue.clock.advance(seconds)
        self.seconds += seconds

    async def clear(self, *, patience_seconds: float = 0.0) -> None:
        """Step until nothing is due, and on while time passes."""
        waited = 0.0
        while True:
            while any([await worker.step() for worker in self.workers]):
                pass
            if waited >= patience_seconds:
                return
            self.pass_time(1.0)
            waited += 1.0

    async def buyer(self, name: str = "ann", funds: Decimal = FUNDS) -> User:
        who, asset = user(name), Asset(USDT, SCALE)
        wallet = Wallet(uuid4(), who.id, WalletName("main"), self.clock.now())
        currency = WalletCurrency(uuid4(), wallet.id, USDT)
        mine, outside = Account.of_user(currency.id, who.id, asset), Account.external(who.id, asset)
        async with self.database.writing() as unit:
            await unit.clearing_assets.save(self.asset)
            await unit.users.add(who)
            await unit.wallets.add(wallet)
            await unit.wallets.add_currency(currency)
            await unit.ledger_accounts.open(mine)
            await unit.ledger_accounts.open(outside)
            units = asset.units_of(funds)
            await post_transaction(unit, deposit(uuid4(), units, to=mine.ref, source=outside.ref), self.clock.now())
        self.buyers.append(who)
        return who

    async def order(self, who: User, amount: str = "1") -> Order:
        return await self.accept(who, NewOrder("main", BTC, USDT, Wish(BTC, USDT, Decimal(amount))))

    async def now(self, order: Order) -> Order:
        async with self.database.reading() as unit:
            found = await unit.orders.find(order.purchaser.user_id, order.id)
        assert found is not None
        return found

    async def waiting(self, who: User) -> list[Order]:
        async with self.database.reading() as unit:
            return await unit.orders.list_by_user(who.id, OrderStatus.QUEUED, None, 1000)

    async def batches(self) -> list[Batch]:
        async with self.database.reading() as unit:
            return await unit.batches.list_newest(None, 1000)

    async def halt(self, asset: Currency | None) -> None:
        now = self.clock.now()
        await self.database.write(lambda unit: halt(unit, asset, "the venue is closing", "root", now))

    async def resume(self, asset: Currency | None) -> None:
        administer = AdministerClearing(
            database=self.database, clock=self.clock, venues=["venue"], brokers={"venue": self.venue}
        )
        await administer.resume(user("root"), asset, "127.0.0.1")

    async def halts(self) -> dict[str | None, str]:
        async with self.database.reading() as unit:
            return {asset: halt.reason for asset, halt in (await unit.clearing_halts.all()).items()}

    async def in_wallet(self, who: User, code: str) -> tuple[Decimal, Decimal]:
        """Return what is available and what is held."""
        async with self.database.reading() as unit:
            accounts = await unit.ledger_accounts.list_of_owner(who.id)
        mine = [each for each in accounts if each.kind is AccountKind.USER and each.asset.code == code]
        amount_of = Asset(Currency(code), SCALE).amount_of
        available, held = (sum(getattr(each.balance, name) for each in mine) for name in ("available", "held"))
        return amount_of(available), amount_of(held)

    async def of_house(self, name: str, code: str) -> Decimal:
        id_ = house_ref(name, code).id
        async with self.database.reading() as unit:
            found = (await unit.ledger_accounts.find([id_])).get(id_)
        return Decimal(0) if found is None else found.asset.amount_of(found.balance.available)

    async def at_venue(self, code: str) -> Decimal:
        """Return by how much the books say that what the venue holds for us has changed since its opening."""
        return -(await self.of_house(venue_account("venue"), code)) - await self.of_house("capital:venue", code)

    async def check_books(self) -> None:
        """Check that the ledger has no fault, and that what is held is what open orders have not paid."""
        assert (await VerifyLedger(self.database)()).fault_count == 0
        held: dict[UUID, int] = {}
        unpaid: dict[UUID, int] = {}
        async with self.database.reading() as unit:
            for who in self.buyers:
                for account in await unit.ledger_accounts.list_of_owner(who.id):
                    held[account.id] = account.balance.held
                for order in await unit.orders.list_by_user(who.id, None, None, 1000):
                    if not order.has_ended:
                        account_id = order.purchaser.pays_from
                        unpaid[account_id] = unpaid.get(account_id, 0) + order.unpaid
        assert {id_: units for id_, units in held.items() if units} == unpaid
