"""A receiver of events on a socket of its own."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from tests.servers.serving import serving


@dataclass
class Receiver:
    """Keeps what it gets, and answers with `status`."""

    url: str = ""
    status: int = 204
    got: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    def events(self) -> list[Any]:
        return [orjson.loads(body) for _, body in self.got]

    async def receive(self, request: web.Request) -> web.Response:
        self.got.append((request.headers.copy(), await request.read()))
        return web.Response(status=self.status, headers={"Location": self.url} if self.status == 302 else {})


@asynccontextmanager
async def running_receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/events", receiver.receive)
    async with serving(app) as url:
        receiver.url = f"{url}/events"
        yield receiver
