"""Compare what the ledger says that venues hold for us with what they say themselves."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import uuid5

from application.ledger.post_transactions import post_transactions
from application.orders.house import asset_in_ledger, open_house_accounts, venue_account
from application.orders.ports.broker import Broker
from application.orders.ports.order_sums import ReconciliationRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.currency import Currency
from domain.ledger.account import house_ref
from domain.ledger.movements.trade import trade
from domain.ledger.transaction import Movement
from domain.orders.attempt import AttemptOutcome
from domain.orders.batch import BatchStatus
from domain.orders.errors import BrokerUnavailable
from domain.orders.reconciliation import VenueAsset, VenueState
from domain.orders.terms import floored

# More batches than are done while a venue answers.
_NEWEST_BATCHES = 20

BUSY = "a purchase is under way"


def capital_account(venue: str) -> str:
    """Return the name of the account against which what a venue held at first is booked; it exists from then on."""
    return f"capital:{venue}"


class ReconcileVenues:
    """Compares only while nothing is on its way to a venue: otherwise it may be at one place and not yet at the other.

    The first time that an asset is looked at, what it holds beyond the ledger was there before us: that is booked as
    capital. Later differences are differences.
    """

    def __init__(
        self, *, database: Database[ReconciliationRepositories], brokers: Mapping[str, Broker], clock: Clock
    ) -> None:
        self._database = database
        self._brokers = brokers
        self._clock = clock

    async def __call__(self, *, opens: bool) -> list[VenueState]:
        """Return the state of each venue; with `opens`, book what is seen for the first time."""
        return [await self._compared(broker, opens=opens) for broker in self._brokers.values()]

    async def _compared(self, broker: Broker, *, opens: bool) -> VenueState:
        before = await self._activity(broker.venue)
        if before is None:
            return VenueState(broker.venue, not_compared=BUSY)
        try:
            held = await broker.balances()
        except BrokerUnavailable as error:
            return VenueState(broker.venue, not_compared=str(error))

        async def compare(unit: ReconciliationRepositories) -> list[VenueAsset] | None:
            if await _activity_in(unit, broker.venue) != before:
                return None
            return await _compared(unit, broker.venue, held, self._clock.now() if opens else None)

        if opens:
            found = await self._database.write(compare)
        else:
            async with self._database.reading() as unit:
                found = await compare(unit)
        return VenueState(broker.venue, not_compared=BUSY) if found is None else VenueState(broker.venue, found)

    async def _activity(self, venue: str) -> object:
        async with self._database.reading() as unit:
            return await _activity_in(unit, venue)


async def _activity_in(unit: ReconciliationRepositories, venue: str) -> object:
    """Return what changes with every purchase, None while one is under way at the venue."""
    for batch in await unit.batches.list_unfinished():
        attempt = await unit.batches.last_attempt(batch.id)
        is_placing = batch.status is BatchStatus.PLACING and batch.venue == venue
        if is_placing and (attempt is None or attempt.outcome is AttemptOutcome.PENDING):
            return None
    newest = await unit.batches.list_newest(None, _NEWEST_BATCHES)
    return [(each.id, each.attempts, each.received) for each in newest]


async def _compared(
    unit: ReconciliationRepositories, venue: str, held: Mapping[Currency, Decimal], opens_at: float | None
) -> list[VenueAsset]:
    traded = {code for asset in await unit.clearing_assets.list() for code in (asset.code, asset.clear_with)}
    codes = sorted({code for code, amount in held.items() if amount} | traded)
    name, capital = venue_account(venue), capital_account(venue)
    ids = {code: (house_ref(name, code).id, house_ref(capital, code).id) for code in codes}
    accounts = await unit.ledger_accounts.find([id_ for pair in ids.values() for id_ in pair])
    found, unseen = [], []
    for code, (mine, marker) in ids.items():
        account, here = accounts.get(mine), held.get(code, Decimal(0))
        expected = Decimal(0) if account is None else -account.asset.amount_of(account.balance.available)
        # Venues count fiat in finer parts than the ledger.
        asset = await asset_in_ledger(unit, code) if account is None else account.asset
        here = asset.amount_of(floored(asset, here))
        is_first = marker not in accounts
        found.append(VenueAsset(code, here if is_first else expected, here))
        if is_first and (here or expected or code in traded):
            unseen.append(VenueAsset(code, expected, here))
    if opens_at is not None:
        await _open(unit, venue, unseen, opens_at)
    return found


async def _open(unit: ReconciliationRepositories, venue: str, unseen: Sequence[VenueAsset], now: float) -> None:
    """Book what a venue held before it was first reconciled."""
    name, capital = venue_account(venue), capital_account(venue)
    openings = []
    for each in unseen:
        asset = await asset_in_ledger(unit, each.asset)
        await open_house_accounts(unit, [(name, asset), (capital, asset)])
        ref, counterpart = house_ref(name, each.asset), house_ref(capital, each.asset)
        units = floored(asset, each.difference)
        if units:
            movements = [Movement(ref, -units), Movement(counterpart, units)]
            openings.append(trade(uuid5(counterpart.id, "opening"), movements, reason="opening balance"))
    if openings:
        await post_transactions(unit, openings, now)
