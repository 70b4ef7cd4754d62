"""A user who moves money while things break, and finds out by the key what became of each write."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp

from tests.integration.money.amounts import ONE, text_of, units_of
from tests.integration.money.depositor import Depositor
from tests.servers.service_client import Answer

ACCOUNTS = 5
AT_ONCE = 8
PATIENCE_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class Order:
    """A transfer, or, without `to`, a deposit or withdrawal."""

    source: str
    to: str | None
    units: int
    key: str = field(default_factory=lambda: uuid4().hex)

    async def send(self, depositor: Depositor) -> Answer:
        if self.to is None:
            return await depositor.move(self.source, text_of(self.units), self.key)
        return await depositor.transfer(self.source, self.to, text_of(self.units), self.key)


@dataclass
class Spending:
    """What was sent, and what became of it. `unknown` counts the answers that did not tell, or never came."""

    depositor: Depositor
    accounts: list[str]
    applied: dict[str, tuple[Order, str]] = field(default_factory=dict)
    refused: list[Order] = field(default_factory=list)
    unknown: int = 0
    seed: random.Random = field(default_factory=lambda: random.Random(50))  # noqa: S311 -- no secret

    async def settle(self, order: Order) -> None:
        """Send it until its outcome is known."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self._is_settled(order):
                self.unknown += 1
                await asyncio.sleep(0.1)

    async def _is_settled(self, order: Order) -> bool:
        try:
            answer = await order.send(self.depositor)
        except (aiohttp.ClientError, TimeoutError):
            return False
        if answer.status in {200, 201}:
            self.applied[order.key] = order, answer.json["transaction_id"]
        elif answer.status == 409 and answer.json["type"] == "/problems/insufficient-funds":
            self.refused.append(order)
        else:
            assert answer.status >= 500 or "Retry-After" in answer.headers, (answer.status, answer.body)
            return False
        return True

    def next_order(self) -> Order:
        source, to = self.seed.sample(self.accounts, 2)
        units = self.seed.randint(1, 2 * ONE)
        if self.seed.random() < 0.5:
            return Order(source, to, units)
        return Order(source, None, units if self.seed.random() < 0.5 else -units)

    @asynccontextmanager
    async def goes_on(self) -> AsyncIterator[None]:
        """Send orders meanwhile, a few at once."""
        over = asyncio.Event()

        async def spend() -> None:
            while not over.is_set():
                await self.settle(self.next_order())

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(spend())
            yield
            over.set()

    async def adds_up(self) -> None:
        """Assert that each applied order has moved its money once, and that nothing else has moved any."""
        expected: dict[str, list[tuple[str, int]]] = {account: [] for account in self.accounts}
        for order, number in self.applied.values():
            expected[order.source].append((number, order.units if order.to is None else -order.units))
            if order.to is not None:
                expected[order.to].append((number, order.units))
        entries: dict[str, list[tuple[str, int]]] = {account: [] for account in self.accounts}
        for entry in await self.depositor.entries():
            entries[entry["currency_id"]].append((entry["transaction_id"], units_of(entry["amount"])))
        assert {account: sorted(found) for account, found in entries.items()} == {
            account: sorted(moved) for account, moved in expected.items()
        }
        holdings = await self.depositor.holdings()
        assert {account: holdings[account].amount for account in self.accounts} == {
            account: sum(units for _, units in moved) for account, moved in expected.items()
        }

    async def stays_decided(self) -> None:
        """Repeat some of all orders: the outcome is the same."""
        before = await self.depositor.holdings()
        applied = self.seed.sample(list(self.applied.values()), min(20, len(self.applied)))
        for order, number in applied:
            answer = await order.send(self.depositor)
            assert (answer.headers["Idempotency-Replayed"], answer.json["transaction_id"]) == ("true", number)
        for order in self.refused[:20]:
            answer = await order.send(self.depositor)
            assert (answer.status, answer.headers["Idempotency-Replayed"]) == (409, "true")
        assert await self.depositor.holdings() == before


async def spending_of(depositor: Depositor) -> Spending:
    """Return the spending of a user with some funds in a few wallets."""
    spending = Spending(depositor, [await depositor.currency("BTC") for _ in range(ACCOUNTS)])
    for account in spending.accounts:
        await spending.settle(Order(account, None, 5 * ONE))
    return spending
