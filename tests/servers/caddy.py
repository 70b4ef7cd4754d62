"""A real Caddy with the configuration of the compose stack's edge."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.project import ROOT
from tests.servers.packages import packaged
from tests.servers.source import free_port
from tests.waiting import eventually

CONFIGURATION = ROOT / "docker" / "edge" / "Caddyfile"


@dataclass(frozen=True, slots=True)
class Edge:
    """`authority` is the file of the certificate authority that it makes if it signs its own certificate."""

    http: str
    https: str
    authority: Path
    http_port: int


@asynccontextmanager
async def running_edge(
    folder: Path,
    *upstreams: str,
    http_port: int | None = None,
    name: str = "localhost",
    variables: Mapping[str, str] | None = None,
) -> AsyncIterator[Edge]:
    """Start it in front of these servers, each as HOST:PORT."""
    binary = packaged("caddy")
    listens, encrypts = http_port or free_port(), free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "EDGE_UPSTREAMS": " ".join(upstreams),
        "EDGE_NAME": name,
        "EDGE_HTTP_LISTEN": str(listens),
        "EDGE_HTTPS_LISTEN": str(encrypts),
        "EDGE_TLS_PORT": str(encrypts),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    with (folder / "caddy-output").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            binary,
            "run",
            "--config",
            CONFIGURATION,
            env=environment | dict(variables or {}),
            stdout=output,
            stderr=output,
        )

    async def is_listening() -> bool:
        assert process.returncode is None, (folder / "caddy-output").read_text()
        for port in (listens, encrypts):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
        return True

    try:
        await eventually(is_listening)
        authority = folder / "data/caddy/pki/authorities/local/root.crt"
        yield Edge(f"http://localhost:{listens}", f"https://localhost:{encrypts}", authority, listens)
    finally:
        process.terminate()
        await process.wait()
