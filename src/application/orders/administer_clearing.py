"""What administrators do about clearing: what may be bought on which terms, halts, and a look at batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from application.identity.record_audit_event import record_audit_event
from application.orders.halting import halt
from application.orders.ports.broker import Broker
from application.orders.ports.repositories import OrderingRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.currency import Currency
from domain.decimals import plain
from domain.errors import NoSuchObject
from domain.identity.audit_event import AuditAction, AuditEvent
from domain.identity.user import User
from domain.orders.attempt import Attempt
from domain.orders.batch import Batch
from domain.orders.clearing_asset import ClearingAsset, Halt
from domain.orders.errors import (
    BrokerUnavailable,
    ClearingAssetInUse,
    InvalidClearingAsset,
    NotTradable,
    UnknownPosition,
)
from domain.rates.tickers import NO_EXCHANGE, meanings

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ClearingState:
    """What may be bought, and what is halted: single assets, or with the key None all."""

    assets: Sequence[ClearingAsset]
    halts: Mapping[Currency | None, Halt]


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch with its attempts, oldest first."""

    batch: Batch
    attempts: Sequence[Attempt]


@dataclass(frozen=True, slots=True)
class BatchesPage:
    """Batches, newest first; `next` is the last one's id where there is another page."""

    batches: Sequence[BatchView]
    next: UUID | None


class AdministerClearing:
    """Every change is in the audit log, in the same unit of work."""

    def __init__(
        self,
        *,
        database: Database[OrderingRepositories],
        clock: Clock,
        venues: Sequence[str],
        brokers: Mapping[str, Broker],
    ) -> None:
        """Accept assets that are cleared at these venues, `venues` in order, by their `brokers`."""
        self._database = database
        self._brokers = brokers
        self._clock = clock
        self.venues = venues

    async def state(self) -> ClearingState:
        """Return what may be bought, and what is halted."""
        async with self._database.reading() as unit:
            return await _state(unit)

    async def save_asset(self, admin: User, asset: ClearingAsset, address: str) -> ClearingState:
        """Store the terms of an asset, or replace those that it had.

        Raises `InvalidClearingAsset` for an unknown venue or a second name, or where no venue sells it, and
        `ClearingAssetInUse` if orders wait for another `clear_with`.
        """
        self._require_first_names(asset)
        unknown = [venue for venue in asset.venues if venue not in self.venues]
        if unknown:
            known = ", ".join(sorted(self.venues)) or "none"
            raise InvalidClearingAsset(f"{unknown[0]} is not a venue of this service; there are: {known}", "venues")
        await self._require_trade(asset)
        threshold = f"{plain(asset.threshold)} {asset.clear_with}"
        event = self._event(
            AuditAction.SET_ASSET, admin, address, f"{asset.code}: {threshold} at {', '.join(asset.venues)}"
        )

        async def work(unit: OrderingRepositories) -> ClearingState:
            before = await unit.clearing_assets.find(asset.code, for_change=True)
            if before is not None and before.clear_with != asset.clear_with and await _is_in_use(unit, asset.code):
                raise ClearingAssetInUse(f"orders of {asset.code} wait to be cleared with {before.clear_with}")
            await unit.clearing_assets.save(asset)
            await record_audit_event(unit, event)
            return await _state(unit)

        return await self._database.write(work)

    def _require_first_names(self, asset: ClearingAsset) -> None:
        """Raise `InvalidClearingAsset` for XBT, whose funds and prices are those of BTC."""
        names = meanings(NO_EXCHANGE, self._clock.now()).synonyms
        for field, code in (("code", asset.code), ("clear_with", asset.clear_with)):
            if code in names:
                raise InvalidClearingAsset(f"{code} is a second name of {names[code]}: use {names[code]}", field)

    async def _require_trade(self, asset: ClearingAsset) -> None:
        """Raise `InvalidClearingAsset` where every venue says that it does not trade it."""
        for venue in asset.venues:
            try:
                await self._brokers[venue].rules(asset.pair)
            except NotTradable:
                continue
            except BrokerUnavailable:
                return  # it may well trade it
            return
        raise InvalidClearingAsset(f"{asset.pair} is traded at none of its venues", "code")

    async def halt(self, admin: User, asset: Currency | None, reason: str, address: str) -> ClearingState:
        """Halt one asset, or all with None. What is on its way is finished. Raises `NoSuchObject`."""
        now = self._clock.now()
        event = self._event(AuditAction.HALT_CLEARING, admin, address, f"{asset or 'all'}: {reason}")

        async def work(unit: OrderingRepositories) -> ClearingState:
            await _require(unit, asset)
            if await halt(unit, asset, reason, admin.name, now):
                await record_audit_event(unit, event)
            return await _state(unit)

        return await self._database.write(work)

    async def resume(self, admin: User, asset: Currency | None, address: str) -> ClearingState:
        """End the halt of one asset, or the one of all; losses before it do not count. Raises `NoSuchObject`."""
        now = self._clock.now()
        event = self._event(AuditAction.RESUME_CLEARING, admin, address, str(asset or "all"))

        async def work(unit: OrderingRepositories) -> tuple[bool, ClearingState]:
            await _require(unit, asset)
            is_resumed = await unit.clearing_halts.remove(asset)
            if is_resumed:
                await record_audit_event(unit, event)
            if is_resumed and asset is not None:
                await unit.clearing_assets.note_resumed(asset, now)
            return is_resumed, await _state(unit)

        is_resumed, state = await self._database.write(work)
        if is_resumed:
            log.warning("clearing_resumed", asset=asset or "all", by=admin.name)
        return state

    async def batches(self, before: UUID | None, limit: int) -> BatchesPage:
        """Return a page of batches, newest first. Raises `UnknownPosition`."""
        async with self._database.reading() as unit:
            found = await unit.batches.list_newest(before, limit + 1)
            if before is not None and not found and await unit.batches.find(before) is None:
                raise UnknownPosition("there is no such batch")
            attempts = await unit.batches.list_attempts_of([each.id for each in found[:limit]])
        views = [BatchView(each, attempts.get(each.id, ())) for each in found[:limit]]
        return BatchesPage(views, found[limit - 1].id if len(found) > limit else None)

    def _event(self, action: AuditAction, admin: User, address: str, detail: str) -> AuditEvent:
        return AuditEvent.done(action, admin, address, self._clock.now(), detail[:255])


async def _state(unit: OrderingRepositories) -> ClearingState:
    return ClearingState(await unit.clearing_assets.list(), await unit.clearing_halts.all())


async def _require(unit: OrderingRepositories, asset: Currency | None) -> None:
    if asset is not None and await unit.clearing_assets.find(asset) is None:
        raise NoSuchObject(f"{asset} cannot be bought here")


async def _is_in_use(unit: OrderingRepositories, code: Currency) -> bool:
    queued = {queue.asset for queue in await unit.orders.queues()}
    unfinished = {batch.asset.code for batch in await unit.batches.list_unfinished()}
    return code in queued | unfinished
