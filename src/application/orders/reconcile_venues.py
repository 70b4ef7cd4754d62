"""Compare what the ledger says that venues hold for us with what they say themselves."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from uuid import uuid4

from application.orders.house import asset_in_ledger, venue_account
from application.orders.open_venue import opened_of
from application.orders.ports.broker import Broker
from application.orders.ports.order_sums import ReconciliationRepositories
from application.orders.venue_activity import activity_at, quiet_lease
from application.ports.clock import Clock
from application.ports.database import Database
from domain.currency import Currency
from domain.errors import DatabaseUnavailable
from domain.ledger.account import house_ref
from domain.orders.errors import BrokerUnavailable
from domain.orders.reconciliation import VenueAsset, VenueState
from domain.orders.terms import floored

BUSY = "a purchase is under way"
UNOPENED = "nothing was ever bought there"

# Between two purchases there is usually time for an answer.
TRIES = 4
PAUSE_SECONDS = 0.25
# Where there is none, nothing new is sent to the venue for so long, at most.
QUIET_SECONDS = 10.0

Pause = Callable[[float], Awaitable[None]]


class ReconcileVenues:
    """Compares balances that were read while nothing was on its way to a venue, and nothing came of anything."""

    def __init__(
        self,
        *,
        database: Database[ReconciliationRepositories],
        brokers: Mapping[str, Broker],
        clock: Clock,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._database = database
        self._brokers = brokers
        self._clock = clock
        self._pause = pause

    async def __call__(self, *, may_keep_quiet: bool) -> list[VenueState]:
        """Return the state of each venue. One that is never quiet may be kept so for a moment."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._answered(broker, may_keep_quiet=may_keep_quiet))
                for broker in self._brokers.values()
            ]
        return [task.result() for task in tasks]

    async def _answered(self, broker: Broker, *, may_keep_quiet: bool) -> VenueState:
        try:
            return await self._state(broker, may_keep_quiet=may_keep_quiet)
        except DatabaseUnavailable as error:
            return VenueState(broker.venue, not_compared=str(error))

    async def _state(self, broker: Broker, *, may_keep_quiet: bool) -> VenueState:
        state = await self._tried(broker, TRIES)
        if state.not_compared != BUSY or not may_keep_quiet:
            return state
        name, holder, now = quiet_lease(broker.venue), uuid4().hex, self._clock.now()
        await self._database.write(lambda unit: unit.leases.acquire(name, holder, now, now + QUIET_SECONDS))
        try:
            return await self._tried(broker, int(QUIET_SECONDS / PAUSE_SECONDS))
        finally:
            await self._database.write(lambda unit: unit.leases.release(name, holder))

    async def _tried(self, broker: Broker, tries: int) -> VenueState:
        state = await self._compared(broker)
        for _ in range(tries - 1):
            if state.not_compared != BUSY:
                break
            await self._pause(PAUSE_SECONDS)
            state = await self._compared(broker)
        return state

    async def _compared(self, broker: Broker) -> VenueState:
        async with self._database.reading() as unit:
            before = await activity_at(unit, broker.venue)
        if before is None:
            return VenueState(broker.venue, not_compared=BUSY)
        try:
            held = await broker.balances()
        except BrokerUnavailable as error:
            return VenueState(broker.venue, not_compared=str(error))
        async with self._database.reading() as unit:
            if await activity_at(unit, broker.venue) != before:
                return VenueState(broker.venue, not_compared=BUSY)
            found = await _compared(unit, broker.venue, held)
            # A purchase may be put into the books between two statements of this unit.
            if await activity_at(unit, broker.venue) != before:
                return VenueState(broker.venue, not_compared=BUSY)
        return VenueState(broker.venue, found) if found else VenueState(broker.venue, not_compared=UNOPENED)


async def _compared(unit: ReconciliationRepositories, venue: str, held: Mapping[Currency, Decimal]) -> list[VenueAsset]:
    """Compare what has an opening, and what the ledger has at the venue without one, such as a fee in its own coin."""
    traded = {code for asset in await unit.clearing_assets.list() for code in (asset.code, asset.clear_with)}
    codes = sorted({code for code, amount in held.items() if amount} | traded)
    opened = await opened_of(unit, venue, codes)
    ids = {code: house_ref(venue_account(venue), code).id for code in codes}
    accounts = await unit.ledger_accounts.find(list(ids.values()))
    found = []
    for code, id_ in ids.items():
        account = accounts.get(id_)
        if account is None and code not in opened:
            continue
        expected = Decimal(0) if account is None else -account.asset.amount_of(account.balance.available)
        # Venues count fiat in finer parts than the ledger.
        asset = await asset_in_ledger(unit, code) if account is None else account.asset
        found.append(VenueAsset(code, expected, asset.amount_of(floored(asset, held.get(code, Decimal(0))))))
    return found
