"""Orders, batches, ledger and venue agree, and what does not is found and halted."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from application.orders.administer_clearing import AdministerClearing
from application.orders.clearing_limits import ClearingLimits
from application.orders.open_venue import OpenVenue
from application.orders.ports.reconciliation_meter import ReconciliationMeter
from application.orders.reconcile import Reconcile
from application.orders.reconcile_venues import BUSY, UNOPENED, ReconcileVenues
from application.ports.database import Database
from domain.currency import Currency
from domain.decimals import plain
from domain.orders.reconciliation import Reconciliation, VenueAsset, VenueState
from domain.orders.trade import Trade
from domain.pair import Pair
from tests.contracts.database.repositories import AllRepositories
from tests.unit.application.orders.harness import BTC, USDT, Orders
from tests.unit.fakes.venue import FakeVenue

NOTHING = Decimal(0)


@dataclass
class Custodian(FakeVenue):
    """A venue that had something of ours before, and keeps account."""

    had: dict[Currency, Decimal] = field(default_factory=lambda: {USDT: Decimal(5000), BTC: Decimal("0.25")})

    async def balances(self) -> Mapping[Currency, Decimal]:
        self._is_up()
        held = dict(self.had)
        for order in self.placed:
            _, fills = self.executed.get(order.client_order_id, (None, []))
            bought = Trade.of(order.pair, fills)
            held[BTC] = held.get(BTC, NOTHING) + bought.received
            held[USDT] = held.get(USDT, NOTHING) - bought.paid
        return held


class Meter(ReconciliationMeter):
    def __init__(self) -> None:
        self.differences: list[int] = []
        self.compared: dict[str, float] = {}

    def reconciled(self, differences: int) -> None:
        self.differences.append(differences)

    def venue_compared(self, venue: str, at: float) -> None:
        self.compared[venue] = at


@dataclass
class Books:
    """Orders at a custodian, and their reconciliation."""

    orders: Orders
    venue: Custodian
    meter: Meter
    opening: OpenVenue
    reconcile: Reconcile = field(init=False)
    while_pausing: Callable[[], Awaitable[object]] | None = None

    async def pause(self, seconds: float) -> None:
        self.orders.pass_time(seconds)
        if self.while_pausing is not None:
            await self.while_pausing()

    async def open(self) -> None:
        assert await self.opening(self.venue, Pair(BTC, USDT))

    async def shown(self) -> Mapping[Currency, VenueAsset]:
        (state,) = (await self.reconcile()).venues
        return {each.asset: each for each in state.assets}


@pytest.fixture
def books(database: Database[AllRepositories]) -> Books:
    venue, meter = Custodian(), Meter()
    orders = Orders(database=database, venue=venue)
    opening = OpenVenue(database, orders.clock)
    books = Books(orders, venue, meter, opening)
    venues = ReconcileVenues(database=database, brokers={"venue": venue}, clock=orders.clock, pause=books.pause)
    books.reconcile = Reconcile(database=database, venues=venues, clock=orders.clock, meter=meter)
    return books


def pending_of(found: Reconciliation) -> list[str]:
    (sums,) = found.currencies
    units = (sums.debits, sums.settled, sums.pending, sums.refunded, sums.difference)
    return [plain(sums.pay_with.amount_of(each)) for each in units]


async def test_debits_are_settled_pending_or_refunded_at_every_moment(books: Books) -> None:
    house = books.orders
    who = await house.buyer()
    orders = [await house.order(who, "0.1") for _ in range(3)]
    assert pending_of(await books.reconcile.look()) == ["30.3", "0", "30.3", "0", "0"]
    await house.cancel(who, orders[0].id)
    assert pending_of(await books.reconcile.look()) == ["30.3", "0", "20.2", "10.1", "0"]
    await house.order(who, "0.5")
    await house.clear()
    found = await books.reconcile.look()
    assert pending_of(found) == ["80.8", "70.7", "0", "10.1", "0"]
    (batch,) = found.batches
    assert batch.agrees
    assert (batch.received, batch.given_to_orders) == (7 * 10**17, 7 * 10**17)
    assert found.differences == 0


async def test_the_newest_orders_and_all_that_are_open_are_added_up_alone(books: Books) -> None:
    house = books.orders
    who = await house.buyer()
    await house.order(who, "0.1")
    for _ in range(3):
        await house.cancel(who, (await house.order(who, "0.2")).id)
    async with house.database.reading() as unit:
        sums = {newest: (await unit.order_sums.by_currency(newest))[0] for newest in (None, 2, 100)}
    (asset,) = {each.pay_with for each in sums.values()}
    debits = {newest: plain(asset.amount_of(each.debits)) for newest, each in sums.items()}
    assert debits == {None: "70.7", 2: "50.5", 100: "70.7"}
    assert {each.difference for each in sums.values()} == {0}


async def test_a_venue_that_filled_in_part_agrees_too(books: Books) -> None:
    house = books.orders
    books.venue.fill_share = Decimal("0.5")
    await house.order(await house.buyer(), "1")
    await house.clear()
    found = await books.reconcile()
    assert found.differences == 0
    assert pending_of(found)[-1] == "0"
    assert books.meter.differences == [0]
    assert books.meter.compared == {"venue": house.clock.now()}
    assert await house.halts() == {}


async def test_what_a_venue_held_before_the_first_purchase_is_capital_and_later_differences_halt(books: Books) -> None:
    house = books.orders
    who = await house.buyer()
    assert (await books.reconcile()).venues == [VenueState("venue", not_compared=UNOPENED)]
    await house.order(who, "1")
    await house.clear()
    assert await house.of_house("capital:venue", "USDT") == Decimal(5000)
    assert await house.of_house("capital:venue", "BTC") == Decimal("0.25")
    assert (await books.shown())[BTC] == VenueAsset(BTC, Decimal("1.25"), Decimal("1.25"))
    assert (await books.shown())[USDT] == VenueAsset(USDT, Decimal(4900), Decimal(4900))
    assert await house.halts() == {}
    books.venue.had[USDT] -= Decimal("0.01")
    assert (await books.shown())[USDT].difference == Decimal("-0.01")
    assert await house.halts() == {"BTC": "venue holds 4899.99 USDT, and the ledger expects 4900"}
    assert books.meter.differences[-1] == 1
    await house.check_books()


async def test_a_first_purchase_that_was_executed_twice_is_found_by_the_first_reconciliation(books: Books) -> None:
    house = books.orders
    await house.order(await house.buyer(), "1")
    await house.clear()
    books.venue.placed.append(books.venue.placed[0])
    assert (await books.shown())[BTC].difference == 1
    assert list(await house.halts()) == ["BTC"]


async def test_an_asset_that_was_not_there_at_first_is_no_capital_later(books: Books) -> None:
    house = books.orders
    del books.venue.had[BTC]
    await house.buyer()
    await books.open()
    books.venue.had[BTC] = Decimal("0.5")
    assert (await books.shown())[BTC] == VenueAsset(BTC, NOTHING, Decimal("0.5"))
    assert "BTC" in await house.halts()


async def test_looking_changes_nothing(books: Books) -> None:
    house = books.orders
    await house.buyer()
    assert (await books.reconcile.look()).differences == 0
    assert await house.of_house("capital:venue", "USDT") == 0
    await books.open()
    books.venue.had[USDT] += 1
    assert (await books.reconcile.look()).differences == 1
    assert await house.halts() == {}


async def test_under_steady_load_a_venue_is_kept_quiet_for_a_moment_and_compared(books: Books) -> None:
    house = books.orders
    who = await house.buyer()

    async def buy() -> None:
        if len(house.venue.placed) < 12:
            books.venue.next_answers = ["lost_answer"] * 2
        await house.order(who, "0.6")
        await house.clear()

    await buy()
    books.while_pausing = buy
    assert (await books.reconcile.look()).venues == [VenueState("venue", not_compared=BUSY)]
    held = [each.asset for each in (await books.reconcile()).venues[0].assets]
    assert held == [BTC, USDT]
    books.while_pausing = None
    await house.clear(patience_seconds=30)
    assert (await books.reconcile()).differences == 0
    assert await house.halts() == {}
    await house.check_books()


async def test_a_batch_that_is_being_settled_is_compared_and_more_than_it_has_is_found(books: Books) -> None:
    house = books.orders
    house.limits = ClearingLimits(chunk=1)
    house.workers = [house.worker()]
    who = await house.buyer()
    for _ in range(3):
        await house.order(who, "1")
    while not (found := (await books.reconcile()).batches):
        await house.workers[0].step()
    assert [(each.given_to_orders, each.owed_to_orders, each.is_settled) for each in found] == [(0, 3 * 10**18, False)]
    await house.clear()
    found = (await books.reconcile()).batches
    assert [(each.given_to_orders, each.is_settled, each.agrees) for each in found] == [(3 * 10**18, True, True)]


async def test_nothing_is_compared_while_a_purchase_is_under_way_or_the_venue_is_down(books: Books) -> None:
    house = books.orders
    await house.order(await house.buyer(), "1")
    books.venue.next_answers = ["lost_answer"]
    assert await house.workers[0].step()  # forms
    while not books.venue.placed:
        assert await house.workers[0].step()
    assert (await books.reconcile()).venues == [VenueState("venue", not_compared=BUSY)]
    await house.clear(patience_seconds=60)
    assert (await books.reconcile()).differences == 0
    books.venue.is_down = True
    assert (await books.reconcile()).venues == [VenueState("venue", not_compared="made to fail")]
    assert await house.halts() == {}


async def test_what_orders_wait_for_cannot_be_cleared_with_something_else(books: Books) -> None:
    house = books.orders
    who = await house.buyer()
    administer = AdministerClearing(
        database=house.database, clock=house.clock, venues=["venue"], brokers={"venue": house.venue}
    )
    await house.order(who, "0.01")
    state = await administer.state()
    assert [asset.code for asset in state.assets] == [BTC]
    await house.order(who, "1")
    await house.clear()
    page = await administer.batches(None, 10)
    assert [len(view.attempts) for view in page.batches] == [1]
    assert page.next is None
