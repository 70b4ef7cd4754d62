"""Which withdrawals take a recent password."""

from decimal import Decimal
from uuid import uuid4

import pytest

from domain.currency import Currency
from domain.errors import InvalidInput
from domain.identity.caller import Caller
from domain.identity.errors import NotAllowed, PasswordNeeded
from domain.wallets.large_withdrawals import LargeWithdrawals
from tests.unit.fakes.accounts import user

NOW = 1_000_000.0
LIMITS = LargeWithdrawals.parse(("btc:0.5", "USD:1000"))


def signed_in(password_at: float | None) -> Caller:
    return Caller(user(), frozenset(), session_id=uuid4(), password_at=password_at)


@pytest.mark.parametrize(("code", "amount"), [("BTC", "0.5"), ("BTC", "0.1"), ("USD", "1000"), ("ETH", "1e9")])
def test_up_to_the_limit_and_without_one_no_password_is_needed(code: str, amount: str) -> None:
    LIMITS.check(signed_in(None), Currency(code), Decimal(amount), NOW)


@pytest.mark.parametrize("password_at", [None, NOW - 300])
def test_beyond_the_limit_a_recent_password_is_needed(password_at: float | None) -> None:
    with pytest.raises(PasswordNeeded):
        LIMITS.check(signed_in(password_at), Currency("BTC"), Decimal("0.500000000000000001"), NOW)
    LIMITS.check(signed_in(NOW - 299), Currency("BTC"), Decimal(100), NOW)


def test_a_key_cannot_withdraw_more() -> None:
    with pytest.raises(NotAllowed):
        LIMITS.check(Caller(user(), frozenset(), key_id=uuid4()), Currency("USD"), Decimal(1001), NOW)


@pytest.mark.parametrize("item", ["BTC", "BTC:", ":1", "BTC:-1", "BTC:x", "B TC:1", "BTC:NaN"])
def test_what_is_no_limit_is_refused(item: str) -> None:
    with pytest.raises(InvalidInput):
        LargeWithdrawals.parse((item,))


def test_a_currency_has_one_limit() -> None:
    with pytest.raises(InvalidInput, match="BTC twice"):
        LargeWithdrawals.parse(("BTC:1", "btc:2"))
