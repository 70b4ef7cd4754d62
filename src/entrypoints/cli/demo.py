"""`make demo`: simulated exchanges, the service, and its answers, in ten seconds and without the internet."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from rich.console import Console

from domain.currency import Currency
from domain.orders.clearing_asset import ClearingAsset
from entrypoints.cli.demo_wallet import DemoWallet
from entrypoints.http.app import create_app
from entrypoints.http.rates.routes import PATH
from entrypoints.settings.settings import Settings
from entrypoints.simulator.app import SIZE_CHANGES_PER_SECOND, simulator_app
from entrypoints.wiring.running import running


@dataclass(frozen=True, slots=True)
class Example:
    """A request, what it shows, and the expected status and exchange of the answer."""

    shows: str
    request: dict[str, Any]
    status: int = 200
    exchange: str | None = "binance"
    is_binance_down: bool = False


EXAMPLES = (
    Example(
        "A direct pair: TRX/USDT, sold",
        {"currency_from": "TRX", "currency_to": "USDT", "amount": 100, "cache_max_seconds": 1000},
    ),
    Example(
        "The same pair the other way round: bought. No call to an exchange: the prices are recent enough",
        {"currency_from": "USDT", "currency_to": "TRX", "amount": 100, "cache_max_seconds": 1000},
    ),
    Example(
        "No such pair, so two legs, and the route on demand",
        {"currency_from": "TRX", "currency_to": "ADA", "amount": "0.5", "cache_max_seconds": 10, "include_route": True},
    ),
    Example(
        "Only KuCoin lists KCS; null asks for prices fetched for this request",
        {"currency_from": "KCS", "currency_to": "USDT", "amount": 3, "cache_max_seconds": None},
        exchange="kucoin",
    ),
    Example(
        "Binance goes down: KuCoin answers, at the executable price",
        {"currency_from": "BTC", "currency_to": "USDT", "amount": 0.25, "rate_type": "executable"},
        exchange="kucoin",
        is_binance_down=True,
    ),
    Example(
        "Nobody lists NOPE: an answer, with each exchange's reason",
        {"currency_from": "NOPE", "currency_to": "USDT", "amount": 1},
        status=404,
        exchange=None,
    ),
)


async def demonstrate(console: Console) -> bool:
    """Run the examples; return whether each was answered as expected."""
    async with AsyncExitStack() as stack:
        exchanges = await stack.enter_async_context(
            _served(simulator_app(size_changes_per_second=SIZE_CHANGES_PER_SECOND))
        )
        # The environment's settings do not count: made-up prices must not get into anyone's Redis.
        defaults = {name: field.default for name, field in Settings.model_fields.items()}
        folder = stack.enter_context(TemporaryDirectory(prefix="crossrate-demo-"))
        own = {
            "binance_url": f"{exchanges}/binance",
            "kucoin_url": f"{exchanges}/kucoin",
            "ecb_url": f"{exchanges}/ecb",
            "database_url": f"sqlite:///{folder}/crossrate.db",
            "jwt_secret": secrets.token_hex(32),
            "quote_pairs": (),
            "log_level": "error",
            "sync_interval_seconds": 0,  # so that each example shows what its own request has fetched
        }
        settings = Settings(_env_file=None, **defaults | own)
        await _sell_bitcoin(settings)
        service = await stack.enter_async_context(_served(create_app(settings)))
        client = await stack.enter_async_context(aiohttp.ClientSession())
        console.print(
            f"Simulated exchanges on {exchanges}, Crossrate on {service}. Nothing leaves this machine.\n",
            soft_wrap=True,
        )
        went_well = [await _shown(console, client, exchanges, service, example) for example in EXAMPLES]
        went_well.append(await DemoWallet(console, client, service).shown())
    return all(went_well)


async def _sell_bitcoin(settings: Settings) -> None:
    """Do what an administrator does, whom only the command line can make."""
    asset = ClearingAsset(Currency("BTC"), settings.brokers, threshold=Decimal(10))
    async with running(settings) as container:
        await container.storage().database().write(lambda unit: unit.clearing_assets.save(asset))


async def _shown(
    console: Console, client: aiohttp.ClientSession, exchanges: str, service: str, example: Example
) -> bool:
    fault = f"{exchanges}/control/faults/binance"
    control = client.put(fault, json={"kind": "drop"}) if example.is_binance_down else client.delete(fault)
    async with control as response:
        response.raise_for_status()
    async with client.post(service + PATH, json=example.request) as response:
        status, answer = response.status, await response.json(content_type=None)
    console.print(f"[bold]{example.shows}[/bold]\n  POST {PATH}", soft_wrap=True)
    console.print(f"  {orjson.dumps(example.request).decode()}", soft_wrap=True)
    console.print(
        f"[{'green' if status == 200 else 'yellow'}]{status}[/]", orjson.dumps(answer).decode(), soft_wrap=True
    )
    console.print()
    return status == example.status and answer.get("exchange") == example.exchange


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[str]:
    """Serve on a free local port, and yield the address."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=1.0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def main() -> None:
    """Run the demo; exit with 0 if every example was answered as expected."""
    os.environ["no_proxy"] = "*"  # its exchanges are on this machine
    console = Console()
    if not asyncio.run(demonstrate(console)):
        console.print("[red]An example was not answered as expected.[/red]")
        sys.exit(1)
    console.print("Now with the real exchanges: make run, then http://127.0.0.1:8080/docs")


if __name__ == "__main__":
    main()
