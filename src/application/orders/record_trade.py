"""Put what a venue has executed into the books, and divide it among the batch's orders."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid5

import structlog

from application.concurrency.cooperative import run_cooperatively
from application.ledger.post_transactions import post_transactions
from application.orders.batch_step import Also, Clearing, nothing_else
from application.orders.house import TRADING, asset_in_ledger, open_house_accounts, venue_account
from application.orders.loss_limit import halt_beyond_loss_limit
from application.orders.ports.repositories import OrdersRepositories
from domain.decimals import plain
from domain.ledger.account import house_ref
from domain.ledger.asset import Asset
from domain.ledger.movements.trade import trade
from domain.ledger.transaction import Movement
from domain.orders.allocation import Allocation
from domain.orders.attempt import Attempt, AttemptOutcome
from domain.orders.batch import Batch
from domain.orders.terms import ceiled, floored
from domain.orders.trade import Trade
from domain.orders.venue_order import Fill

log = structlog.get_logger()


async def record_trade(
    clearing: Clearing,
    batch: Batch,
    attempt: Attempt,
    fills: Sequence[Fill],
    *,
    is_rest_refunded: bool,
    also: Also = nothing_else,
) -> None:
    """Store attempt, fills and allocation with their ledger transaction, and what `also` stores, in one unit of work.

    Raises `ClaimLost` and `FillBelongsToAnotherBatch`.
    """
    bought = Trade.of(attempt.order.pair, fills)
    received, paid = floored(batch.asset, bought.received), ceiled(batch.clear_with, bought.paid)
    decided, now = replace(attempt, outcome=AttemptOutcome.DONE), clearing.clock.now()

    async def work(unit: OrdersRepositories) -> Batch:
        await unit.batches.save(batch, release=False)  # first, so that another worker waits here
        wanted = await unit.orders.wanted_in_batch(batch.id)
        allocation = await run_cooperatively(Allocation.in_slices(wanted, received))
        after = replace(batch, traded_at=now).settle(allocation, received, paid, is_rest_refunded=is_rest_refunded)
        await unit.batches.save(after)
        await unit.batches.save_attempt(decided)
        await unit.batches.add_fills(attempt, fills)
        await halt_beyond_loss_limit(clearing, unit, after, now)
        await _post(unit, after, attempt.venue, bought, now)
        await also(unit)
        return after

    after = await clearing.database.write(work)
    clearing.meter.attempt_decided(attempt.venue, AttemptOutcome.DONE.value)
    log.info(
        "batch_bought",
        batch=str(batch.id),
        venue=attempt.venue,
        wanted=plain(batch.asset.amount_of(batch.wanted)),
        received=plain(batch.asset.amount_of(received)),
        paid=plain(batch.clear_with.amount_of(paid)),
        loss=plain(batch.clear_with.amount_of(paid - clearing.limits.charges.taken(after.fair_cost))),
    )


async def _post(unit: OrdersRepositories, batch: Batch, venue: str, bought: Trade, now: float) -> None:
    name = venue_account(venue)
    fees = {code: await asset_in_ledger(unit, code) for code in bought.fees}
    changes: list[tuple[Asset, int]] = [
        (batch.asset, batch.received),
        (batch.clear_with, -batch.paid),
        *((asset, -ceiled(asset, bought.fees[code])) for code, asset in fees.items()),
    ]
    movements = [
        movement
        for asset, units in changes
        if units
        for movement in (
            Movement(house_ref(TRADING, asset.code), units),
            Movement(house_ref(name, asset.code), -units),
        )
    ]
    if movements:
        accounts = {(account, asset) for asset, units in changes if units for account in (TRADING, name)}
        await open_house_accounts(unit, accounts)
        await post_transactions(unit, [trade(uuid5(batch.id, "trade"), movements)], now)
