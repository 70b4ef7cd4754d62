"""Runs the simulated exchanges as a process of their own."""

import asyncio
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from aiohttp import web

from entrypoints.simulator.app import SIZE_CHANGES_PER_SECOND, VENUES, simulator_app
from entrypoints.simulator.market.simulated import (
    DEFAULT_BINANCE_PAIRS,
    DEFAULT_HOST,
    DEFAULT_KUCOIN_PAIRS,
    DEFAULT_PORT,
    DEFAULT_SEED,
    MOST_PAIRS,
    SimulatedMarket,
)
from entrypoints.simulator.venues.account import API_KEY, API_PASSPHRASE, API_SECRET


class CannotServe(Exception):
    """The address cannot be listened on; the message says why."""


def run_simulator(  # noqa: PLR0913 -- one for each option
    *,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    seed: int = DEFAULT_SEED,
    binance_pairs: int = DEFAULT_BINANCE_PAIRS,
    kucoin_pairs: int = DEFAULT_KUCOIN_PAIRS,
    weight_times: int = 1,
    data: Path | None = None,
    replays: Sequence[Path] = (),
    replay_speed: float = 1.0,
) -> None:
    """Serve until SIGINT or SIGTERM; port 0 takes a free one. Blocks, and prints the addresses once it listens.

    Raises `UnusableRecording` for `data` and `replays`, `CannotServe` for the address, `ValueError` for a number of
    pairs out of range.
    """
    if data is None:
        for pairs in (binance_pairs, kucoin_pairs):
            if not 1 <= pairs <= MOST_PAIRS:
                raise ValueError(f"an exchange lists 1 to {MOST_PAIRS} pairs, not {pairs}")
    market = None if data is not None else SimulatedMarket(seed, binance_pairs, kucoin_pairs)
    app = simulator_app(
        market,
        data=data,
        weight_times=weight_times,
        replays=replays,
        replay_speed=replay_speed,
        size_changes_per_second=SIZE_CHANGES_PER_SECOND,
    )
    asyncio.run(_serve(app, host, port))


async def _serve(app: web.Application, host: str, port: int) -> None:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise CannotServe(f"Cannot listen on {host}:{port}: {error.strerror or error}") from error
        sys.stdout.write(_announcement(host, runner.addresses[0][1], app[VENUES].keys()))
        sys.stdout.flush()
        await _until_signalled()
    finally:
        await runner.cleanup()


def _announcement(host: str, port: int, venues: Iterable[str]) -> str:
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    urls = "".join(f"CROSSRATE_{name.upper()}_URL={address}/{name}\n" for name in venues)
    return (
        f"# Simulated exchanges on {address}; faults and counts on {address}/control. To point Crossrate at them:\n"
        f"{urls}"
        "# For purchases there, also:\n"
        "CROSSRATE_BROKERS=binance,kucoin\n"
        f"CROSSRATE_BINANCE_TRADING_URL={address}/binance\n"
        f"CROSSRATE_BINANCE_API_KEY={API_KEY}\n"
        f"CROSSRATE_BINANCE_API_SECRET={API_SECRET}\n"
        f"CROSSRATE_KUCOIN_TRADING_URL={address}/kucoin\n"
        f"CROSSRATE_KUCOIN_API_KEY={API_KEY}\n"
        f"CROSSRATE_KUCOIN_API_SECRET={API_SECRET}\n"
        f"CROSSRATE_KUCOIN_API_PASSPHRASE={API_PASSPHRASE}\n"
    )


async def _until_signalled() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
