"""Errors of wallets."""

from collections.abc import Collection, Mapping

from domain.currency import Currency
from domain.errors import Conflict, InvalidInput
from domain.rates.errors import ExchangeUnavailable, NotAllAnswered


class InvalidWalletName(InvalidInput):
    """Empty, too long, unprintable or no part of a path."""


class WalletNameTaken(Conflict):
    """Another wallet of the user has this name, compared without case."""


class TooManyWallets(Conflict):
    """The user has as many wallets as allowed."""


class TooManyCurrencies(Conflict):
    """The wallet has as many currencies as allowed."""


class CurrencyAlreadyThere(Conflict):
    """The wallet has this currency already."""


class WalletNotEmpty(Conflict):
    """A wallet with money in it cannot be deleted."""


class UnknownCurrency(InvalidInput):
    """A code that no exchange lists and that ISO 4217 does not know. `known` are those that one of them does."""

    def __init__(self, code: Currency, known: Collection[Currency] = ()) -> None:
        self.code = code
        self.known = frozenset(known)
        super().__init__("is neither listed by an exchange nor a state's currency in use")


class SecondName(InvalidInput):
    """Another code of a coin, such as XBT, under which neither wallets nor orders would find its funds."""


class NotEmpty(Conflict):
    """Demo data does not go into a database that somebody uses."""


class InvalidTransfer(InvalidInput):
    """A transfer to the same currency of the same wallet, or between two different ones."""


class CurrencyNotChecked(NotAllAnswered):
    """Whether a code is a currency could not be told, because an exchange that might list it could not be asked."""

    def __init__(self, code: Currency, failures: Mapping[str, ExchangeUnavailable], reasons: Mapping[str, str]) -> None:
        self.code = code
        super().__init__(failures, reasons)
