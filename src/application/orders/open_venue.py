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
from domain.ledger.account import house_ref
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

        async def work(unit: OrdersRepositories) -> bool:
            if await activity_at(unit, venue) != before:
                return False
            everything = {*codes, *(code for code, amount in held.items() if amount)}
            await _open(unit, venue, await _unopened(unit, venue, everything), held, self._clock.now())
            return True

        try:
            return await self._database.write(work)
        except TransactionConflict:
            return False  # another worker has opened it at the same moment


async def opened_of(unit: OrdersRepositories, venue: str, codes: Collection[Currency]) -> set[Currency]:
    """Return which of these currencies have an opening at the venue."""
    ids = {house_ref(capital_account(venue), code).id: code for code in codes}
    return {ids[id_] for id_ in await unit.ledger_accounts.find(list(ids))}


async def _unopened(unit: OrdersRepositories, venue: str, codes: Collection[Currency]) -> Sequence[Currency]:
    return sorted(set(codes) - await opened_of(unit, venue, codes))


async def _open(
    unit: OrdersRepositories, venue: str, codes: Sequence[Currency], held: Mapping[Currency, Decimal], now: float
) -> None:
    name, capital = venue_account(venue), capital_account(venue)
    openings = []
    for code in codes:
        asset, ref, counterpart = await asset_in_ledger(unit, code), house_ref(name, code), house_ref(capital, code)
        await open_house_accounts(unit, [(name, asset), (capital, asset)])
        (account,) = (await unit.ledger_accounts.find([ref.id])).values()
        # Venues count fiat in finer parts than the ledger.
        units = floored(asset, held.get(code, Decimal(0))) + account.balance.available
        if units:
            movements = [Movement(ref, -units), Movement(counterpart, units)]
            openings.append(trade(uuid5(counterpart.id, "opening"), movements, reason="opening balance"))
    if openings:
        await post_transactions(unit, openings, now)
    amounts = {str(code): plain(held.get(code, Decimal(0))) for code in codes}
    log.info("venue_opened", venue=venue, held=amounts)
