"""Orders, batches, price locks and what may be bought, in dictionaries."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from uuid import UUID

from application.orders.ports.batches import Batches
from application.orders.ports.clearing_assets import ClearingAssets, ClearingHalts
from application.orders.ports.orders import Bounds, Orders, Queue
from application.orders.ports.price_locks import PriceLocks
from domain.currency import Currency
from domain.orders.allocation import Wanted
from domain.orders.attempt import Attempt, AttemptOutcome
from domain.orders.batch import Batch, BatchStatus
from domain.orders.clearing_asset import ClearingAsset, Halt
from domain.orders.errors import ClaimLost, FillBelongsToAnotherBatch
from domain.orders.order import Order, OrderStatus, Part
from domain.orders.price_band import PriceBand
from domain.orders.price_lock import PriceLock
from domain.orders.venue_order import Fill

# As for leases: a claim that begins later than this was made by a clock that is wrong.
CLOCK_TOLERANCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class KeptBatch:
    """A batch with the claim on it, and its place in the order of all batches."""

    batch: Batch
    number: int
    worker: str = ""
    claimed_at: float = 0.0
    claimed_until: float = 0.0


@dataclass(frozen=True, slots=True)
class KeptFill:
    """A fill of an attempt."""

    attempt: Attempt
    fill: Fill


@dataclass
class Numbers:
    """A sequence, which gives each number once."""

    last: int = 0

    def next(self) -> int:
        self.last += 1
        return self.last


@dataclass
class OrderRows:
    """The rows of orders and their clearing."""

    orders: dict[UUID, Order] = field(default_factory=dict)
    parts: dict[tuple[UUID, UUID], Part] = field(default_factory=dict)
    batches: dict[UUID, KeptBatch] = field(default_factory=dict)
    attempts: dict[tuple[UUID, int], Attempt] = field(default_factory=dict)
    fills: dict[tuple[str, str, str], KeptFill] = field(default_factory=dict)
    price_locks: dict[UUID, PriceLock] = field(default_factory=dict)
    clearing_assets: dict[Currency, ClearingAsset] = field(default_factory=dict)
    clearing_halts: dict[str, Halt] = field(default_factory=dict)
    order_numbers: Numbers = field(default_factory=Numbers)
    batch_numbers: Numbers = field(default_factory=Numbers)


class FakeOrders(Orders):
    def __init__(self, rows: OrderRows) -> None:
        self._rows = rows

    async def add(self, order: Order, clear_with: Currency) -> bool:
        asset = self._rows.clearing_assets.get(order.terms.buy.code)
        if asset is None or asset.clear_with != clear_with:
            return False
        self._rows.orders[order.id] = replace(order, sequence=self._rows.order_numbers.next())
        return True

    async def find(self, user_id: UUID, order_id: UUID, *, for_change: bool = False) -> Order | None:  # noqa: ARG002 -- one writes at a time
        order = self._rows.orders.get(order_id)
        return self._shown(order) if order is not None and order.purchaser.user_id == user_id else None

    async def find_of_anyone(self, order_id: UUID, *, for_change: bool = False) -> Order | None:  # noqa: ARG002 -- one writes at a time
        order = self._rows.orders.get(order_id)
        return None if order is None else self._shown(order)

    async def list_by_user(
        self, user_id: UUID, status: OrderStatus | None, before: UUID | None, limit: int
    ) -> list[Order]:
        owned = [self._shown(each) for each in self._rows.orders.values() if each.purchaser.user_id == user_id]
        if before is not None and before not in {each.id for each in owned}:
            return []
        last = None if before is None else self._rows.orders[before].sequence
        found = [
            each
            for each in owned
            if (status is None or each.status is status) and (last is None or each.sequence < last)
        ]
        return _by_sequence(found)[::-1][:limit]

    async def save(self, orders: Collection[Order]) -> None:
        for order in orders:
            self._rows.orders[order.id] = replace(order, sequence=self._rows.orders[order.id].sequence)

    async def queues(self) -> list[Queue]:
        queued: defaultdict[Currency, list[Order]] = defaultdict(list)
        for order in self._rows.orders.values():
            if order.status is OrderStatus.QUEUED:
                queued[order.terms.buy.code].append(order)
        return [
            Queue(asset, len(orders), sum(each.left for each in orders), min(each.created_at for each in orders))
            for asset, orders in sorted(queued.items())
        ]

    async def oldest_queued(self, assets: Collection[Currency], limit: int) -> list[Queue]:
        oldest = {asset: self._queued(asset)[:limit] for asset in sorted(assets)}
        return [
            Queue(asset, len(orders), sum(each.left for each in orders), min(each.created_at for each in orders))
            for asset, orders in oldest.items()
            if orders
        ]

    async def lock_queued_before(self, asset: Currency, created_before: float, limit: int) -> list[Order]:
        return [each for each in self._queued(asset) if each.created_at < created_before][:limit]

    async def lock_queued_beyond(self, asset: Currency, band: PriceBand, limit: int) -> list[Order]:
        return [each for each in self._queued(asset) if _is_beyond(each, band)][:limit]

    async def count_larger(self, asset: Currency, units: int) -> int:
        return sum(each.left > units for each in self._queued(asset))

    async def has_beyond(self, asset: Currency, batch_id: UUID | None, band: PriceBand) -> bool:
        orders = self._queued(asset) if batch_id is None else self._in_batch(batch_id)
        return any(_is_beyond(each, band) for each in orders)

    async def batch_queued(self, asset: Currency, batch_id: UUID, now: float, bounds: Bounds) -> tuple[int, int, int]:
        fitting = [each for each in self._queued(asset) if not _is_beyond(each, bounds.band)]
        fitting = [each for each in fitting if each.left <= bounds.largest][: bounds.orders]
        so_far = list(accumulate(each.left for each in fitting))
        chosen = [each for each, sum_ in zip(fitting, so_far, strict=True) if sum_ <= bounds.units] or fitting[:1]
        for order in chosen:
            self._rows.orders[order.id] = replace(
                order, status=OrderStatus.BATCHED, batch_id=batch_id, updated_at=now, reason=None
            )
        costs = [order.terms.market_cost * order.left // order.terms.amount for order in chosen]
        return len(chosen), sum(order.left for order in chosen), sum(costs)

    async def wanted_in_batch(self, batch_id: UUID) -> Sequence[Wanted]:
        return [Wanted(each.sequence, each.left) for each in self._in_batch(batch_id)]

    async def lock_in_batch(self, batch_id: UUID, limit: int) -> list[Order]:
        return [self._shown(each) for each in self._in_batch(batch_id)[:limit]]

    async def add_parts(self, parts: Collection[Part]) -> None:
        for part in parts:
            self._rows.parts[part.order_id, part.batch_id] = part

    async def list_parts(self, order_id: UUID) -> list[Part]:
        return [each for each in self._rows.parts.values() if each.order_id == order_id]

    def _queued(self, asset: Currency) -> list[Order]:
        orders = self._rows.orders.values()
        return _by_sequence(
            each for each in orders if each.status is OrderStatus.QUEUED and each.terms.buy.code == asset
        )

    def _in_batch(self, batch_id: UUID) -> list[Order]:
        orders = self._rows.orders.values()
        return _by_sequence(each for each in orders if each.status is OrderStatus.BATCHED and each.batch_id == batch_id)

    def _shown(self, order: Order) -> Order:
        if order.status is not OrderStatus.BATCHED or order.batch_id is None:
            return order
        is_placing = self._rows.batches[order.batch_id].batch.placing_at is not None
        return replace(order, status=OrderStatus.PLACING) if is_placing else order


class FakeBatches(Batches):
    def __init__(self, rows: OrderRows) -> None:
        self._rows = rows

    async def add(self, batch: Batch) -> bool:
        if any(each.asset.code == batch.asset.code for each in await self.list_unfinished()):
            return False
        self._rows.batches[batch.id] = KeptBatch(batch, self._rows.batch_numbers.next())
        return True

    async def find(self, batch_id: UUID) -> Batch | None:
        kept = self._rows.batches.get(batch_id)
        return None if kept is None else kept.batch

    async def list_unfinished(self) -> list[Batch]:
        return [each.batch for each in self._kept(lambda batch: batch.status is not BatchStatus.DONE)]

    async def list_newest(self, before: UUID | None, limit: int) -> list[Batch]:
        if before is not None and before not in self._rows.batches:
            return []
        last = None if before is None else self._rows.batches[before].number
        kept = [each for each in self._kept(lambda _: True) if last is None or each.number < last]
        return [each.batch for each in kept[::-1][:limit]]

    async def list_some(self, batch_ids: Collection[UUID]) -> list[Batch]:
        return [each.batch for each in self._kept(lambda batch: batch.id in batch_ids)]

    async def find_last_done(self, asset: Currency) -> Batch | None:
        done = self._kept(lambda batch: batch.asset.code == asset and batch.status is BatchStatus.DONE)
        return max((each.batch for each in done), key=lambda batch: batch.finished_at or 0, default=None)

    async def traded_since(self, asset: Currency, since: float) -> tuple[int, int]:
        traded = self._kept(lambda batch: batch.asset.code == asset and (batch.traded_at or 0) > since)
        return sum(each.batch.paid for each in traded), sum(each.batch.fair_cost for each in traded)

    async def claim(self, batch_id: UUID, worker: str, now: float, until: float) -> Batch | None:
        kept = self._rows.batches.get(batch_id)
        if kept is None or kept.batch.status is BatchStatus.DONE:
            return None
        if kept.claimed_until > now and kept.claimed_at <= now + CLOCK_TOLERANCE_SECONDS:
            return None
        batch = replace(kept.batch, token=kept.batch.token + 1)
        self._rows.batches[batch_id] = KeptBatch(batch, kept.number, worker, now, until)
        return batch

    async def save(self, batch: Batch, *, release: bool = True) -> None:
        kept = self._rows.batches[batch.id]
        if kept.batch.token != batch.token:
            raise ClaimLost("another worker has taken the batch over")
        until = 0.0 if release else kept.claimed_until
        self._rows.batches[batch.id] = replace(kept, batch=batch, claimed_until=until)

    async def add_attempt(self, attempt: Attempt) -> None:
        self._rows.attempts[attempt.batch_id, attempt.number] = attempt

    async def save_attempt(self, attempt: Attempt) -> None:
        self._rows.attempts[attempt.batch_id, attempt.number] = attempt

    async def last_attempt(self, batch_id: UUID) -> Attempt | None:
        return next(reversed(await self.list_attempts(batch_id)), None)

    async def list_attempts(self, batch_id: UUID) -> list[Attempt]:
        attempts = [each for each in self._rows.attempts.values() if each.batch_id == batch_id]
        return sorted(attempts, key=lambda each: each.number)

    async def add_fills(self, attempt: Attempt, fills: Sequence[Fill]) -> None:
        for fill in fills:
            place = attempt.venue, attempt.order.symbol, fill.trade_id
            kept = self._rows.fills.get(place)
            if kept is not None and kept.attempt.batch_id != attempt.batch_id:
                raise FillBelongsToAnotherBatch(f"trade {fill.trade_id} was counted for another batch")
            self._rows.fills[place] = KeptFill(attempt, fill)

    async def list_attempts_of(self, batch_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Attempt]]:
        found = {id_: await self.list_attempts(id_) for id_ in batch_ids}
        return {id_: attempts for id_, attempts in found.items() if attempts}

    async def has_pending(self, venue: str) -> bool:
        attempts = self._rows.attempts.values()
        return any(each.venue == venue and each.outcome is AttemptOutcome.PENDING for each in attempts)

    async def list_fills_of(self, batch_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Fill]]:
        found: defaultdict[UUID, list[Fill]] = defaultdict(list)
        for each in self._rows.fills.values():
            if each.attempt.batch_id in batch_ids:
                found[each.attempt.batch_id].append(each.fill)
        return found

    async def list_traded(self, finished_since: float, after: UUID | None, limit: int) -> list[Batch]:
        def is_meant(batch: Batch) -> bool:
            return batch.status is BatchStatus.SETTLING or (batch.finished_at or 0) > finished_since

        last = 0 if after is None else self._rows.batches[after].number
        return [each.batch for each in self._kept(is_meant) if each.number > last][:limit]

    def _kept(self, is_meant: Callable[[Batch], bool]) -> list[KeptBatch]:
        kept = [each for each in self._rows.batches.values() if is_meant(each.batch)]
        return sorted(kept, key=lambda each: each.number)


class FakePriceLocks(PriceLocks):
    def __init__(self, rows: OrderRows) -> None:
        self._locks = rows.price_locks

    async def add(self, lock: PriceLock) -> None:
        self._locks[lock.id] = lock

    async def find(self, user_id: UUID, lock_id: UUID, *, for_change: bool = False) -> PriceLock | None:  # noqa: ARG002 -- one writes at a time
        lock = self._locks.get(lock_id)
        return lock if lock is not None and lock.user_id == user_id else None

    async def accept(self, lock_id: UUID, order_id: UUID) -> bool:
        lock = self._locks[lock_id]
        if lock.order_id is not None:
            return False
        self._locks[lock_id] = replace(lock, order_id=order_id)
        return True

    async def delete_expired(self, expired_before: float, limit: int) -> int:
        expired = [id_ for id_, each in self._locks.items() if each.expires_at < expired_before][:limit]
        for id_ in expired:
            del self._locks[id_]
        return len(expired)


class FakeClearingAssets(ClearingAssets):
    def __init__(self, rows: OrderRows) -> None:
        self._assets = rows.clearing_assets

    async def list(self) -> list[ClearingAsset]:
        return sorted(self._assets.values(), key=lambda each: each.code)

    async def find(self, code: Currency, *, for_change: bool = False) -> ClearingAsset | None:  # noqa: ARG002 -- one writes at a time
        return self._assets.get(code)

    async def save(self, asset: ClearingAsset) -> None:
        before = self._assets.get(asset.code)
        self._assets[asset.code] = replace(asset, resumed_at=0.0 if before is None else before.resumed_at)

    async def note_resumed(self, code: Currency, at: float) -> None:
        self._assets[code] = replace(self._assets[code], resumed_at=at)


class FakeClearingHalts(ClearingHalts):
    def __init__(self, rows: OrderRows) -> None:
        self._halts = rows.clearing_halts

    async def all(self) -> Mapping[Currency | None, Halt]:
        return {halt.asset: halt for halt in self._halts.values()}

    async def add(self, halt: Halt) -> bool:
        is_new = (halt.asset or "") not in self._halts
        self._halts.setdefault(halt.asset or "", halt)
        return is_new

    async def remove(self, asset: Currency | None) -> bool:
        return self._halts.pop(asset or "", None) is not None


def _by_sequence(orders: Iterable[Order]) -> list[Order]:
    return sorted(orders, key=lambda each: each.sequence)


def _is_beyond(order: Order, band: PriceBand) -> bool:
    return band.is_beyond(order.terms.amount, order.terms.market_cost)
