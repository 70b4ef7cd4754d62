"""What a user's wallets are worth, each and together, now or at a past moment."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from application.concurrency.cooperative import run_cooperatively, yield_to_event_loop
from application.wallets.check_currency import CheckCurrency
from application.wallets.find_prices import FindPrices
from application.wallets.read_wallets import ReadWallets
from application.wallets.recorded_prices import RecordedPrices
from domain.currency import Currency
from domain.identity.user import User
from domain.rates.book import RateType
from domain.rates.errors import UnknownExchange
from domain.wallets.errors import CurrencyNotChecked
from domain.wallets.valuation import Price, Pricing, Valuation, oldest, total_of, value_in_steps
from domain.wallets.wallet import Wallet, WalletName
from domain.wallets.wallet_view import WalletView

# Accepted unless the caller says otherwise.
USUAL_CACHE_MAX_SECONDS = 60

# Where neither a request nor the user names a currency.
_USUAL_TO = Currency("USD")


def default_to(user: User) -> Currency:
    """Return the currency in which this user's wallets are valued where a request names none."""
    return user.default_to or _USUAL_TO


@dataclass(frozen=True, slots=True)
class WorthQuery:
    """In which currency to value, and at which prices.

    `at` is a past Unix second; then prices are those recorded by then, which `rate_type` does not apply to.
    `cache_max_seconds` None stands for prices fetched now.
    """

    to: Currency
    cache_max_seconds: int | None = USUAL_CACHE_MAX_SECONDS
    rate_type: RateType = RateType.MID
    exchange: str | None = None
    at: int | None = None


@dataclass(frozen=True, slots=True)
class WalletWorth:
    """A wallet and its worth."""

    wallet: Wallet
    valuation: Valuation


@dataclass(frozen=True, slots=True)
class TotalWorth:
    """The worth of several wallets, all at the same prices."""

    to: Currency
    wallets: Sequence[WalletWorth]

    @property
    def total(self) -> Decimal:
        """Exactly the sum of the wallets' totals."""
        return total_of(each.valuation.total for each in self.wallets)

    @property
    def is_complete(self) -> bool:
        """Whether each of them is complete."""
        return all(each.valuation.is_complete for each in self.wallets)

    @property
    def updated_at(self) -> int | None:
        """The Unix second of the oldest price."""
        return oldest(each.valuation.updated_at for each in self.wallets)


class ValueWallets:
    """Reads what is in the wallets, then finds all prices at once."""

    def __init__(
        self,
        *,
        read: ReadWallets,
        find_prices: FindPrices,
        recorded_prices: RecordedPrices,
        check_currency: CheckCurrency,
        exchanges: Sequence[str],
    ) -> None:
        """`exchanges` are the names that a query may restrict itself to."""
        self._exchanges = exchanges
        self._read = read
        self._find_prices = find_prices
        self._recorded_prices = recorded_prices
        self._check_currency = check_currency

    async def all(self, user: User, query: WorthQuery) -> TotalWorth:
        """Value all wallets. Raises `UnknownExchange` and `UnknownCurrency`."""
        self._check(query)
        views = await self._read.all(user, query.at)
        prices = await self._prices({holding.code for view in views for holding in view.holdings}, query)
        worth = []
        for view in views:
            worth.append(WalletWorth(view.wallet, await _valued(view, query.to, prices)))
            await yield_to_event_loop()
        return TotalWorth(query.to, worth)

    async def named(self, user: User, name: WalletName, query: WorthQuery) -> WalletWorth:
        """Value one wallet. Raises `NoSuchObject`, `UnknownExchange` and `UnknownCurrency`."""
        self._check(query)
        view = await self._read.named(user, name, query.at)
        prices = await self._prices([holding.code for holding in view.holdings], query)
        return WalletWorth(view.wallet, await _valued(view, query.to, prices))

    def _check(self, query: WorthQuery) -> None:
        """Raise `UnknownExchange` even where there is nothing to value."""
        if query.exchange is not None and query.exchange.lower() not in self._exchanges:
            raise UnknownExchange(query.exchange, self._exchanges)

    async def _prices(self, codes: Collection[Currency], query: WorthQuery) -> dict[Currency, Pricing]:
        prices = await self._found(codes, query)
        if query.to not in codes and not any(isinstance(price, Price) for price in prices.values()):
            with suppress(CurrencyNotChecked):  # the lines say what could not be asked
                await self._check_currency(query.to)
        return prices

    async def _found(self, codes: Iterable[Currency], query: WorthQuery) -> dict[Currency, Pricing]:
        if query.at is None:
            return await self._find_prices(
                codes,
                query.to,
                cache_max_seconds=query.cache_max_seconds,
                rate_type=query.rate_type,
                exchange=query.exchange,
            )
        return await self._recorded_prices(
            codes, query.to, at=query.at, max_age_seconds=query.cache_max_seconds, exchange=query.exchange
        )


async def _valued(view: WalletView, to: Currency, prices: Mapping[Currency, Pricing]) -> Valuation:
    return await run_cooperatively(value_in_steps(view.holdings, to, prices))
