"""The worth of wallets as answers, and as the OpenAPI document describes it."""

from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from application.concurrency.cooperative import yield_to_event_loop
from application.wallets.value_wallets import TotalWorth, WalletWorth
from domain.decimals import plain
from domain.rates.book import RateType
from domain.wallets.valuation import LINES_PER_STEP, LineStatus, ValuedLine
from entrypoints.http.rates.schemas import RouteLeg, leg_fields


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


_TOTAL = "Exactly the sum of what the lines are worth; unpriced ones are left out."
_COMPLETE = "Whether every line that is not zero is `priced`."
_UPDATED = "Unix second of the oldest price; absent if no price was needed or found."


class WorthLine(_Answer):
    """A currency and its worth. `rate` and `converted` are absent where it is unpriced, never 0 or 1 instead."""

    id: UUID
    code: str = Field(examples=["BTC"])
    amount: str = Field(examples=["0.25"])
    status: LineStatus = Field(description="`stale`: at a price older than was asked for; it counts in the total.")
    rate: str | None = Field(None, description="What one unit is worth.", examples=["97058.925"])
    converted: str | None = Field(None, description="Exactly the amount times the rate.", examples=["24264.73125"])
    exchange: str | None = Field(None, description="Where the rate is from.", examples=["binance"])
    updated_at: int | None = Field(None, description="Unix second of the price.", examples=[1795302570])
    route: list[RouteLeg] | None = Field(None, description="The legs, on request.")
    reason: str | None = Field(None, description="Why it is stale or unpriced.")


class WalletWorthAnswer(_Answer):
    """The worth of a wallet."""

    wallet: str = Field(description="Its name.", examples=["Savings"])
    wallet_id: UUID
    to: str = Field(examples=["USD"])
    total: str = Field(description=_TOTAL, examples=["24264.73125"])
    complete: bool = Field(description=_COMPLETE)
    currencies: list[WorthLine]
    updated_at: int | None = Field(None, description=_UPDATED, examples=[1795302570])


class TotalWorthAnswer(_Answer):
    """The worth of all wallets, each and together, at the same prices."""

    to: str = Field(examples=["USD"])
    total: str = Field(description=_TOTAL, examples=["24264.73125"])
    complete: bool = Field(description=_COMPLETE)
    wallets: list[WalletWorthAnswer]
    updated_at: int | None = Field(None, description=_UPDATED, examples=[1795302570])


async def wallet_worth_body(worth: WalletWorth, rate_type: RateType, *, include_route: bool) -> bytes:
    """Write the worth of a wallet as `WalletWorthAnswer` describes it; tests hold the two together."""
    lines = []
    for number, line in enumerate(worth.valuation.lines, start=1):
        # Ids are of the database driver's own class.
        lines.append(orjson.dumps(_line(line, rate_type, include_route=include_route), default=str))
        if number % LINES_PER_STEP == 0:
            await yield_to_event_loop()
    currencies = orjson.Fragment(b"[" + b",".join(lines) + b"]")
    return orjson.dumps(_wallet(worth, currencies), default=str)


async def total_worth_body(worth: TotalWorth, rate_type: RateType, *, include_route: bool) -> bytes:
    """Write the worth of all wallets as `TotalWorthAnswer` describes it, one at a time."""
    written = []
    for each in worth.wallets:
        written.append(await wallet_worth_body(each, rate_type, include_route=include_route))
        await yield_to_event_loop()
    head = orjson.dumps({"to": worth.to, "total": plain(worth.total), "complete": worth.is_complete})
    updated_at = b"" if worth.updated_at is None else b',"updated_at":%d' % worth.updated_at
    return head.removesuffix(b"}") + b',"wallets":[' + b",".join(written) + b"]" + updated_at + b"}"


def _wallet(worth: WalletWorth, currencies: orjson.Fragment) -> dict[str, Any]:
    valuation = worth.valuation
    return {
        "wallet": worth.wallet.name,
        "wallet_id": worth.wallet.id,
        "to": valuation.to,
        "total": plain(valuation.total),
        "complete": valuation.is_complete,
        "currencies": currencies,
        **_present(updated_at=valuation.updated_at),
    }


def _line(line: ValuedLine, rate_type: RateType, *, include_route: bool) -> dict[str, Any]:
    holding, price = line.holding, line.price
    written: dict[str, Any] = {
        "id": holding.id,
        "code": holding.code,
        "amount": plain(holding.amount),
        "status": line.status,
    }
    if line.rate is not None and line.converted is not None:
        written |= {"rate": plain(line.rate), "converted": plain(line.converted)}
    if price is not None:
        written |= {"exchange": price.source, "updated_at": int(price.observed_at)}
        if include_route and price.route is not None:
            written["route"] = [leg_fields(leg, rate_type) for leg in price.route.legs]
    return written | _present(reason=line.reason)


def _present(**members: object) -> dict[str, object]:
    return {name: member for name, member in members.items() if member is not None}
