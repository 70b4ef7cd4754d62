"""A made-up year in the lives of two people with wallets: the same each time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.currency import Currency
from domain.identity.user import Role, Username
from domain.wallets.wallet import WalletName

DAYS = 365
_DAY_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Recurring:
    """What happens on a day of the year and then every so many days, with one amount after the other.

    Negative amounts are withdrawn, or go to the wallet `to` if there is one.
    """

    reason: str
    wallet: str
    code: str
    amounts: tuple[str, ...]
    first_day: int
    every_days: int = 1
    times: int = DAYS
    hour: int = 12
    to: str | None = None


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """One of these events, at Unix second `at`; `amount` is more than 0 when something comes in."""

    at: int
    wallet: WalletName
    code: Currency
    amount: Decimal
    reason: str
    to: WalletName | None = None


@dataclass(frozen=True, slots=True)
class DemoUser:
    """Somebody, and what happens to them."""

    name: Username
    role: Role
    recurring: tuple[Recurring, ...]

    @property
    def holdings(self) -> Sequence[tuple[WalletName, Currency]]:
        """Their wallets, each with its currencies, in the order in which they are needed."""
        found = {(rule.wallet, rule.code): None for rule in self.recurring}
        found |= {(rule.to, rule.code): None for rule in self.recurring if rule.to is not None}
        return [(WalletName(wallet), Currency(code)) for wallet, code in found]

    def year(self, begins_at: int) -> list[DemoEvent]:
        """Return what happens to them in the year that begins at this Unix second, in the order of time."""
        return sorted(
            (event for rule in self.recurring for event in _events(rule, begins_at)), key=lambda each: each.at
        )


def _events(rule: Recurring, begins_at: int) -> Iterator[DemoEvent]:
    days = range(rule.first_day, DAYS - 1, rule.every_days)[: rule.times]
    for number, day in enumerate(days):
        yield DemoEvent(
            begins_at + day * _DAY_SECONDS + rule.hour * 3600 + 7 * day % 60 * 60,
            WalletName(rule.wallet),
            Currency(rule.code),
            Decimal(rule.amounts[number % len(rule.amounts)]),
            rule.reason,
            None if rule.to is None else WalletName(rule.to),
        )


_MONTH = 30

DEMO_USERS = (
    DemoUser(
        Username("demo-user"),
        Role.USER,
        (
            Recurring("salary", "Everyday", "EUR", ("3200.00",), 0, _MONTH, hour=8),
            Recurring("rent", "Everyday", "EUR", ("-950.00",), 1, _MONTH, hour=9),
            Recurring("put aside", "Everyday", "EUR", ("-400.00",), 2, _MONTH, hour=10, to="Savings"),
            Recurring("lunch", "Everyday", "EUR", ("-6.40", "-11.90", "-4.20", "-8.75", "-13.10"), 1),
            Recurring("groceries", "Everyday", "EUR", ("-54.17", "-81.32", "-37.95"), 3, 4, hour=18),
            Recurring("paid for bitcoin", "Savings", "EUR", ("-150.00",), 5, 14, hour=20),
            Recurring("bought bitcoin", "Savings", "BTC", ("0.00164", "0.00171", "0.00158"), 5, 14, hour=21),
            Recurring("paid in", "Savings", "USDT", ("250",), 4, _MONTH, hour=15),
            Recurring("changed money", "Journey", "JPY", ("180000",), 120, times=1, hour=7),
            Recurring("in Japan", "Journey", "JPY", ("-4200", "-9800", "-1550"), 121, times=21, hour=13),
        ),
    ),
    DemoUser(
        Username("demo-admin"),
        Role.ADMIN,
        (
            Recurring("salary", "Main", "CHF", ("5100.00",), 0, _MONTH, hour=7),
            Recurring("rent", "Main", "CHF", ("-1880.00",), 1, _MONTH, hour=9),
            Recurring("coffee", "Main", "CHF", ("-4.50", "-9.00", "-5.20"), 1, 3, hour=8),
            Recurring("put aside", "Main", "CHF", ("-700.00",), 2, _MONTH, hour=10, to="Reserve"),
            Recurring("paid in", "Coins", "USDT", ("240", "180.5"), 4, 7, hour=15),
            Recurring("spent", "Coins", "USDT", ("-99.99", "-15", "-260.25"), 6, 9, hour=19),
            Recurring("reward", "Coins", "ETH", ("0.000412", "0.000409837"), 10, 5, hour=5),
        ),
    ),
)
