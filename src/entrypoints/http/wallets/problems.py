"""The problems of wallets."""

from decimal import Decimal
from uuid import UUID

from domain.decimals import plain
from domain.ledger.errors import InsufficientFunds, InvalidAmount
from domain.wallets.errors import CurrencyNotChecked, InvalidTransfer, SecondName, UnknownCurrency
from entrypoints.http.rates.problems import UNAVAILABLE, not_all_answered
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.problems import Problem, ProblemKind, Problems, sentence
from entrypoints.nearest import did_you_mean

INSUFFICIENT_FUNDS = ProblemKind(
    "insufficient-funds",
    409,
    "Insufficient funds",
    "Less is available than was asked for, so nothing was moved. `available` and `asked` are amounts of `code`.",
    members=("available", "asked", "code"),
)


def _insufficient(error: InsufficientFunds) -> Problem:
    amounts = {"available": plain(error.available), "asked": plain(error.asked), "code": error.asset}
    return Problem(INSUFFICIENT_FUNDS, sentence(error), amounts)


def unknown_currency(field: str, error: UnknownCurrency) -> Problem:
    """Return the problem that says which field names no currency, and which one was probably meant."""
    near = did_you_mean(error.code, sorted(error.known))
    return invalid_input([FieldError(field, f"{error}{near}")])


def _not_checked(error: CurrencyNotChecked) -> Problem:
    return not_all_answered(UNAVAILABLE, f"Whether {error.code} is a currency cannot be told now. ", error)


PROBLEMS = Problems(
    kinds=(INSUFFICIENT_FUNDS,),
    rows={
        InsufficientFunds: _insufficient,
        InvalidAmount: lambda error: invalid_input([FieldError("amount", str(error))]),
        UnknownCurrency: lambda error: unknown_currency("code", error),
        SecondName: lambda error: invalid_input([FieldError("code", str(error))]),
        InvalidTransfer: lambda error: invalid_input([FieldError("to_currency_id", str(error))]),
        CurrencyNotChecked: _not_checked,
    },
    examples=(InsufficientFunds(UUID(int=0), "USD", available=Decimal(20), asked=Decimal("25.5")),),
)
