"""A real HTTP proxy, tinyproxy, and what passed through it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.servers.packages import packaged
from tests.servers.source import free_port
from tests.waiting import eventually


class Tinyproxy:
    """`address` is its host and port."""

    def __init__(self, address: str, log: Path) -> None:
        self.address = address
        self.url = f"http://{address}"
        self._log = log

    def has_passed(self, text: str) -> bool:
        """Tell whether a request line with this text has reached it."""
        return any("Request" in line and text in line for line in self._lines())

    async def is_listening(self) -> bool:
        return any("Accepting connections" in line for line in self._lines())

    def _lines(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []


@asynccontextmanager
async def running_tinyproxy(folder: Path, *directives: str) -> AsyncIterator[Tinyproxy]:
    """Start it with these lines more in its configuration."""
    # Not *.log: request lines of callers have queries, which are no concern of the search for secrets.
    binary, port, log = packaged("tinyproxy"), free_port(), folder / "tinyproxy-requests"
    lines = [f"Port {port}", "Listen 127.0.0.1", "Timeout 10", f'LogFile "{log}"', "LogLevel Info", *directives]
    configuration = folder / "tinyproxy.conf"
    configuration.write_text("\n".join(lines) + "\n")
    process = await asyncio.create_subprocess_exec(binary, "-d", "-c", configuration)
    proxy = Tinyproxy(f"127.0.0.1:{port}", log)
    try:
        await eventually(proxy.is_listening)
        yield proxy
    finally:
        process.terminate()
        await process.wait()
