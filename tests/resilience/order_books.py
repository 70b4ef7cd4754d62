"""What a real database and a simulated exchange have at the end, in the words of the invariants of orders."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from adapters.sql.database import SqlDatabase
from application.orders.ports.repositories import OrderingRepositories
from domain.currency import Currency
from domain.ledger.account import Account
from domain.orders.attempt import Attempt
from domain.orders.batch import BatchStatus
from domain.orders.order import Order, Part
from domain.orders.venue_order import Fill, VenueOrder
from entrypoints.simulator.venues.account import FUNDS
from entrypoints.simulator.venues.account import Account as VenueAccount
from tests.simulation.orders.books import BookedAttempt, BookedFill, Books, VenueBooks
from tests.simulation.orders.ending import booked_of, holding_of

PAGE = 1000

T = TypeVar("T")


@dataclass(frozen=True)
class Taken:
    """An order that the exchange took. What it does not tell of it is that of the stored attempt."""

    order: VenueOrder
    fills: Sequence[Fill]


async def books_at(address: str, users: Collection[UUID]) -> tuple[Books, list[Attempt]]:
    """Read everything that concerns orders, and the attempts as they are stored, once nothing moves any more."""
    database = SqlDatabase(address, upgrades_itself=False)
    async with database.reading() as unit:
        batches = await unit.batches.list_newest(None, 100_000)
        fills = await unit.batches.list_fills_of([batch.id for batch in batches])
        orders = [order for user_id in users for order in await _orders(unit, user_id)]
        accounts = await _accounts(unit)
    attempts: list[Attempt] = []
    for some in _in_pages(batches):
        async with database.reading() as unit:
            attempts += [each for batch in some for each in await unit.batches.list_attempts(batch.id)]
    parts: dict[UUID, Sequence[Part]] = {}
    for page in _in_pages(orders):
        async with database.reading() as unit:
            parts |= {order.id: await unit.orders.list_parts(order.id) for order in page}
    await database.close()
    done = {each.batch_id: each for each in attempts if each.outcome == "done"}
    books = Books(
        orders=[booked_of(order, parts[order.id], batches) for order in orders],
        attempts=[BookedAttempt(each.batch_id, each.venue, each.order, each.outcome.value) for each in attempts],
        fills=[
            BookedFill(done[id_].venue, done[id_].order.symbol, fill) for id_, found in fills.items() for fill in found
        ],
        holdings=[holding_of(account) for account in accounts],
        unfinished=[each.id for each in batches if each.status is not BatchStatus.DONE],
        open_holds=sum(account.balance.held != 0 for account in accounts),
    )
    return books, attempts


def _in_pages(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """Split what is read one by one, since a transaction may take ten seconds only, on a busy machine too."""
    return (rows[start : start + PAGE] for start in range(0, len(rows), PAGE))


async def _orders(unit: OrderingRepositories, user_id: UUID) -> list[Order]:
    found: list[Order] = []
    while page := await unit.orders.list_by_user(user_id, None, found[-1].id if found else None, PAGE):
        found += page
    return found


async def _accounts(unit: OrderingRepositories) -> list[Account]:
    found: list[Account] = []
    while page := await unit.stored_ledger.list_accounts(found[-1].id if found else None, PAGE):
        found += [each.account for each in page]
    return found


def venue_books(name: str, account: VenueAccount, attempts: Sequence[Attempt]) -> VenueBooks:
    """Read what the simulated exchange has."""
    stored = {each.order.client_order_id: each.order for each in attempts}
    taken = []
    for placed in account.orders:
        fills = [
            Fill(str(each.number), each.price, each.quantity, each.fee, Currency(each.fee_asset))
            for each in placed.trades
        ]
        asked = placed.asked
        order = replace(stored[asked.client_id], symbol=placed.symbol, quantity=asked.quantity, limit_price=asked.price)
        taken.append(Taken(order, fills))
    balances = {Currency(code): amount for code, amount in account.balances.items()}
    opening = {Currency(code): Decimal(amount) for code, amount in FUNDS.items()}
    return VenueBooks(name, taken, balances, opening)
