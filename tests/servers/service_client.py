"""A client of a running service, and the answers that it gets."""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from multidict import CIMultiDictProxy
from yarl import URL

CONVERT = "/api/v1/convert"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, and how long it took."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    seconds: float

    @property
    def json(self) -> Any:  # noqa: ANN401 -- any JSON
        return orjson.loads(self.body)


class Service:
    """A client of one running service."""

    def __init__(self, url: str, client: aiohttp.ClientSession) -> None:
        self.url = url
        self._client = client

    async def ask(self, method: str, path: str, **options: Any) -> Answer:  # noqa: ANN401 -- aiohttp's own options
        """Send one request; `path` is taken as it is, encoded already."""
        started = time.perf_counter()
        async with self._client.request(method, URL(self.url + path, encoded=True), **options) as response:
            body = await response.read()
        return Answer(response.status, response.headers, body, time.perf_counter() - started)

    async def convert(
        self, currency_from: object = "BTC", currency_to: object = "USDT", amount: object = 1, **fields: object
    ) -> Answer:
        """Convert by POST."""
        asked = {"currency_from": currency_from, "currency_to": currency_to, "amount": amount, **fields}
        return await self.post(orjson.dumps(asked))

    async def post(self, body: bytes | AsyncIterator[bytes], headers: Mapping[str, str] | None = None) -> Answer:
        """Send a body as it is, as JSON if `headers` do not say otherwise."""
        return await self.ask(
            "POST",
            CONVERT,
            data=body,
            headers={"Content-Type": "application/json"} if headers is None else headers,
            skip_auto_headers=("Content-Type",),
        )

    async def get(self, *pairs: tuple[str, str]) -> Answer:
        """Convert by GET."""
        return await self.ask("GET", f"{CONVERT}?{URL.build(query=pairs).raw_query_string}")

    async def readiness(self) -> Any:  # noqa: ANN401 -- any JSON
        """Return the body of /health/ready."""
        answer = await self.ask("GET", "/health/ready")
        assert answer.status == 200
        return answer.json
