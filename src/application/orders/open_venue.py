"""Book what a venue held for us before anything was bought there."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from uuid import uuid5

import structlog

from application.ledger.post_transactions import post_transactions
from application.orders.house import asset_in_ledger, open_house_accounts, venue_account
from application.orders.ports.broker import Broker
from application.orders.ports.repositories import OrdersRepositories
from application.orders.venue_activity import activity_at
from application.ports.clock import Clock
from application.ports.database import Database
from domain.currency import Currency
from domain.decimals import plain
from domain.ledger.account import Account, house_ref
from domain.ledger.errors import TransactionConflict
from domain.ledger.movements.trade import trade
from domain.ledger.transaction import Movement
from domain.orders.errors import BrokerUnavailable
from domain.orders.terms import floored
from domain.pair import Pair

log = structlog.get_logger()


def capital_account(venue: str) -> str:
    """Return the name of the account against which what a venue held at first is booked; it exists from then on."""
    return f"capital:{venue}"


class _VenueUsed(Exception):
    """A purchase began or was booked while the opening was made; rolls the opening back."""


class OpenVenue:
    """No attempt is stored before this is done. Whatever a venue executes for us is then a change of a known amount.

    What was booked first after purchases would hide one that was executed twice.
    """

    def __init__(self, database: Database[OrdersRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self, broker: Broker, pair: Pair) -> bool:
        """Return whether base and quote have an opening, and make it where they do not.

        Not while a purchase of another pair is under way there: its fees may be in what is opened.
        """
        venue, codes = broker.venue, (pair.base, pair.quote)
        async with self._database.reading() as unit:
            if not await _unopened(unit, venue, codes):
                return True
            before = await activity_at(unit, venue)
        if before is None:
            return False
        try:
            held = await broker.balances()
        except BrokerUnavailable:
            return False

        async def work(unit: OrdersRepositories) -> None:
            everything = {*codes, *(code for code, amount in held.items() if amount)}
            unopened = await _unopened(unit, venue, everything)
            accounts = await _locked(unit, venue, unopened)
            # Only now: purchases are booked on these accounts, so that one booked since then shows, and no more can be.
            if await activity_at(unit, venue) != before:
                raise _VenueUsed
            await _open(unit, venue, accounts, held, self._clock.now())

        try:
            await self._database.write(work)
        except (_VenueUsed, TransactionConflict):
            return False  # another worker has opened it, or has bought there, at the same moment
        return True


async def opened_of(unit: OrdersRepositories, venue: str, codes: Collection[Currency]) -> set[Currency]:
    """Return which of these currencies have an opening at the venue."""
    ids = {house_ref(capital_account(venue), code).id: code for code in codes}
    return {ids[id_] for id_ in await unit.ledger_accounts.find(list(ids))}


async def _unopened(unit: OrdersRepositories, venue: str, codes: Collection[Currency]) -> Sequence[Currency]:
    return sorted(set(codes) - await opened_of(unit, venue, codes))


async def _locked(unit: OrdersRepositories, venue: str, codes: Sequence[Currency]) -> Mapping[Currency, Account]:
    """Lock the venue's accounts in these currencies until the unit of work ends, with the capital behind them."""
    names = (venue_account(venue), capital_account(venue))
    wanted = [(name, await asset_in_ledger(unit, code)) for code in codes for name in names]
    await open_house_accounts(unit, wanted)
    locked = await unit.ledger_accounts.lock([house_ref(name, asset.code).id for name, asset in wanted])
    return {code: locked[house_ref(venue_account(venue), code).id] for code in codes}


async def _open(
    unit: OrdersRepositories,
    venue: str,
    accounts: Mapping[Currency, Account],
    held: Mapping[Currency, Decimal],
    now: float,
) -> None:
    openings = []
    for code, account in accounts.items():
        counterpart = house_ref(capital_account(venue), code)
        # Venues count fiat in finer parts than the ledger.
        units = floored(account.asset, held.get(code, Decimal(0))) + account.balance.available
        if units:
            movements = [Movement(account.ref, -units), Movement(counterpart, units)]
            openings.append(trade(uuid5(counterpart.id, "opening"), movements, reason="opening balance"))
    if openings:
        await post_transactions(unit, openings, now)
    amounts = {str(code): plain(held.get(code, Decimal(0))) for code in accounts}
    log.info("venue_opened", venue=venue, held=amounts)
