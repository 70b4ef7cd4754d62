"""Requests as JSON text, and assertions that a request is rejected properly."""

import orjson

from tests.integration.problems import is_problem
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import quickest

ANSWERED_WITHIN_SECONDS = 0.1

WELL_FORMED = {"currency_from": '"BTC"', "currency_to": '"USDT"', "amount": "1", "cache_max_seconds": "1000"}


def document(**fragments: str) -> bytes:
    """Write a request: each value is a piece of JSON text, in place of the well-formed one."""
    members = ", ".join(f'"{name}": {fragment}' for name, fragment in (WELL_FORMED | fragments).items())
    return f"{{{members}}}".encode()


def query(**fragments: str) -> list[tuple[str, str]]:
    """Write the same as parameters of a query, where strings have no quotes."""
    return [
        (name, str(orjson.loads(fragment)) if fragment.startswith('"') else fragment)
        for name, fragment in (WELL_FORMED | fragments).items()
    ]


async def is_rejected_body(
    service: Service,
    exchanges: SimulatedExchanges,
    body: bytes,
    status: int,
    *fields: str,
    headers: dict[str, str] | None = None,
) -> bool:
    """Assert that a POST is rejected as it should be, in time, and that no exchange was called."""
    answer = await quickest(lambda: service.post(body, headers), ANSWERED_WITHIN_SECONDS)
    assert await exchanges.all_calls() == 0
    return is_problem(answer, status, *fields)


async def is_rejected_query(
    service: Service, exchanges: SimulatedExchanges, pairs: list[tuple[str, str]], status: int, *fields: str
) -> bool:
    """Assert the same of a GET."""
    answer = await quickest(lambda: service.get(*pairs), ANSWERED_WITHIN_SECONDS)
    assert await exchanges.all_calls() == 0
    return is_problem(answer, status, *fields)
