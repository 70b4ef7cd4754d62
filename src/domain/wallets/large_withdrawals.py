"""Withdrawals that an access token alone is not enough for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from domain.currency import Currency
from domain.errors import InvalidInput
from domain.identity.caller import Caller
from domain.rates.conversion import parse_amount


@dataclass(frozen=True, slots=True)
class LargeWithdrawals:
    """The largest amount of a currency that is withdrawn without a recent password; there is no limit for others."""

    limits: Mapping[Currency, Decimal] = field(default_factory=dict)

    @classmethod
    def parse(cls, items: tuple[str, ...]) -> Self:
        """Read items such as `BTC:0.5`. Raises `InvalidInput`."""
        limits: dict[Currency, Decimal] = {}
        for item in items:
            code, colon, amount = item.partition(":")
            if not colon:
                raise InvalidInput("must be a currency and an amount, such as BTC:0.5")
            currency = Currency(code.strip())
            if currency in limits:
                raise InvalidInput(f"names {currency} twice")
            limits[currency] = parse_amount(amount.strip())
        return cls(limits)

    def check(self, caller: Caller, code: Currency, amount: Decimal, now: float) -> None:
        """Raise `PasswordNeeded`, or `NotAllowed` for an API key, if so much may not be withdrawn like this."""
        limit = self.limits.get(code)
        if limit is not None and amount > limit:
            caller.require_recent_password(now)
