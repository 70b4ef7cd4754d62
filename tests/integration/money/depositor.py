"""A user with wallets, over HTTP. Every write has an Idempotency-Key: the one given, or a new one."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.integration.identity.client import Client
from tests.integration.money.amounts import units_of
from tests.servers.service_client import Answer

MOVE = "/currency/add_or_withdraw_funds"


@dataclass(frozen=True, slots=True)
class Holding:
    """One currency of one wallet, as the service lists it, in units."""

    id: str
    wallet: str
    code: str
    amount: int
    available: int
    held: int


class Depositor:
    """Puts in, takes out and transfers."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def write(self, method: str, path: str, body: object, key: str = "") -> Answer:
        headers = {"Idempotency-Key": key or uuid4().hex}
        return await self.client.ask(method, path, json=body, headers=headers)

    async def wallet(self, name: str = "") -> str:
        """Open a wallet, and return its id."""
        return str(done(await self.write("POST", "/wallets", {"name": name or uuid4().hex}), 201)["id"])

    async def currency(self, code: str, amount: str = "0", wallet: str = "") -> str:
        """Open a currency, in a wallet of its own unless one is named, and return its id."""
        body = {"wallet_id": wallet or await self.wallet(), "code": code, "amount": amount}
        return str(done(await self.write("POST", "/currency", body), 201)["id"])

    async def move(self, currency: str, amount: str, key: str = "") -> Answer:
        return await self.write("POST", f"{MOVE}/{currency}", {"amount": amount}, key)

    async def transfer(self, source: str, to: str, amount: str, key: str = "") -> Answer:
        body = {"from_currency_id": source, "to_currency_id": to, "amount": amount}
        return await self.write("POST", "/transfers", body, key)

    async def holdings(self) -> dict[str, Holding]:
        """Return every currency of every wallet by id, as one answer has them."""
        wallets = done(await self.client.ask("GET", "/wallets"), 200)["wallets"]
        found = [_holding(wallet["id"], each) for wallet in wallets for each in wallet["currencies"]]
        assert all(each.available + each.held == each.amount for each in found)
        return {each.id: each for each in found}

    async def amount(self, currency: str) -> int:
        return (await self.holdings())[currency].amount

    async def entries(self, currency: str = "", limit: int = 1000) -> list[dict[str, Any]]:
        """Return all entries, or those of a currency, newest first, from pages of all."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None:
            asked = f"/entries?limit={limit}" + (cursor and f"&cursor={cursor}")
            page = done(await self.client.ask("GET", asked), 200)
            assert len(page["entries"]) <= limit
            found += page["entries"]
            cursor = page.get("next_cursor")
        return [each for each in found if currency in {"", each["currency_id"]}]

    async def totals(self) -> Counter[str]:
        """Return the sum of all amounts by currency code, as one answer has them."""
        totals: Counter[str] = Counter()
        for each in (await self.holdings()).values():
            totals[each.code] += each.amount
        return totals

    @asynccontextmanager
    async def audited(self) -> AsyncIterator[None]:
        """Meanwhile read all balances again and again: every answer must show the same totals."""
        expected, over = await self.totals(), asyncio.Event()

        async def read() -> int:
            answers = 0
            while not over.is_set():
                seen = await self.totals()
                assert seen == expected, f"a reader saw {seen} instead of {expected}"
                answers += 1
            return answers

        async with asyncio.TaskGroup() as group:
            reader = group.create_task(read())
            yield
            over.set()
        assert reader.result() > 0
        assert await self.totals() == expected


def done(answer: Answer, status: int) -> dict[str, Any]:
    """Return the body of an answer that must have this status."""
    assert answer.status == status, (answer.status, answer.body)
    body: dict[str, Any] = answer.json
    return body


def is_replay(answer: Answer) -> bool:
    """Tell whether this is the answer to an earlier request with the same key."""
    return answer.headers["Idempotency-Replayed"] == "true"


def _holding(wallet: str, listed: dict[str, str]) -> Holding:
    amounts = (units_of(listed[name]) for name in ("amount", "available", "held"))
    return Holding(listed["id"], wallet, listed["code"], *amounts)
