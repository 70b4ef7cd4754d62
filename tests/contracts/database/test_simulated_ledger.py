"""What the simulated venue has stored: each order once, and balances that nobody overwrites."""

import asyncio
from decimal import Decimal

import pytest

from application.orders.ports.simulated_ledger import SimulatedVenueRepositories
from application.ports.database import Database
from domain.currency import Currency
from domain.errors import Conflict
from domain.orders.simulated_order import SimulatedOrder
from domain.orders.venue_order import Fill
from domain.pair import Pair
from tests.unit.fakes.clock import NOON

BTC, USDT = Currency("BTC"), Currency("USDT")
PAIR = Pair(BTC, USDT)
FILL = Fill("cr0-1-1", Decimal("0.00000000000000000000000054"), Decimal("123456789012345678.00000001"), Decimal(1), BTC)
FILLED = SimulatedOrder("cr0-1", "binance:BTCUSDT", PAIR, NOON, FILL)
EMPTY = SimulatedOrder("cr0-2", "binance:币安人生USDT", Pair(Currency("币安人生"), USDT), NOON)

Venue = Database[SimulatedVenueRepositories]


@pytest.mark.parametrize("order", [FILLED, EMPTY], ids=lambda order: order.client_order_id)
async def test_an_order_is_found_as_it_was_added(database: Venue, order: SimulatedOrder) -> None:
    async with database.writing() as unit:
        await unit.simulated_ledger.add(order, {})
    async with database.reading() as unit:
        assert await unit.simulated_ledger.find(order.client_order_id) == order
        assert await unit.simulated_ledger.find("cr0-3") is None


async def test_an_id_is_taken_once(database: Venue) -> None:
    async with database.writing() as unit:
        await unit.simulated_ledger.add(FILLED, {})
    with pytest.raises(Conflict):
        async with database.writing() as unit:
            await unit.simulated_ledger.add(FILLED, {})


async def test_changes_begin_at_zero_and_keep_every_digit(database: Venue) -> None:
    change = Decimal("-123456789012345678901234567890.000000000000000000000000000001")
    async with database.writing() as unit:
        assert await unit.simulated_ledger.lock_changes((USDT, BTC)) == {BTC: 0, USDT: 0}
        await unit.simulated_ledger.add(FILLED, {USDT: change})
    async with database.reading() as unit:
        assert await unit.simulated_ledger.list_changes() == {BTC: 0, USDT: change}


async def test_simultaneous_changes_of_one_balance_all_count(database: Venue) -> None:
    async def change(number: int) -> None:
        async def work(unit: SimulatedVenueRepositories) -> None:
            pair = Pair(BTC, USDT) if number % 2 else Pair(USDT, BTC)
            before = await unit.simulated_ledger.lock_changes((pair.base, pair.quote))
            order = SimulatedOrder(f"cr{number}", "binance:BTCUSDT", PAIR, NOON)
            await unit.simulated_ledger.add(order, {code: value + 1 for code, value in before.items()})

        await database.write(work)

    async with asyncio.TaskGroup() as tasks:
        for number in range(6):
            tasks.create_task(change(number))
    async with database.reading() as unit:
        assert await unit.simulated_ledger.list_changes() == {BTC: 6, USDT: 6}
