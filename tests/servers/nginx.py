"""A real nginx that serves other servers below paths of its own."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.servers.packages import packaged
from tests.servers.source import free_port
from tests.waiting import eventually

_FOLDERS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@asynccontextmanager
async def running_nginx(folder: Path, locations: Mapping[str, str]) -> AsyncIterator[str]:
    """Start it with the directives of each location, and give its address."""
    binary, port = packaged("nginx"), free_port()
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in _FOLDERS)
    served = " ".join(f"location {path} {{ {directives} }}" for path, directives in locations.items())
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr; worker_processes 1; events {{}}\n"
        f"http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port}; {served} }} }}\n"
    )
    process = await asyncio.create_subprocess_exec(binary, "-c", configuration, stderr=asyncio.subprocess.DEVNULL)

    async def listens() -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await eventually(listens)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()
