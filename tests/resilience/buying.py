"""Users who buy while things break: each order is sent once in vain, and then twice, until its outcome is known."""

import asyncio
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID, uuid4

import aiohttp

from adapters.sql.database import SqlDatabase
from domain.currency import Currency
from domain.identity.user import Username
from tests.integration.identity.client import Client, Newcomers
from tests.integration.wallets.asking import new_currency, new_wallet
from tests.resilience.length import STALL_SECONDS
from tests.servers.service_client import Answer
from tests.simulation.orders.books import Accepted, Purchase

BTC, USDT = Currency("BTC"), Currency("USDT")
FUNDS = Decimal(20_000)


@dataclass(frozen=True, slots=True)
class Buyer:
    """A user with a wallet, and the account in it that pays."""

    client: Client
    user_id: UUID
    account: UUID


@dataclass
class Buying:
    """What was asked for, and what became of it. `decided` counts orders whose outcome is known, and `unanswered`
    sendings after which it was not.
    """

    buyers: list[Buyer]
    purchases: list[Purchase] = field(default_factory=list)
    decided: int = 0
    unanswered: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(12))  # noqa: S311 -- no secret

    @property
    def deposits(self) -> dict[UUID, Decimal]:
        return {buyer.account: FUNDS for buyer in self.buyers}

    async def buy(self, count: int, at_once: int) -> None:
        """Place so many orders, a number of them at once. Raises `TimeoutError` when none was decided for too long."""
        async with asyncio.TaskGroup() as group:
            buying = group.create_task(self._buy(count, at_once))
            group.create_task(self._watch(buying))

    async def _watch(self, buying: "asyncio.Task[None]") -> None:
        seen, since = self.decided, time.monotonic()
        while not buying.done():
            await asyncio.wait([buying], timeout=1.0)
            if self.decided > seen:
                seen, since = self.decided, time.monotonic()
            if time.monotonic() - since > STALL_SECONDS:
                raise TimeoutError(f"{seen} orders were decided, and none in the last {STALL_SECONDS:.0f} s")

    async def _buy(self, count: int, at_once: int) -> None:
        left = iter(range(count))

        async def one_after_another() -> None:
            for _ in left:
                await self._order(self.chance.choice(self.buyers))

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(one_after_another())

    async def _order(self, buyer: Buyer) -> None:
        wish = self._wish(buyer)
        with suppress(TimeoutError, aiohttp.ClientError):
            async with asyncio.timeout(self.chance.uniform(0.0, 0.05)):
                await self._send(buyer, wish)  # and drop its answer
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(self._decide(buyer, wish))
        self.decided += 1

    def _wish(self, buyer: Buyer) -> Purchase:
        amount = Decimal(self.chance.randint(1, 400)).scaleb(-6)
        spends = self.chance.random() < 0.3
        wish = Purchase(
            uuid4().hex,
            buyer.user_id,
            buyer.account,
            BTC,
            USDT,
            None if spends else amount,
            Decimal(self.chance.randint(100, 3000)) / 100 if spends else None,
            None,
        )
        self.purchases.append(wish)
        return wish

    async def _decide(self, buyer: Buyer, wish: Purchase) -> None:
        while True:
            try:
                answer = await self._send(buyer, wish)
            except (aiohttp.ClientError, TimeoutError):
                self.unanswered += 1
            else:
                if answer.status < 500 and "Retry-After" not in answer.headers:
                    return _note(wish, answer)
                self.unanswered += 1
            await asyncio.sleep(0.2)

    async def _send(self, buyer: Buyer, wish: Purchase) -> Answer:
        body: Mapping[str, object] = {
            "wallet": "main",
            "buy": wish.buy,
            "pay_with": wish.pay_with,
            "amount": None if wish.amount is None else f"{wish.amount:f}",
            "spend": None if wish.spend is None else f"{wish.spend:f}",
        }
        return await buyer.client.ask("POST", "/orders", json=body, headers={"Idempotency-Key": wish.key})


def _note(wish: Purchase, answer: Answer) -> None:
    accepted = None
    if answer.status == 201:
        told = answer.json
        figures = (Decimal(told[name]) for name in ("amount", "price", "cost", "fee"))
        accepted = Accepted(UUID(told["id"]), *figures)
    else:
        assert answer.status == 409, (answer.status, answer.body)
        assert answer.json["type"] == "/problems/insufficient-funds", answer.body
    refusal = None if accepted else "InsufficientFunds"
    if wish.is_decided:
        assert (wish.accepted, wish.refusal) == (accepted, refusal)
    wish.accepted, wish.refusal = accepted, refusal


async def buyers_at(newcomers: Newcomers, address: str, count: int) -> list[Buyer]:
    """Register so many users, each with funds, with the service whose database is at `address`."""
    made = [await _funded(newcomers.client()) for _ in range(count)]
    database = SqlDatabase(address, upgrades_itself=False)
    async with database.reading() as unit:
        users = {user.name: user.id for user in await unit.users.list_all()}
    await database.close()
    return [Buyer(client, users[Username(client.name)], account) for client, account in made]


async def _funded(client: Client) -> tuple[Client, UUID]:
    assert (await client.register()).status == 201
    assert (await client.login()).status == 200
    account = UUID(await new_currency(client, await new_wallet(client, "main"), USDT, f"{FUNDS:f}"))
    return await client.new_key("orders:write"), account  # a token would expire after 15 minutes of orders
