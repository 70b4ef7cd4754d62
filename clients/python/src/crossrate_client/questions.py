"""What to convert, one of many."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from crossrate_client._calls import Amount, amount_text


@dataclass(frozen=True, slots=True)
class Question:
    """One line of `convert_many`. What is None is as for all lines."""

    currency_from: str
    currency_to: str
    amount: Amount
    exchange: str | None = None
    cache_max_seconds: int | None = None
    rate_type: Literal["mid", "executable"] | None = None
    include_route: bool | None = None

    def fields(self) -> Mapping[str, object]:
        """Return it as the service reads it."""
        fields = {
            "currency_from": self.currency_from,
            "currency_to": self.currency_to,
            "amount": amount_text(self.amount),
            "exchange": self.exchange,
            "cache_max_seconds": self.cache_max_seconds,
            "rate_type": self.rate_type,
            "include_route": self.include_route,
        }
        return {name: value for name, value in fields.items() if value is not None}
