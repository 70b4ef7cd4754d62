"""A purchase that a user asks for, and its price."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from application.orders.form_batches import is_halted
from application.orders.house import asset_in_ledger
from application.orders.ports.order_prices import OrderPrices
from application.orders.ports.repositories import OrdersRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.currency import Currency
from domain.ledger.asset import Asset
from domain.orders.clearing_asset import ClearingAsset
from domain.orders.errors import IntakeClosed, InvalidPurchase, NotForSale
from domain.orders.terms import Charges, FirmPrice, Market, Terms, with_margin


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
class _ForSale:
    """What the ledger and the admin say about a purchase."""

    asset: ClearingAsset
    buy: Asset
    pay_with: Asset
    clear_with: Asset


class PricePurchase:
    """Finds the firm price of a purchase. Called before the transaction, since prices come over the network."""

    def __init__(
        self, *, database: Database[OrdersRepositories], prices: OrderPrices, clock: Clock, charges: Charges
    ) -> None:
        self._database = database
        self._prices = prices
        self._clock = clock
        self._charges = charges

    async def __call__(self, wish: Wish) -> Terms:
        """Return the terms.

        Raises `NotForSale`, `IntakeClosed`, `NoFreshPrice`, `PricesDiverge` and `InvalidPurchase`.
        """
        sale, now = await self._for_sale(wish), self._clock.now()
        price = await self._prices.executable(wish.buy, wish.pay_with, now)
        own = price
        if sale.clear_with.code != wish.pay_with:
            own = await self._own_price(wish.buy, sale.clear_with.code, now)
        firm = with_margin(price.price, self._charges)
        market = Market(firm, own.price, sale.clear_with, self._charges.fee_percent)
        if wish.amount is not None:
            return Terms.of_amount(sale.buy, sale.pay_with, wish.amount, market)
        return Terms.of_spend(sale.buy, sale.pay_with, wish.spend or Decimal(0), market)

    async def _own_price(self, buy: Currency, clear_with: Currency, now: float) -> FirmPrice:
        try:
            return await self._prices.executable(buy, clear_with, now)
        except NotForSale as error:
            raise NotForSale(f"{buy} is not for sale here") from error

    async def _for_sale(self, wish: Wish) -> _ForSale:
        async with self._database.reading() as unit:
            asset = await unit.clearing_assets.find(wish.buy)
            if asset is None:
                raise NotForSale(f"{wish.buy} is not for sale here")
            if not asset.takes_orders_when_halted and is_halted(await unit.clearing_halts.all(), wish.buy):
                raise IntakeClosed(f"buying {wish.buy} is halted; try again later")
            codes = wish.buy, wish.pay_with, asset.clear_with
            return _ForSale(asset, *[await asset_in_ledger(unit, code) for code in codes])


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to accept: a wish or a price lock, paid from the wallet with this name."""

    wallet: str
    buy: Currency
    pay_with: Currency
    wish: Wish | None
    price_lock_id: UUID | None = None
    max_price: Decimal | None = None
