"""Serves in one process until a signal stops it."""

import asyncio
import signal

import structlog
import uvloop

from entrypoints.garbage import collections_put_off, freeze_startup_objects
from entrypoints.http.app import create_app
from entrypoints.http.server.draining import DrainingRunner
from entrypoints.http.server.listening import bracketed, require_free, site_of
from entrypoints.settings.settings import Settings, load_settings
from entrypoints.stop_signals import deliver_stop_signals, held_back_stop_signals
from entrypoints.switching import switch_threads_soon

BACKLOG = 1024

log = structlog.get_logger()


def serve(settings: Settings) -> None:
    """Serve until SIGTERM, or SIGINT, which skips draining. Blocks; raises `OSError` when it cannot listen."""
    require_free(settings.host, settings.port)
    switch_threads_soon()
    with held_back_stop_signals():
        uvloop.run(_serve(settings))


async def gunicorn_runner() -> DrainingRunner:
    """Return the runner for gunicorn's aiohttp worker, whose event loop runs now and gets what was held back."""
    deliver_stop_signals()
    switch_threads_soon()
    return _runner(load_settings())


def _runner(settings: Settings) -> DrainingRunner:
    app = create_app(settings, importing=collections_put_off, once_open=freeze_startup_objects)
    freeze_startup_objects()
    return DrainingRunner(app, settings.drain_seconds, settings.max_connections_per_address)


async def _serve(settings: Settings) -> None:
    runner = _runner(settings)
    stop = _stop_on_signals(runner)
    await runner.setup()
    try:
        await site_of(runner, settings.host, settings.port, BACKLOG).start()
        url = f"http://{bracketed(settings.host, runner.addresses[0][1])}"  # the port may be any free one
        log.info("service_listening", url=url, docs="/docs")
        await stop.wait()
    except OSError:
        runner.hurry()
        raise
    finally:
        await runner.cleanup()


def _stop_on_signals(runner: DrainingRunner) -> asyncio.Event:
    """Return the event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()

    def interrupt() -> None:
        runner.hurry()  # somebody at a terminal waits
        stop.set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGINT, interrupt)
    deliver_stop_signals()
    return stop
