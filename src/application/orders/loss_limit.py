"""Halt an asset whose purchases cost the house too much."""

from typing import NamedTuple

from application.orders.batch_step import Clearing
from application.orders.halting import BY_CLEARING, halt
from application.orders.ports.repositories import OrdersRepositories
from domain.decimals import plain
from domain.orders.batch import Batch
from domain.orders.clearing_asset import DAY_SECONDS
from domain.orders.terms import ceiled


class Expected(NamedTuple):
    """A purchase that is about to be sent: what it costs by the ask, and cost when its orders were accepted."""

    paid: int
    fair_cost: int


async def halt_beyond_loss_limit(
    clearing: Clearing, unit: OrdersRepositories, batch: Batch, now: float, expected: Expected | None = None
) -> bool:
    """Halt the asset if venues took more than buyers paid, by the limit, and return whether they did.

    A day counts, but nothing from before an administrator resumed the asset.
    """
    asset = await unit.clearing_assets.find(batch.asset.code)
    since = max(now - DAY_SECONDS, 0.0 if asset is None else asset.resumed_at)
    paid, fair_cost = await unit.batches.traded_since(batch.asset.code, since)
    if expected is not None:
        paid, fair_cost = paid + expected.paid, fair_cost + expected.fair_cost
    lost = paid - clearing.limits.charges.taken(fair_cost)
    if lost <= ceiled(batch.clear_with, clearing.limits.loss_limit):
        return False
    amount = f"{plain(batch.clear_with.amount_of(lost))} {batch.clear_with.code}"
    has = "has lost" if expected is None else "would have lost, with the next purchase,"
    reason = f"clearing {has} {amount} within a day, which is more than the loss limit"
    await halt(unit, batch.asset.code, reason, BY_CLEARING, now)
    return True
