"""Decide about a batch whose outcome could not be found out."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from application.identity.record_audit_event import record_audit_event
from application.orders.ask_venue import AskVenue
from application.orders.batch_step import Clearing
from application.orders.ports.repositories import OrderingRepositories, OrdersRepositories
from application.orders.record_trade import record_trade
from application.ports.database import Database
from domain.decimals import plain
from domain.errors import CrossrateError
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.caller import Caller
from domain.orders.attempt import Attempt, AttemptOutcome
from domain.orders.batch import Batch, BatchStatus
from domain.orders.clearing_asset import Rest
from domain.orders.errors import (
    BatchNotStuck,
    ClaimLost,
    InvalidFills,
    NoSuchBatch,
)
from domain.orders.trade import Trade
from domain.orders.venue_order import Fill


@dataclass(frozen=True, slots=True)
class Decision:
    """What an administrator has seen at the venue: the trades of the order, or that there never were any.

    Without trades, the order must never be executed later either: the venue has refused it, or does not know it.
    """

    fills: Sequence[Fill]
    reason: str


class ResolveBatch:
    """Goes the way that clearing goes once the venue has answered, with the same guards, and is in the audit log."""

    def __init__(self, clearing: Clearing, database: Database[OrderingRepositories]) -> None:
        self._clearing = clearing
        self._database = database

    async def __call__(self, admin: Caller, batch_id: UUID, decision: Decision, address: str) -> Batch:
        """Resolve it, and return it as it is then. It takes the administrator's recent password.

        Raises `NoSuchBatch`, `BatchNotStuck`, `InvalidFills`, `FillBelongsToAnotherBatch` and `PasswordNeeded`.
        """
        clearing, now = self._clearing, self._clearing.clock.now()
        admin.require_recent_password(now)
        batch, attempt, is_rest_refunded = await self._claimed(admin, batch_id, decision)
        bought = f"{len(decision.fills)} trades" if decision.fills else "not executed"
        detail = f"{batch_id}: {bought}; {decision.reason}"[:255]
        event = AuditEvent.done(AuditAction.RESOLVE_BATCH, admin.user, address, now, detail)

        async def audit(unit: OrdersRepositories) -> None:
            await record_audit_event(cast("OrderingRepositories", unit), event)  # it is one of `self._database`

        try:
            if decision.fills:
                rest = {"is_rest_refunded": is_rest_refunded}
                await record_trade(clearing, batch, attempt, decision.fills, **rest, also=audit)
            else:
                ask = AskVenue(clearing)
                await ask.decided(batch, attempt, AttemptOutcome.ABSENT, decision.reason, also=audit)
        except ClaimLost as error:
            raise BatchNotStuck("a worker has just taken the batch over; look at it again") from error
        except CrossrateError:
            with suppress(ClaimLost):
                await self._database.write(lambda unit: unit.batches.save(batch))  # ends the claim
            raise
        async with self._database.reading() as unit:
            return _found(await unit.batches.find(batch_id))

    async def _claimed(self, admin: Caller, batch_id: UUID, decision: Decision) -> tuple[Batch, Attempt, bool]:
        """Claim the batch for the administrator."""
        clearing, now = self._clearing, self._clearing.clock.now()

        async def work(unit: OrderingRepositories) -> tuple[Batch, Attempt, bool]:
            batch = _found(await unit.batches.find(batch_id))
            attempt = await unit.batches.last_attempt(batch_id)
            is_stuck = batch.status is BatchStatus.PLACING and batch.stuck_since is not None
            if not is_stuck or attempt is None or attempt.outcome is not AttemptOutcome.PENDING:
                raise BatchNotStuck("the batch waits for nobody")
            _check(attempt, decision.fills)
            until = now + clearing.limits.lease_seconds
            claimed = await unit.batches.claim(batch_id, f"admin:{admin.user.name}"[:64], now, until)
            if claimed is None:
                raise BatchNotStuck("a worker is asking about the batch right now; repeat the request in a minute")
            asset = await unit.clearing_assets.find(batch.asset.code)
            return claimed, attempt, asset is not None and asset.rest is Rest.REFUND

        return await self._database.write(work)


def _found(batch: Batch | None) -> Batch:
    if batch is None:
        raise NoSuchBatch("there is no such batch")
    return batch


def _check(attempt: Attempt, fills: Sequence[Fill]) -> None:
    """Raise `InvalidFills` for what cannot be trades of the order."""
    order = attempt.order
    if len({fill.trade_id for fill in fills}) < len(fills):
        raise InvalidFills("a trade is given twice")
    if any(fill.price > order.limit_price or not fill.price or not fill.quantity for fill in fills):
        raise InvalidFills(f"each trade has a quantity, and a price of at most {plain(order.limit_price)}")
    if sum(fill.quantity for fill in fills) > order.quantity:
        raise InvalidFills(f"the order was for {plain(order.quantity)}, and the trades are more")
    if fills and Trade.of(order.pair, fills).received <= 0:
        raise InvalidFills("the fees are as much as was bought")
