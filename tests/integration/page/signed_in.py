"""A service with something to own, to buy and to operate, and a browser that is signed in there by its keyboard."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import aiohttp
from playwright.async_api import Browser, BrowserContext, Page, Request, expect

from application.ports.clock import Clock
from domain.currency import Currency
from domain.orders.clearing_asset import ClearingAsset
from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.integration.identity.client import PASSWORD
from tests.integration.orders.for_sale import sell
from tests.secrecy import secret
from tests.servers.administrators import create_admin
from tests.servers.migrated import migrated_sqlite
from tests.servers.service import running_crossrate, running_service
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import FakeClock

ADMIN = "root"
UNLIMITED: dict[str, Any] = {
    f"rate_limit_{group}": "off" for group in ("authenticate", "account", "wallets", "orders", "credentials")
}


@asynccontextmanager
async def service_to_live_in() -> AsyncIterator[str]:
    """Run a service that sells BTC at the simulated broker, and has an administrator."""
    with TemporaryDirectory(prefix="crossrate-page-") as folder:
        url = migrated_sqlite(Path(folder, "crossrate.db"))
        await create_admin(url, ADMIN, secret(PASSWORD, "password"))
        await sell(url, ClearingAsset(Currency("BTC"), ("simulated",), threshold=Decimal(10)))
        async with running_crossrate(database_url=url, clearing_interval_seconds=0.2, **UNLIMITED) as address:
            yield address


class ShiftedClock(Clock):
    """The machine's clock, ahead by as much as the test says."""

    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def now(self) -> float:
        return time.time() + self.ahead_seconds


@asynccontextmanager
async def service_to_outlive() -> AsyncIterator[tuple[str, SimulatedExchanges, ShiftedClock]]:
    """Run a service that sells BTC, whose exchanges may fail, and whose clock may be moved."""
    clock = ShiftedClock()
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="crossrate-page-"))
        url = migrated_sqlite(Path(folder, "crossrate.db"))
        await sell(url, ClearingAsset(Currency("BTC"), ("simulated",), threshold=Decimal(1000)))
        market = SimulatedMarket(binance_pairs=80, kucoin_pairs=60)
        at = await stack.enter_async_context(serving(simulator_app(market)))
        client = await stack.enter_async_context(aiohttp.ClientSession(at))
        service = await stack.enter_async_context(running_service(at, client, clock, database_url=url, **UNLIMITED))
        yield service.url, SimulatedExchanges(at, client, FakeClock()), clock


@dataclass
class Person:
    """Somebody with a browser of their own, who has no mouse."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    sent: list[Request] = field(default_factory=list)

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def listen(self) -> None:
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.sent.append(request) if request.method != "GET" else None)

    async def open(self, view: str) -> None:
        await self.page.goto(f"{self.address}/{view}")

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def type(self, text: str) -> None:
        """Type into the field that has the focus, which may follow a moment after its dialog."""
        await expect(self.page.locator(":is(input, select, textarea):focus")).to_have_count(1)
        await self.page.keyboard.type(text)

    async def tab_to(self, name: str, *, backwards: bool = False) -> None:
        """Press Tab until the focus is on what has this accessible name."""
        for _ in range(60):
            await self.press("Shift+Tab" if backwards else "Tab")
            focused = await self.page.evaluate(FOCUSED)
            if focused == name:
                return
        raise AssertionError(f"Tab does not lead to {name}")

    async def sign_up(self, name: str) -> None:
        """Create an account; the view of the address is there afterwards."""
        await expect(self.page.get_by_role("heading", name="Sign in")).to_be_visible()
        await self.tab_to("Create one")
        await self.press("Enter", "/")
        await self.sign_in(name, "Create the account")

    async def sign_in(self, name: str, button: str = "Sign in") -> None:
        """Fill the form in and send it."""
        await expect(self.page.get_by_role("button", name=button).first).to_be_visible()
        await self.page.get_by_label("Username").focus()
        await self.type(name)
        await self.press("Tab")
        await self.type(PASSWORD)
        await self.press("Enter")
        await expect(self.page.get_by_label("Username")).to_have_count(0)

    async def changes_elsewhere(self, path: str, body: Mapping[str, str], method: str = "POST") -> dict[str, str]:
        """Change something by the API, as whoever is signed in but without the page, and return what was answered."""
        session = await (await self.page.request.get(f"{self.address}/api/v1/session")).json()
        headers = {"X-Session-Id": session["session_id"], "Idempotency-Key": uuid4().hex}
        answer = await self.page.request.fetch(
            f"{self.address}/api/v1/{path}", method=method, data=dict(body) or None, headers=headers
        )
        assert answer.ok, await answer.text()
        made: dict[str, str] = await answer.json()
        return made

    async def asks(self, method: str, path: str) -> int:
        """Return the status of a request that the page's origin sends by itself, with nothing but its cookies."""
        asking = "([method, path]) => fetch(path, { method }).then((answer) => answer.status)"
        status: int = await self.page.evaluate(asking, [method, path])
        return status

    def changes(self, path: str) -> list[Request]:
        """Return the requests that were sent to change something at this path of the API."""
        return [request for request in self.sent if request.url == f"{self.address}/api/v1/{path}"]


# The name that a screen reader says, as far as this page gives names.
FOCUSED = """() => {
  const at = document.activeElement;
  const label = at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent;
  return label.trim().replace(/\\s+/g, " ");
}"""


@asynccontextmanager
async def person(browser: Browser, address: str) -> AsyncIterator[Person]:
    """Give somebody a browser without cookies; nothing on the page may have failed at the end."""
    context = await browser.new_context(reduced_motion="reduce", viewport={"width": 1440, "height": 900})
    found = Person(await context.new_page(), address)
    found.listen()
    try:
        yield found
        assert found.complaints == []
    finally:
        await context.close()
