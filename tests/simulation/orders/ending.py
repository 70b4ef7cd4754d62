"""What is stored at the end, translated into the words of the invariants."""

from __future__ import annotations

from collections.abc import Sequence

from domain.ledger.account import Account
from domain.orders.batch import Batch, BatchStatus
from domain.orders.life import life_of
from domain.orders.order import Order, Part
from tests.simulation.orders.books import BookedAttempt, BookedFill, BookedOrder, Books, Holding, VenueBooks
from tests.simulation.orders.venue import Venue
from tests.simulation.orders.world import World


def books_of(world: World) -> Books:
    """Read everything from the tables."""
    batches = {kept.batch.id: kept.batch for kept in world.rows("ordering.batches")}
    return Books(
        orders=[_booked(world, order) for order in world.rows("ordering.orders")],
        attempts=[
            BookedAttempt(each.batch_id, each.venue, each.order, each.outcome.value)
            for each in world.rows("ordering.attempts")
        ],
        fills=[
            BookedFill(each.attempt.venue, each.attempt.order.symbol, each.fill)
            for each in world.rows("ordering.fills")
        ],
        holdings=[holding_of(account) for account in world.rows("ledger.accounts")],
        unfinished=[each.id for each in batches.values() if each.status is not BatchStatus.DONE],
        open_holds=sum(hold.outcome is None for hold in world.rows("ledger.holds")),
    )


def venue_books_of(venue: Venue) -> VenueBooks:
    """Read what a venue has."""
    return VenueBooks(venue.name, venue.listed, venue.balances, venue.opening)


def _booked(world: World, order: Order) -> BookedOrder:
    parts = [each for each in world.rows("ordering.parts") if each.order_id == order.id]
    return booked_of(order, parts, [kept.batch for kept in world.rows("ordering.batches")])


def booked_of(order: Order, parts: Sequence[Part], batches: Sequence[Batch]) -> BookedOrder:
    """Return an order in the invariants' words."""
    terms, who, paid = order.terms, order.purchaser, order.terms.pay_with.amount_of
    return BookedOrder(
        order.id,
        who.user_id,
        who.pays_from,
        who.receives_in,
        order.status.value,
        terms.buy.code,
        terms.pay_with.code,
        terms.buy.amount_of(terms.amount),
        terms.price,
        paid(terms.cost),
        paid(terms.fee),
        terms.buy.amount_of(order.filled),
        paid(order.refunded),
        tuple(event.status.value for event in life_of(order, parts, batches)),
    )


def holding_of(account: Account) -> Holding:
    """Return an account in the invariants' words."""
    amount = account.asset.amount_of
    return Holding(
        account.id,
        account.owner_id,
        account.kind.value,
        account.name,
        account.asset.code,
        amount(account.balance.available),
        amount(account.balance.held),
    )
