"""The bare handler does the same work: it rejects and answers what the service rejects and answers."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from benchmarks.bare import bare_app

from entrypoints.http.rates.routes import PATH
from tests.servers.serving import serving

ANSWER = {
    "currency_from": "USDT",
    "currency_to": "TRX",
    "exchange": "binance",
    "rate": "8.21",
    "result": "821",
    "updated_at": 1714304596,
}
QUESTION = {"currency_from": "USDT", "currency_to": "TRX", "amount": 100, "exchange": None, "cache_max_seconds": 1000}


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with serving(bare_app([ANSWER])) as url, aiohttp.ClientSession(url) as client:
        yield client


async def test_it_gives_the_answers_that_it_got(client: aiohttp.ClientSession) -> None:
    async with client.post(PATH, json=QUESTION | {"currency_from": "usdt"}) as response:
        assert response.status == 200
        assert await response.json() == ANSWER


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": -1},
        {"amount": "NaN"},
        {"amount": True},
        {"amount": "1" * 41},
        {"currency_from": ""},
        {"currency_from": 1},
        {"currency_to": "T" * 21},
        {"cache_max_seconds": -1},
        {"cache_max_seconds": "10"},
        {"cache_max_seconds": 2**31},
        {"exchange": 1},
        {"rate_type": "best"},
        {"include_route": "yes"},
        {"colour": "red"},
    ],
)
async def test_it_rejects_what_pydantic_rejects(client: aiohttp.ClientSession, wrong: dict[str, object]) -> None:
    async with client.post(PATH, json=QUESTION | wrong) as response:
        assert response.status == 422
