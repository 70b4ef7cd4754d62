"""A house with one venue, and users who buy."""

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID, uuid4

from application.ledger.post_transaction import post_transaction
from application.orders.accept_order import AcceptOrder
from application.orders.batch_step import Clearing
from application.orders.cancel_order import CancelOrder
from application.orders.clear_orders import ClearOrders
from application.orders.clearing_limits import ClearingLimits
from application.orders.house import venue_account
from application.orders.purchase import NewOrder, PricePurchase, Wish
from domain.currency import Currency
from domain.identity.user import Role, User, Username
from domain.ledger.account import Account, house_ref
from domain.ledger.asset import Asset
from domain.ledger.movements.deposit import deposit
from domain.orders.clearing_asset import ClearingAsset
from domain.orders.order import Order
from domain.orders.terms import Charges
from domain.wallets.wallet import Wallet, WalletCurrency, WalletName
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
    database: FakeDatabase = field(default_factory=FakeDatabase)
    clock: FakeClock = field(default_factory=FakeClock)
    venue: FakeVenue = field(default_factory=FakeVenue)
    prices: FakeOrderPrices = field(default_factory=FakeOrderPrices)
    meter: FakeOrdersMeter = field(default_factory=FakeOrdersMeter)
    limits: ClearingLimits = field(default_factory=ClearingLimits)
    asset: ClearingAsset = field(default_factory=lambda: ClearingAsset(BTC, ("venue",), USDT, Decimal(50)))
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.database.rows.ordering.clearing_assets[self.asset.code] = self.asset
        price = PricePurchase(
            database=self.database, prices=self.prices, clock=self.clock, charges=Charges(Decimal(0), Decimal(1))
        )
        self.accept = AcceptOrder(database=self.database, clock=self.clock, price_purchase=price, meter=self.meter)
        self.cancel = CancelOrder(database=self.database, clock=self.clock, meter=self.meter)
        self.workers = [self.worker(), self.worker()]

    def worker(self) -> ClearOrders:
        return ClearOrders(
            Clearing(
                database=self.database,
                clock=self.clock,
                brokers={"venue": self.venue},
                prices=self.prices,
                meter=self.meter,
                limits=self.limits,
                elapsed=lambda: self.seconds,
            )
        )

    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)
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
            await unit.users.add(who)
            await unit.wallets.add(wallet)
            await unit.wallets.add_currency(currency)
            await unit.ledger_accounts.open(mine)
            await unit.ledger_accounts.open(outside)
            units = asset.units_of(funds)
            await post_transaction(unit, deposit(uuid4(), units, to=mine.ref, source=outside.ref), self.clock.now())
        return who

    async def order(self, who: User, amount: str = "1") -> Order:
        return await self.accept(who, NewOrder("main", BTC, USDT, Wish(BTC, USDT, Decimal(amount))))

    def now(self, order: Order) -> Order:
        return self.database.rows.ordering.orders[order.id]

    def in_wallet(self, who: User, code: str) -> tuple[Decimal, Decimal]:
        """Return what is available and what is held."""
        accounts = [
            each
            for each in self.database.rows.ledger.accounts.values()
            if each.owner_id == who.id and each.kind.value == "user" and each.asset.code == code
        ]
        balances = [
            (each.asset.amount_of(each.balance.available), each.asset.amount_of(each.balance.held)) for each in accounts
        ]
        return sum((each[0] for each in balances), Decimal(0)), sum((each[1] for each in balances), Decimal(0))

    def of_house(self, name: str, code: str) -> Decimal:
        account = self.database.rows.ledger.accounts.get(house_ref(name, code).id)
        return Decimal(0) if account is None else account.asset.amount_of(account.balance.available)

    def at_venue(self, code: str) -> Decimal:
        """Return what the books say that the venue holds for us, from nothing at the beginning."""
        return -self.of_house(venue_account("venue"), code)

    def check_books(self) -> None:
        """Check that every asset sums to zero, and that what is held is what open orders have not paid."""
        totals: dict[str, int] = {}
        held: dict[UUID, int] = {}
        for account in self.database.rows.ledger.accounts.values():
            totals[account.asset.code] = totals.get(account.asset.code, 0) + account.balance.total
            held[account.id] = account.balance.held
        assert not any(totals.values())
        unpaid: dict[UUID, int] = {}
        for order in self.database.rows.ordering.orders.values():
            if not order.has_ended:
                unpaid[order.purchaser.pays_from] = unpaid.get(order.purchaser.pays_from, 0) + order.unpaid
        assert {id_: units for id_, units in held.items() if units} == unpaid
