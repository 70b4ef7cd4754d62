"""Users who buy, repeat what was not answered, cancel, and find out what became of each wish."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from application.ledger.post_transaction import post_transaction
from domain.identity.user import User
from domain.ledger.account import Account, external_ref
from domain.ledger.movements.deposit import deposit
from domain.wallets.wallet import Wallet, WalletCurrency, WalletName, asset_of
from tests.simulation.faults import Fault
from tests.simulation.loop import Process
from tests.simulation.orders.books import Purchase
from tests.simulation.orders.prices import PURCHASE
from tests.simulation.orders.service import NO_ANSWERS, Service
from tests.simulation.orders.world import ABAN, ASKS, BTC, EUR, RATES, USDT, Running, World
from tests.unit.fakes.accounts import user
from tests.unit.fakes.database import FakeRepositories

USERS = 3
PURCHASES = (4, 10)
PATIENCE_SECONDS = 12.0
NOTHING = "nothing"


class Buyers:
    """All users of one story. `deposits` are what they had at first, by account."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.purchases: list[Purchase] = []
        self.deposits: dict[UUID, Decimal] = {}
        self._users: list[User] = []
        self._accounts: dict[tuple[UUID, str], UUID] = {}
        self._services: dict[Process, Service] = {}

    async def open(self) -> None:
        """Give each user a wallet with funds."""
        for number in range(USERS):
            await self._open_user(f"user{number}")

    async def _open_user(self, name: str) -> None:
        world, opened = self.world, user(name)
        wallet = Wallet(world.new_id(), opened.id, WalletName("main"), 0.0)
        funds = {USDT: Decimal(world.chance.choice([50, 5_000, 100_000])), EUR: Decimal("2000.05")}

        async def work(unit: FakeRepositories) -> None:
            await unit.users.add(opened)
            await unit.wallets.add(wallet)
            for sold in world.terms.assets:
                await unit.clearing_assets.save(sold)
            for code, amount in funds.items():
                asset, id_ = asset_of(code), world.new_id()
                await unit.wallets.add_currency(WalletCurrency(id_, wallet.id, code))
                account = Account.of_user(id_, opened.id, asset)
                await unit.ledger_accounts.open(account)
                await unit.ledger_accounts.open(Account.external(opened.id, asset))
                source = external_ref(opened.id, code)
                paid = deposit(world.new_id(), asset.units_of(amount), to=account.ref, source=source)
                await post_transaction(unit, paid, 1.0)
                self.deposits[id_] = amount
                self._accounts[opened.id, code] = id_

        await world.apis[0].database.write(work)
        self._users.append(opened)

    async def live(self) -> None:
        """Let every user buy this and that, and return when each knows what became of it."""
        async with asyncio.TaskGroup() as group:
            for number in range(self.world.chance.randint(*PURCHASES)):
                group.create_task(self._buy(self._wish(number)))

    def _wish(self, number: int) -> Purchase:
        chance, buyer = self.world.chance, self.world.chance.choice(self._users)
        buy, pay_with = chance.choice([BTC, ABAN]), chance.choice([USDT, USDT, EUR])
        worth = Decimal(chance.choice(["0.5", "3", "6", "25.37", "400"]))
        amount = (worth / ASKS[buy]).quantize(Decimal(chance.choice(["0.00000001", "0.0001"])))
        spends = chance.random() < 0.3 or not amount
        wish = Purchase(
            f"key-{number}",
            buyer.id,
            self._accounts[buyer.id, pay_with],
            buy,
            pay_with,
            None if spends else amount,
            worth if spends else None,
            ASKS[buy] * RATES[pay_with] * Decimal("1.02") if chance.random() < 0.2 else None,
            wants_lock=chance.random() < 0.2,
        )
        self.purchases.append(wish)
        return wish

    async def _buy(self, wish: Purchase) -> None:
        chance = self.world.chance
        await asyncio.sleep(chance.random() * chance.choice([1.0, 30.0]))
        while wish.wants_lock and wish.locked is None and not wish.is_decided:
            await self._ask(lambda service: service.lock_price(wish), wish)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._order(wish))
            if wish.lock_id is not None and chance.random() < 0.3:
                rival = replace(wish, key=f"{wish.key}-rival", firm=[])
                self.purchases.append(rival)
                group.create_task(self._order(rival))

    async def _order(self, wish: Purchase) -> None:
        """Ask until the answer is known, and cancel the order now and then."""
        chance = self.world.chance
        while not wish.is_decided:
            copies = 2 if self.world.faults.hits(Fault.REQUEST_REPEATED) else 1
            async with asyncio.TaskGroup() as group:
                for _ in range(copies):
                    group.create_task(self._ask(lambda service: service.accept(wish), wish))
        if wish.accepted is not None and chance.random() < 0.3:
            await asyncio.sleep(chance.random() * 5)
            while not await self._ask(lambda service: service.cancel(wish), wish):
                pass

    async def _ask(self, act: Callable[[Service], Coroutine[Any, Any, object]], wish: Purchase) -> bool:
        """Send a request to a process, and return whether there was an answer."""
        world = self.world
        running = world.chance.choice(world.apis)
        await asyncio.sleep(world.chance.random() * 0.05)
        if not running.process.is_alive:
            await asyncio.sleep(0.5)
            return False
        service = self._service_of(running)
        answered = world.loop.create_future()

        async def handle() -> None:
            PURCHASE.set(wish)
            try:
                said: object = await act(service)
            except NO_ANSWERS as error:
                said = error
            except Exception as error:  # noqa: BLE001 -- whatever it is, users must not meet it
                world.found(f"{running.process} answered {wish.key} with {type(error).__name__} {error}")
                said = error
            if not answered.done() and not world.faults.hits(Fault.USER_ANSWER_LOST):
                answered.set_result(said)

        world.loop.spawn(running.process, handle())
        give_up = world.loop.call_later(PATIENCE_SECONDS, _give_up, answered)
        said = await answered
        give_up.cancel()
        world.story.tell(wish.key, "hears from", running.process, said)
        if said is NOTHING or isinstance(said, Exception):
            await asyncio.sleep(world.chance.random())
            return False
        service.note(wish, said)
        return True

    def _service_of(self, running: Running) -> Service:
        if running.process not in self._services:
            self._services[running.process] = Service(self.world, running, {each.id: each for each in self._users})
        return self._services[running.process]


def _give_up(answered: asyncio.Future[object]) -> None:
    if not answered.done():
        answered.set_result(NOTHING)
