"""Any aiohttp application on a real socket, inside the test process."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def serving(app: web.Application, encryption: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve `app` on a free port of 127.0.0.1 and yield its address."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=encryption).start()
        yield f"{'http' if encryption is None else 'https'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
