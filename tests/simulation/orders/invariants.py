"""What must hold at the end of every story, whatever broke in it. Written from the description of purchase orders."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias
from uuid import UUID

from domain.currency import Currency
from tests.simulation.orders.books import BookedOrder, Books, Purchase, VenueBooks

Check: TypeAlias = "Callable[[Ending], Iterator[str]]"

REFUSALS = frozenset({"InsufficientFunds", "PriceAboveMax", "PriceLockNotUsable", "InvalidPurchase"})
FINAL = frozenset({"settled", "refunded"})
# Which status may follow which; an order goes back to the queue when its batch could not serve it.
FOLLOWS = {
    "": {"queued"},
    "queued": {"batched", "refunded"},
    "batched": {"placing", "queued", "refunded"},
    "placing": {"settled", "refunded", "queued"},
    "settled": set[str](),
    "refunded": set[str](),
}
# Of costs and fees; a currency of a state has fewer.
DECIMALS = 8


@dataclass(frozen=True)
class Ending:
    """A story's end: what is stored, what users asked for, what venues did, and what came from outside."""

    books: Books
    purchases: Sequence[Purchase]
    venues: Sequence[VenueBooks]
    deposits: dict[UUID, Decimal]
    margin: Fraction
    fee: Fraction

    def violations(self, *unknown: Check) -> Iterator[str]:
        """Yield everything that is wrong, but for what nobody can know here."""
        for check in CHECKS:
            if check not in unknown:
                yield from check(self)

    @property
    def accepted(self) -> Iterator[tuple[Purchase, BookedOrder]]:
        """What was accepted, with the order that came of it."""
        by_id = {order.id: order for order in self.books.orders}
        for purchase in self.purchases:
            if purchase.accepted is not None and purchase.accepted.id in by_id:
                yield purchase, by_id[purchase.accepted.id]


def every_request_is_decided(ending: Ending) -> Iterator[str]:
    for purchase in ending.purchases:
        if not purchase.is_decided:
            yield f"nobody ever knew what became of {purchase.key}"


def refusals_have_a_reason(ending: Ending) -> Iterator[str]:
    """A buyer is refused for what they asked, never for what happened at the same time."""
    for purchase in ending.purchases:
        if purchase.refusal is not None and purchase.refusal not in REFUSALS:
            yield f"{purchase.key} was refused: {purchase.refusal}"


def no_order_is_lost_or_doubled(ending: Ending) -> Iterator[str]:
    stored = Counter(order.id for order in ending.books.orders)
    told = Counter(purchase.accepted.id for purchase in ending.purchases if purchase.accepted)
    for order_id in (told - stored).elements():
        yield f"order {order_id} was accepted, and is lost or shared with another key"
    for order_id in (stored - told).elements():
        yield f"order {order_id} was asked for by nobody"


def orders_are_what_was_asked_for_and_told(ending: Ending) -> Iterator[str]:
    for purchase, order in ending.accepted:
        said = purchase.accepted
        assert said is not None
        if (said.amount, said.price, said.cost, said.fee) != (order.amount, order.price, order.cost, order.fee):
            yield f"order {order.id} is not what its buyer was told"
        wanted = purchase.user_id, purchase.account, purchase.buy, purchase.pay_with
        if wanted != (order.user_id, order.account, order.buy, order.pay_with):
            yield f"order {order.id} is not what {purchase.key} asked for"
        if purchase.amount is not None and order.amount != purchase.amount:
            yield f"order {order.id} is for {order.amount}, not {purchase.amount}"
        if purchase.spend is not None and order.cost + order.fee > purchase.spend:
            yield f"order {order.id} costs more than {purchase.spend}"


def cancelled_orders_are_refunded(ending: Ending) -> Iterator[str]:
    for purchase, order in ending.accepted:
        if purchase.cancelled and order.status != "refunded":
            yield f"order {order.id} was cancelled, and is {order.status}"


def every_order_ends_once(ending: Ending) -> Iterator[str]:
    for order in ending.books.orders:
        if order.status not in FINAL or order.life[-1:] != (order.status,):
            yield f"order {order.id} is {order.status} at the end of {order.life}"
        for before, after in zip(("", *order.life), order.life, strict=False):
            if after not in FOLLOWS[before]:
                yield f"order {order.id} went from {before or 'nothing'} to {after}"


def orders_take_what_they_show(ending: Ending) -> Iterator[str]:
    """`filled` and `refunded` fit, and nobody pays more than the firm price of what they got."""
    for order in ending.books.orders:
        if not 0 <= order.filled <= order.amount or (order.status == "settled") != (order.filled == order.amount):
            yield f"order {order.id} is {order.status} with {order.filled} of {order.amount}"
        if order.status == "settled" and order.refunded:
            yield f"order {order.id} is settled with {order.refunded} refunded"
        fair = Fraction(order.cost + order.fee) * order.share
        if not fair - 2 * Fraction(unit_of(order.pay_with)) <= Fraction(order.taken) <= fair:
            yield f"order {order.id} has taken {order.taken} for {order.filled} of {order.amount}"


def prices_are_firm(ending: Ending) -> Iterator[str]:
    """A price is one that was executable, with the margin, rounded up in its twelfth digit; or the locked one."""
    for purchase, order in ending.accepted:
        allowed = {rounded_up(Fraction(price) * (1 + ending.margin)) for price in purchase.firm}
        if order.price not in (allowed if purchase.locked is None else {purchase.locked}):
            yield f"order {order.id} costs {order.price}, not one of {sorted(allowed)} or {purchase.locked}"
        if purchase.max_price is not None and order.price > purchase.max_price:
            yield f"order {order.id} costs {order.price}, more than {purchase.max_price}"


def costs_follow_from_prices(ending: Ending) -> Iterator[str]:
    """Cost is amount times price, and the fee a share of that, both rounded up."""
    for order in ending.books.orders:
        cost = up(Fraction(order.amount) * Fraction(order.price), unit_of(order.pay_with))
        fee = up(Fraction(order.cost) * ending.fee, unit_of(order.pay_with))
        if (order.cost, order.fee) != (cost, fee):
            yield f"order {order.id} costs {order.cost} + {order.fee} instead of {cost} + {fee}"


def a_price_lock_is_used_once(ending: Ending) -> Iterator[str]:
    used = Counter(purchase.lock_id for purchase, _ in ending.accepted if purchase.lock_id is not None)
    for lock_id, times in used.items():
        if times > 1:
            yield f"price lock {lock_id} was used {times} times"


def users_have_what_their_orders_left(ending: Ending) -> Iterator[str]:
    expected: defaultdict[UUID, Decimal] = defaultdict(Decimal, ending.deposits)
    for order in ending.books.orders:
        expected[order.account] -= order.taken
        expected[order.received] += order.filled
    found = {each.id: each.available for each in ending.books.holdings if each.kind == "user"}
    for account_id in expected.keys() | found.keys():
        if found.get(account_id, Decimal(0)) != expected[account_id]:
            yield f"account {account_id} has {found.get(account_id)}, and should have {expected[account_id]}"


def nothing_is_held_or_under_way(ending: Ending) -> Iterator[str]:
    for holding in ending.books.holdings:
        if holding.held:
            yield f"account {holding.id} still holds {holding.held} {holding.asset}"
    if ending.books.open_holds:
        yield f"{ending.books.open_holds} holds are open"
    if ending.books.unfinished:
        yield f"batches {ending.books.unfinished} have not ended"


def the_ledger_sums_to_zero(ending: Ending) -> Iterator[str]:
    sums: defaultdict[Currency, Decimal] = defaultdict(Decimal)
    for holding in ending.books.holdings:
        sums[holding.asset] += holding.available + holding.held
    for asset, total in sums.items():
        if total:
            yield f"the ledger's {asset} sum to {total}"


def the_house_gives_what_it_bought(ending: Ending) -> Iterator[str]:
    """It never owes what it did not buy, and keeps the fees of the orders and nothing else as fees."""
    orders = ending.books.orders
    for asset in {order.buy for order in orders}:
        if (left := house(ending.books, "trading", asset)) < 0:
            yield f"more {asset} was given to users than was bought: {left}"
    for asset in {order.pay_with for order in orders}:
        paid = [order for order in orders if order.pay_with == asset]
        most = sum((Fraction(order.fee) * order.share for order in paid), Fraction(0))
        fees = house(ending.books, "fees", asset)
        if not most - len(paid) * Fraction(unit_of(asset)) <= Fraction(fees) <= most:
            yield f"fees of {fees} {asset} were taken, and {float(most)} are due"


def venues_executed_what_is_stored(ending: Ending) -> Iterator[str]:
    """Each attempt at most once, and of each batch one attempt at most."""
    stored = {each.order.client_order_id: each for each in ending.books.attempts}
    executed: Counter[UUID] = Counter()
    for venue in ending.venues:
        for listed in venue.listed:
            attempt = stored.get(listed.order.client_order_id)
            if attempt is None or (attempt.venue, attempt.order) != (venue.name, listed.order):
                yield f"{venue.name} has {listed.order.client_order_id}, which is not what is stored"
            elif listed.fills:
                executed[attempt.batch_id] += 1
    for batch_id, times in executed.items():
        if times > 1:
            yield f"batch {batch_id} was bought {times} times"


def outcomes_are_what_happened(ending: Ending) -> Iterator[str]:
    """What a venue has taken is done, and everything else is known not to be."""
    taken = {(venue.name, listed.order.client_order_id) for venue in ending.venues for listed in venue.listed}
    for attempt in ending.books.attempts:
        place = attempt.venue, attempt.order.client_order_id
        if attempt.outcome == "pending" or (attempt.outcome == "done") != (place in taken):
            fact = "has" if place in taken else "never had"
            yield f"attempt {place[1]} is {attempt.outcome}, and {place[0]} {fact} it"


def trades_are_in_the_books(ending: Ending) -> Iterator[str]:
    for venue in ending.venues:
        made = Counter((listed.order.symbol, fill) for listed in venue.listed for fill in listed.fills)
        booked = Counter((each.symbol, each.fill) for each in ending.books.fills if each.venue == venue.name)
        for symbol, fill in (made - booked).elements():
            yield f"trade {fill.trade_id} of {symbol} at {venue.name} is not in the books"
        for symbol, fill in (booked - made).elements():
            yield f"trade {fill.trade_id} of {symbol} is in the books, and {venue.name} did not make it"


def venues_hold_what_the_ledger_says(ending: Ending) -> Iterator[str]:
    """What a venue had before is booked before anything is bought there."""
    used = {attempt.venue for attempt in ending.books.attempts}
    for venue in ending.venues:
        for asset in venue.balances.keys() | venue.opening.keys() if venue.name in used else ():
            now, before = venue.balances.get(asset, Decimal(0)), venue.opening.get(asset, Decimal(0))
            booked = -house(ending.books, f"venue:{venue.name}", asset)
            if booked != now or house(ending.books, f"capital:{venue.name}", asset) != before:
                yield f"{venue.name} has {now} {asset}, {before} at first, and the ledger says {booked}"


CHECKS: tuple[Check, ...] = (
    every_request_is_decided,
    refusals_have_a_reason,
    no_order_is_lost_or_doubled,
    orders_are_what_was_asked_for_and_told,
    cancelled_orders_are_refunded,
    every_order_ends_once,
    orders_take_what_they_show,
    prices_are_firm,
    costs_follow_from_prices,
    a_price_lock_is_used_once,
    users_have_what_their_orders_left,
    nothing_is_held_or_under_way,
    the_ledger_sums_to_zero,
    the_house_gives_what_it_bought,
    venues_executed_what_is_stored,
    outcomes_are_what_happened,
    trades_are_in_the_books,
    venues_hold_what_the_ledger_says,
)


def unit_of(currency: Currency) -> Decimal:
    """Return the smallest part of costs in a currency."""
    return Decimal(1).scaleb(-{"USD": 2, "EUR": 2, "JPY": 0}.get(currency, DECIMALS))


def house(books: Books, name: str, asset: Currency) -> Decimal:
    """Return what an account of the house has."""
    found = (each for each in books.holdings if each.kind == "house" and (each.name, each.asset) == (name, asset))
    return sum((each.available for each in found), Decimal(0))


def up(exact: Fraction, unit: Decimal) -> Decimal:
    """Return the next multiple of a unit."""
    return Decimal(-((-exact) // Fraction(unit))) * unit


def rounded_up(price: Fraction) -> Decimal:
    """Return the price with twelve digits."""
    return up(price, Decimal(1).scaleb((Decimal(price.numerator) / Decimal(price.denominator)).adjusted() - 11))
