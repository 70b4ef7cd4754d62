"""What the database would never let happen is found all the same."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from application.orders import reconcile as reconciling
from application.orders.open_venue import OpenVenue
from application.orders.ports.reconciliation_meter import ReconciliationMeter
from application.orders.reconcile import NEWEST_ORDERS, RECENT_SECONDS, Reconcile
from application.orders.reconcile_venues import UNOPENED, ReconcileVenues
from domain.currency import Currency
from domain.errors import DatabaseUnavailable
from domain.orders.clearing_asset import DAY_SECONDS
from domain.orders.reconciliation import CurrencySums, VenueState
from domain.pair import Pair
from tests.unit.application.orders.harness import BTC, USDT, Orders
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.order_sums import FakeOrderSums
from tests.unit.fakes.venue import FakeVenue


class Meter(ReconciliationMeter):
    differences = 0

    def reconciled(self, differences: int) -> None:
        self.differences += differences

    def venue_compared(self, venue: str, at: float) -> None: ...


async def settled() -> tuple[Orders, FakeDatabase, Reconcile, Meter]:
    database, meter = FakeDatabase(), Meter()
    house = Orders(database=database)
    await house.order(await house.buyer(), "1")
    await house.clear()
    venues = ReconcileVenues(database=database, brokers={}, clock=house.clock)
    reconcile = Reconcile(database=database, venues=venues, clock=house.clock, meter=meter)
    assert (await reconcile()).differences == 0
    return house, database, reconcile, meter


async def test_a_part_that_is_missing_halts_all() -> None:
    house, database, reconcile, meter = await settled()
    database.rows.ordering.parts.clear()
    assert (await reconcile()).differences == 2
    assert (await house.halts())[None] == "orders cost 101 USDT, of which 0 is settled, 0 held and 0 refunded"
    assert meter.differences == 2


async def test_a_batch_that_gave_away_too_much_halts_its_asset() -> None:
    house, database, reconcile, _ = await settled()
    ((key, part),) = database.rows.ordering.parts.items()
    database.rows.ordering.parts[key] = replace(part, amount=part.amount + 1)
    (batch,) = (await reconcile()).batches
    assert batch.given_to_orders == batch.owed_to_orders + 1
    assert list(await house.halts()) == ["BTC"]


async def test_fills_that_are_missing_halt_the_asset() -> None:
    house, database, reconcile, _ = await settled()
    database.rows.ordering.fills.clear()
    (batch,) = (await reconcile()).batches
    assert (batch.bought, batch.received) == (0, 10**18)
    assert list(await house.halts()) == ["BTC"]


@pytest.mark.parametrize("place", [0, 399, 400, 450, 499, 500, 549])
async def test_a_batch_that_differs_is_found_once_wherever_it_stands_among_many(place: int) -> None:
    _, database, reconcile, _ = await settled()
    (kept,) = database.rows.ordering.batches.values()
    for number in range(550):
        batch = replace(kept.batch, id=UUID(int=number), allocation=None, received=int(number == place))
        database.rows.ordering.batches[batch.id] = replace(kept, batch=batch, number=kept.number + 1 + number)
    found = await reconcile.look()
    assert found.differences == 1
    assert [each.batch_id for each in found.batches if not each.agrees] == [UUID(int=place)]


async def test_all_orders_are_compared_once_a_day_whenever_the_first_comparison_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconciling, "NEWEST_ORDERS", 0)
    house, database, reconcile, _ = await settled()
    house.clock.advance(RECENT_SECONDS + 1)
    database.rows.ordering.parts.clear()
    assert (await reconcile()).differences == 0
    house.clock.advance(DAY_SECONDS)
    assert (await reconcile()).differences == 1
    assert (await reconcile()).differences == 0


async def test_where_three_runs_fail_at_all_orders_the_newest_are_compared_for_the_rest_of_the_day() -> None:
    house, _, reconcile, _ = await settled()
    house.clock.advance(DAY_SECONDS)
    asked: list[int | None] = []

    async def fails(_: object, newest: int | None = None) -> list[CurrencySums]:
        asked.append(newest)
        raise DatabaseUnavailable

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FakeOrderSums, "by_currency", fails)
        for _ in range(4):
            for _ in range(2):  # a run that fails asks again
                with pytest.raises(DatabaseUnavailable):
                    await reconcile()
                house.clock.advance(2)
            house.clock.advance(300)
    assert asked == [None] * 6 + [NEWEST_ORDERS] * 2


class Holding(FakeVenue):
    held: Mapping[Currency, Decimal]

    async def balances(self) -> Mapping[Currency, Decimal]:
        return self.held


async def test_less_than_a_cent_at_a_venue_is_no_difference_and_unused_money_halts_nothing() -> None:
    database, meter, venue, eur = FakeDatabase(), Meter(), Holding(), Currency("EUR")
    house = Orders(database=database)
    await house.buyer()
    venues = ReconcileVenues(database=database, brokers={"venue": venue}, clock=house.clock)
    reconcile = Reconcile(database=database, venues=venues, clock=house.clock, meter=meter)
    venue.held = {eur: Decimal("0.12345678"), USDT: Decimal(1000)}
    assert (await reconcile()).venues == [VenueState("venue", not_compared=UNOPENED)]
    assert await OpenVenue(database, house.clock)(venue, Pair(BTC, USDT))
    for _ in range(2):
        assert (await reconcile()).differences == 0
    venue.held = {eur: Decimal("0.15"), USDT: Decimal(1000)}
    assert (await reconcile()).differences == 1
    assert (meter.differences, await house.halts()) == (1, {})
    venue.held = {eur: Decimal("0.12"), USDT: Decimal(999)}
    assert (await reconcile()).differences == 1
    assert list(await house.halts()) == [BTC]
