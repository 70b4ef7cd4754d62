"""A purchase that a user asks for, and its price."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from application.orders.ports.order_prices import OrderPrices
from application.orders.ports.repositories import OrdersRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.currency import Currency
from domain.errors import CrossrateError
from domain.orders.errors import InvalidPurchase, NotForSale
from domain.orders.sale import Sale
from domain.orders.terms import Charges, FirmPrice, Market, Terms, with_margin

MAX_REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user wants: an amount of what is bought, or as much as `spend` of what is paid buys. One of the two."""

    buy: Currency
    pay_with: Currency
    amount: Decimal | None = None
    spend: Decimal | None = None

    def __post_init__(self) -> None:
        if (self.amount is None) == (self.spend is None):
            raise InvalidPurchase("takes either an amount or what to spend")
        if self.buy == self.pay_with:
            raise NotForSale("cannot pay for itself", "pay_with")


@dataclass(frozen=True, slots=True)
class Priced:
    """The terms of a purchase, and the sale that they are of."""

    terms: Terms
    sale: Sale


class PricePurchase:
    """Finds the firm price of a purchase. Called before the transaction, since prices come over the network.

    Sales are remembered, because whoever uses the terms must compare theirs with the sale of that moment anyway.
    """

    def __init__(
        self, *, database: Database[OrdersRepositories], prices: OrderPrices, clock: Clock, charges: Charges
    ) -> None:
        self._database = database
        self._prices = prices
        self._clock = clock
        self._charges = charges
        self._sales: dict[tuple[Currency, Currency], Sale] = {}

    async def __call__(self, wish: Wish, *, afresh: bool = False) -> Priced:
        """Return the terms; `afresh`, those of the sale as it is now.

        Raises `NotForSale`, `IntakeClosed`, `NoFreshPrice`, `PricesDiverge` and `InvalidPurchase`.
        """
        remembered = None if afresh else self._sales.get((wish.buy, wish.pay_with))
        if remembered is None:
            return await self._priced(wish, await self._sale(wish))
        try:
            return await self._priced(wish, remembered)
        except CrossrateError:
            sale = await self._sale(wish)
            if sale == remembered:
                raise
        return await self._priced(wish, sale)

    async def _priced(self, wish: Wish, sale: Sale) -> Priced:
        now = self._clock.now()
        price = await self._prices.executable(wish.buy, wish.pay_with, now)
        own = price
        if sale.clear_with.code != wish.pay_with:
            own = await self._own_price(wish.buy, sale.clear_with.code, now)
        self._remember(wish, sale)
        firm = with_margin(price.price, self._charges)
        market = Market(firm, own.price, sale.clear_with, self._charges.fee_percent)
        if wish.amount is not None:
            return Priced(Terms.of_amount(sale.buy, sale.pay_with, wish.amount, market), sale)
        return Priced(Terms.of_spend(sale.buy, sale.pay_with, wish.spend or Decimal(0), market), sale)

    async def _own_price(self, buy: Currency, clear_with: Currency, now: float) -> FirmPrice:
        try:
            return await self._prices.executable(buy, clear_with, now)
        except NotForSale as error:
            raise NotForSale(f"{buy} is not for sale here") from error

    async def _sale(self, wish: Wish) -> Sale:
        self._sales.pop((wish.buy, wish.pay_with), None)
        async with self._database.reading() as unit:
            sale = await unit.intake.sale(wish.buy, wish.pay_with)
        if sale is None:
            raise NotForSale(f"{wish.buy} is not for sale here")
        return sale.check_open()

    def _remember(self, wish: Wish, sale: Sale) -> None:
        """Remember a sale that has a price, which those of made-up currencies have not."""
        if len(self._sales) >= MAX_REMEMBERED:
            self._sales.clear()
        self._sales[wish.buy, wish.pay_with] = sale


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to accept: a wish or a price lock, paid from the wallet with this name."""

    wallet: str
    buy: Currency
    pay_with: Currency
    wish: Wish | None
    price_lock_id: UUID | None = None
    max_price: Decimal | None = None
