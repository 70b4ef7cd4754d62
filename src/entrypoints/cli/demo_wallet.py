"""The second half of `make demo`: a wallet, what it is worth, a refused withdrawal, a repeated request, a purchase."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from rich.console import Console

API = "/api/v1"
# The bank's rates arrive a moment after the start.
MOST_ATTEMPTS = 50
PAUSE_SECONDS = 0.1

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A request, what it shows, and the status and members expected of its answer."""

    shows: str
    path: str
    status: int
    expected: Json
    body: Json | None = None
    key: str | None = None
    headers_shown: tuple[str, ...] = ()


@dataclass(slots=True)
class DemoWallet:
    """Asks `service` as a user who is made for it."""

    console: Console
    client: aiohttp.ClientSession
    service: str
    _headers: dict[str, str] = field(default_factory=dict)

    async def shown(self) -> bool:
        """Show all steps; return whether each was answered as expected."""
        await self._sign_in()
        wallet = await self._made("A wallet", "/wallets", 201, {"name": "Savings"})
        deposit = {"wallet_id": wallet["id"], "code": "BTC", "amount": "0.25"}
        bitcoin = await self._made("A deposit into it", "/currency", 201, deposit, key="deposit-1")
        funds = f"/currency/add_or_withdraw_funds/{bitcoin['id']}"
        steps = (
            Step(
                "What it is worth in dollars, which no exchange here trades: the bank's rate completes the route",
                "/wallets/Savings/currencies_converted?to=USD",
                200,
                {"complete": True, "to": "USD"},
            ),
            Step(
                "More than there is cannot be withdrawn",
                funds,
                409,
                {"available": "0.25", "asked": "5"},
                body={"amount": "-5"},
                key="withdrawal-1",
            ),
            Step(
                "The deposit once more, with the same key: the first answer, and nothing is deposited twice",
                "/currency",
                201,
                bitcoin,
                body=deposit,
                key="deposit-1",
                headers_shown=("Idempotency-Replayed",),
            ),
        )
        went_well = [await self._step(step) for step in steps]
        return all((wallet, bitcoin, *went_well, await self._has_bought(wallet)))

    async def _has_bought(self, wallet: Json) -> bool:
        dollars = {"wallet_id": wallet["id"], "code": "USDT", "amount": "100"}
        await self._made("Something to pay with", "/currency", 201, dollars, key="deposit-2")
        wish = {"wallet": "Savings", "buy": "BTC", "pay_with": "USDT", "spend": "50"}
        order = await self._made(
            "A purchase, at a firm price: what it costs is held", "/orders", 201, wish, key="buy-1"
        )
        bought = "A moment later it is bought and in the wallet"
        return await self._step(Step(bought, f"/orders/{order.get('id')}", 200, {"status": "settled"}))

    async def _sign_in(self) -> None:
        credentials = {"username": "demo", "password": secrets.token_urlsafe(16)}
        authenticate = f"{self.service}{API}/authenticate"
        async with self.client.post(f"{authenticate}/register", json=credentials) as response:
            response.raise_for_status()
        async with self.client.post(f"{authenticate}/login", json=credentials) as response:
            response.raise_for_status()
            self._headers["Authorization"] = f"Bearer {(await response.json())['access_token']}"

    async def _made(self, shows: str, path: str, status: int, body: Json, *, key: str | None = None) -> Json:
        return (await self._answer(Step(shows, path, status, {}, body, key)))[0]

    async def _step(self, step: Step) -> bool:
        answer, status = await self._answer(step)
        return status == step.status and step.expected.items() <= answer.items()

    async def _answer(self, step: Step) -> tuple[Json, int]:
        """Ask and show. A step that only reads is repeated until it is as expected, for a while."""
        answer, status, headers = await self._ask(step)
        attempts = 1
        while step.body is None and attempts < MOST_ATTEMPTS and not step.expected.items() <= answer.items():
            await asyncio.sleep(PAUSE_SECONDS)
            answer, status, headers = await self._ask(step)
            attempts += 1
        key = "" if step.key is None else f"  Idempotency-Key: {step.key}"
        self.console.print(f"[bold]{step.shows}[/bold]\n  {_method(step)} {API}{step.path}{key}", soft_wrap=True)
        if step.body is not None:
            self.console.print(f"  {orjson.dumps(step.body).decode()}", soft_wrap=True)
        colour = "green" if status < 400 else "yellow"
        told = "".join(f"{name}: {headers[name]} " for name in step.headers_shown if name in headers)
        self.console.print(f"[{colour}]{status}[/]", told + orjson.dumps(answer).decode(), soft_wrap=True)
        self.console.print()
        return answer, status

    async def _ask(self, step: Step) -> tuple[Json, int, dict[str, str]]:
        headers = self._headers if step.key is None else self._headers | {"Idempotency-Key": step.key}
        url = f"{self.service}{API}{step.path}"
        async with self.client.request(_method(step), url, json=step.body, headers=headers) as response:
            return await response.json(content_type=None), response.status, dict(response.headers)


def _method(step: Step) -> str:
    return "GET" if step.body is None else "POST"
