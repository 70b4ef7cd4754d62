"""The client package is held to the OpenAPI document, and its blocking half to the asynchronous one."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest

from crossrate_client import Client, Problem, Question
from generator.generated import PACKAGE, generated
from tests.openapi_document import document

DOCUMENT = document()
MOMENT = datetime(2026, 11, 20, 12, tzinfo=UTC)

# What the client leaves to others: CSV, and where a page begins.
NOT_OFFERED = {"format", "bom", "cursor"}

WORTH: dict[str, Any] = {
    "to": "USD",
    "cache_max_seconds": 1,
    "rate_type": "mid",
    "exchange": "binance",
    "include_route": True,
    "at": MOMENT,
}

# A call of each operation with everything that it takes.
CALLS: dict[str, Callable[[Client], object]] = {
    "convert": lambda client: client.convert(
        "BTC", "USDT", 1, exchange="best", cache_max_seconds=1, rate_type="depth", include_route=True, at=MOMENT
    ),
    "convertBatch": lambda client: client.convert_many(
        [Question("BTC", "USDT", 1)], exchange="binance", cache_max_seconds=1, rate_type="mid", include_route=True
    ),
    "rates": lambda client: client.rates("BTC", ["USDT", "ADA"], rate_type="mid", cache_max_seconds=1),
    "stream": lambda client: next(client.stream(["BTC/USDT"], rate_type="mid", include_route=True)),
    "exchanges": lambda client: client.exchanges(),
    "currencies": lambda client: next(client.currencies(search="lira", page_size=10)),
    "pairs": lambda client: next(
        client.pairs(exchange="binance", base="BTC", quote="USDT", search="b", include_prices=True, page_size=10)
    ),
    "quotes": lambda client: next(
        client.quotes("BTC/USDT", since=MOMENT, until=MOMENT, source="exchanges", page_size=10)
    ),
    "recordQuotes": lambda client: client.record_quotes("BTC/USDT"),
    "latestQuotes": lambda client: client.latest_quotes("BTC/USDT"),
    "candles": lambda client: client.candles("BTC/USDT", "1d", since=MOMENT, until=MOMENT, source="exchanges"),
    "createWallet": lambda client: client.create_wallet("Savings"),
    "wallets": lambda client: client.wallets(),
    "wallet": lambda client: client.wallet("My savings"),
    "renameWallet": lambda client: client.rename_wallet("1", "Savings"),
    "deleteWallet": lambda client: client.delete_wallet("1"),
    "addCurrency": lambda client: client.add_currency("1", "BTC", 1),
    "addOrWithdrawFunds": lambda client: client.withdraw("1", 1),
    "transfer": lambda client: client.transfer("1", "2", 1),
    "walletWorth": lambda client: client.wallet_worth("Savings", **WORTH),
    "worth": lambda client: client.worth(**WORTH),
    "walletEntries": lambda client: next(client.entries("Savings", page_size=10)),
    "entries": lambda client: next(client.entries(page_size=10)),
    "order": lambda client: client.place_order(
        "Savings", "BTC", "USDT", amount=1, spend=1, price_lock_id="1", max_price=1
    ),
    "orders": lambda client: next(client.orders(status="settled", page_size=10)),
    "orderWithLife": lambda client: client.order("1", wait_seconds=10),
    "cancelOrder": lambda client: client.cancel_order("1"),
    "lockPrice": lambda client: client.lock_price("BTC", "USDT", amount=1, spend=1),
    "register": lambda client: client.register("ada", "correct horse battery"),
    "me": lambda client: client.me(),
}

# Of operations with two forms: the other form of this one takes it.
ELSEWHERE = {"walletEntries": {"at"}, "entries": {"at"}}


def operations() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield operation["operationId"], method.upper(), path, operation


def asked(call: Callable[[Client], object]) -> httpx.Request:
    requests = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        headers = {"Content-Type": "application/problem+json"}
        return httpx.Response(404, headers=headers, content=b'{"type": "/problems/not-found", "status": 404}')

    with Client("http://service", transport=httpx.MockTransport(answer)) as client, pytest.raises(Problem):
        call(client)
    return requests[0]


def test_generated_modules_are_those_of_the_document() -> None:
    stale = [
        path
        for path, text in generated(DOCUMENT).items()
        if without_texts(text) != without_texts((PACKAGE / path).read_text(encoding="utf-8"))
    ]
    assert not stale, f"Run `make client`: {stale}"


def without_texts(module: str) -> str:
    """Leave docstrings out: texts for people change often, and break nobody."""
    return re.sub(r'""".*?"""', "", module, flags=re.DOTALL)


def test_each_call_sends_what_the_document_says_and_offers_all_of_it() -> None:
    described = {name: (method, path, operation) for name, method, path, operation in operations()}
    for name, call in CALLS.items():
        method, path, operation = described[name]
        request = asked(call)
        assert (request.method, name) == (method, name)
        assert re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), request.url.raw_path.decode().partition("?")[0]), name
        named = [each for each in operation["parameters"] if "name" in each]
        query = {each["name"] for each in named if each["in"] == "query"} - NOT_OFFERED - ELSEWHERE.get(name, set())
        assert set(request.url.params) == query, name
        assert ("Idempotency-Key" in request.headers) == any(each["name"] == "Idempotency-Key" for each in named), name
        assert set(orjson.loads(request.content or b"{}")) == body_names(operation), name


def body_names(operation: dict[str, Any]) -> set[str]:
    if "requestBody" not in operation:
        return set()
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    return set(DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]["properties"])


def test_there_is_a_call_for_each_operation_about_rates_quotes_wallets_and_orders() -> None:
    tags = {"Conversion", "What can be converted", "Recorded quotes", "Wallets", "Purchase orders"}
    covered = set(CALLS) | {"convertByQuery", "addOrWithdrawFundsByPatch"}  # other forms of calls that are here
    about_these = {name: operation for name, _, _, operation in operations() if tags & set(operation["tags"])}
    assert {name for name, operation in about_these.items() if answers_json(operation)} <= covered
    assert len(about_these) >= 29


def answers_json(operation: dict[str, Any]) -> bool:
    return any("application/json" in answer.get("content", {}) for answer in operation["responses"].values())
