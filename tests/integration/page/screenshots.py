"""Writes pictures of the page into `docs/images/`: `make screenshots`. Its exchanges are simulated."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from playwright.async_api import Browser, Page, StorageState, ViewportSize

from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.integration.page.furnishing import furnish, furnished_database
from tests.project import ROOT
from tests.servers.chromium import find_chromium, running_chromium
from tests.servers.service import service_app
from tests.servers.serving import serving
from tests.waiting import eventually

FOLDER = ROOT / "docs" / "images"
WIDE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}

# What is shown, and what must be there before a picture is taken.
VIEWS = {
    "convert": ("?from=TRX&to=ADA&amount=100", ".elsewhere tbody tr:nth-child(2)"),
    "markets": ("markets", ".pairs tbody tr:nth-child(50)"),
    "history": ("history?pair=EUR/USD&with=EUR/GBP&days=90", ".u-over"),
    "wallets": ("wallets?to=EUR", ".rows .state"),
    "orders": ("orders", ".rows .state"),
    "account": ("account", ".rows .state"),
    "operate": ("operate", ".rows .state"),
}


@asynccontextmanager
async def service() -> AsyncIterator[str]:
    """Serve over markets of the real size, whose prices move."""
    market = SimulatedMarket()
    async with (
        furnished_database() as url,
        serving(simulator_app(market)) as exchanges,
        serving(service_app(exchanges, sync_interval_seconds=1, reference_rates="ecb", database_url=url)) as address,
        aiohttp.ClientSession(address) as client,
    ):

        async def has_history() -> bool:
            async with client.get("/v1/2026-01-01..?symbols=USD") as response:
                return response.status == 200 and len((await response.json())["rates"]) > 20

        await eventually(has_history)
        yield address


async def take(browser: Browser, address: str, name: str, cookies: StorageState) -> None:
    """Take the pictures of one view: light and dark, and on a phone."""
    path, there = VIEWS[name]
    for kind, size in (("", WIDE), ("-phone", PHONE)):
        for scheme in ("light", "dark"):
            page: Page = await browser.new_page(
                viewport=size, color_scheme="dark" if scheme == "dark" else "light", storage_state=cookies
            )
            await page.goto(f"{address}/{path}")
            await page.locator(there).first.wait_for()
            await page.wait_for_timeout(1500)  # so that the prices are those that move
            await page.screenshot(path=FOLDER / f"{name}{kind}-{scheme}.png")
            await page.close()


async def main() -> None:
    """Take all pictures."""
    chromium = find_chromium()
    if chromium is None:
        sys.exit("There is no Chromium on the PATH.")
    FOLDER.mkdir(exist_ok=True)
    async with service() as address, running_chromium(chromium) as browser:
        cookies = await furnish(browser, address)
        for name in sys.argv[1:] or VIEWS:
            await take(browser, address, name, cookies)


if __name__ == "__main__":
    asyncio.run(main())
