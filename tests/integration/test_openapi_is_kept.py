"""Whatever is sent, well-formed or not, the service answers as its OpenAPI document says."""

import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import orjson
import pytest
import schemathesis
from hypothesis import strategies as st

from entrypoints.http.openapi.document import openapi_document
from tests.servers.crossrate import in_a_thread, running_crossrate

DOCUMENT = orjson.loads(orjson.dumps(openapi_document(("binance", "kucoin"))))

schema = schemathesis.openapi.from_dict(
    DOCUMENT,
    config=schemathesis.Config.from_dict(
        {"seed": 1, "generation": {"mode": "all", "deterministic": True, "max-examples": 300}},
    ),
)

# The document can only name the format of a ticker, so that the test has to say what is one: listed, unlisted, in any
# case, with every sign that is allowed, not in ASCII, and as long as can be.
TICKERS = st.sampled_from(["BTC", "btc", "USDT", "TRX", "1INCH", "XYZ", "X.Y-Z_$", "币安人生", "龙", "X" * 20])
schemathesis.openapi.format("ticker", TICKERS)


@schema.hook
def filter_case(_: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leave out valid bodies whose amount JSON writes in a form that no schema of a number can refuse.

    An amount has at most 40 characters and an exponent within +-18, as written; its schema knows values only.
    """
    if case.meta is None or not case.meta.generation.mode.is_positive or not isinstance(case.body, dict):
        return True
    amount = case.body.get("amount")
    if not isinstance(amount, int | float):
        return True
    written = json.dumps(amount)
    exponent = int(written.partition("e")[2] or 0)
    return len(written) <= 40 and abs(exponent) <= 18


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with in_a_thread(running_crossrate()) as address:
        yield address


@schema.parametrize()
def test_whatever_is_sent_the_answer_is_as_documented(case: schemathesis.Case[Any], address: str) -> None:
    case.call_and_validate(base_url=address)


async def test_the_document_that_is_served_is_the_one_that_is_tested(address: str) -> None:
    async with aiohttp.ClientSession() as client, client.get(f"{address}/openapi.json") as response:
        assert await response.json() == DOCUMENT
