"""Generated requests, valid or not, with credentials or without, are answered as documented."""

import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import requests
import schemathesis
from hypothesis import strategies as st
from hypothesis.internal.conjecture import engine
from pydantic_core import PydanticCustomError
from schemathesis.checks import CheckFunction
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import positive_data_acceptance

from entrypoints.http.rates import stream_routes
from entrypoints.http.server.moment import unix_seconds
from tests.openapi_document import document
from tests.secrecy import secret, tokens
from tests.servers.in_a_thread import in_a_thread
from tests.servers.service import running_crossrate

DOCUMENT = document()

# Of each operation and kind, beside those that probe the bounds of its schema.
IS_WHOLE = os.environ.get("CROSSRATE_TEST_GENERATED") == "whole"
EXAMPLES = 100 if IS_WHOLE else 2

# After so many attempts a short run takes it that no value is as wanted. Hypothesis makes 458, and half of the time
# went into wants that nothing fulfils, such as a ticker of 21 characters. The requests are the same.
MOST_ATTEMPTS = 30

CONFIG = {"seed": 1, "generation": {"mode": "all", "deterministic": True, "max-examples": EXAMPLES}}

# The document can only name the format of a ticker, so the test supplies them: listed and unlisted, in any case, with
# every allowed sign, beyond ASCII, and of the greatest length.
TICKERS = st.sampled_from(["BTC", "btc", "USDT", "TRX", "1INCH", "XYZ", "X.Y-Z_$", "币安人生", "龙", "X" * 20])
schemathesis.openapi.format("ticker", TICKERS)
LISTED = {None, "BTC", "btc", "USDT", "TRX"}
schemathesis.openapi.format("tickers", st.sampled_from(["BTC", "btc,TRX,XYZ", "币安人生"]))
schemathesis.openapi.format("coin-ids", st.sampled_from(["bitcoin", "bitcoin,Ethereum,no-such-coin", ""]))
schemathesis.openapi.format("pair", st.sampled_from(["BTC/USDT", "eth/btc", "BTC/USD", "XYZ/USDT", "币安人生/USDT"]))
schemathesis.openapi.format("pairs", st.sampled_from(["BTC/USDT", "eth/btc,TRX/ADA", "BTC/USD,XYZ/USDT,币安人生/USDT"]))
schemathesis.openapi.format("moment", st.sampled_from(["0", "1714302570", "2024-04-28", "2024-04-28T13:09:30.5+02:00"]))
schemathesis.openapi.format("cursor", st.sampled_from(["MTcxNDMwMjAwMC40NzEx", "MC4w"]))
schemathesis.openapi.format("tradable-cursor", st.sampled_from(["QlRD", ""]))
schemathesis.openapi.format("tradable-pair-cursor", st.sampled_from(["YmluYW5jZQpCVENVU0RU"]))
schemathesis.openapi.format(
    "key-name", st.text("aZ09 -_.é龙🔑", min_size=1, max_size=64).filter(lambda name: name == name.strip())
)
schemathesis.openapi.format(
    "wallet-name",
    st.text("aZ09 -_.é龙🔑%?", min_size=1, max_size=64).filter(lambda name: name == name.strip() and name.strip(".")),
)
schemathesis.openapi.format(
    "entry-cursor",
    st.sampled_from(["MTIuMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAuMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA"]),
)
schemathesis.openapi.format("user-cursor", st.sampled_from(["MTIuMC8wMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA"]))
schemathesis.openapi.format("event-cursor", st.sampled_from(["MTIuMC8z"]))
schemathesis.openapi.format("webhook-url", st.sampled_from(["https://example.com/events", "https://1.1.1.1:8443"]))
schemathesis.openapi.format("webhook-secret", st.just("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"))
schemathesis.openapi.format("delivery-cursor", st.just("NDcxMQ"))
schemathesis.openapi.format("batch-cursor", st.just("AAAAAAAAAAAAAAAAAAAAAA"))
schemathesis.openapi.format("order-cursor", st.just("AAAAAAAAAAAAAAAAAAAAAA"))
schemathesis.openapi.format("reason", st.sampled_from(["the venue is being moved", "é龙"]))
schemathesis.openapi.format("asset-cursor", st.sampled_from(["QlRD"]))
schemathesis.openapi.format("date-time", st.sampled_from(["2100-01-01T00:00:00Z", "2999-12-31T23:59:59.5+14:00"]))

# These end the session of their own token.
LAST_OF_A_SESSION = {"deleteMe", "logout"}

# Whether these accept what fits their schema depends on more: the user's own password, a password that is not common,
# what is for sale, or the order or batch that a cursor names; a currency is not converted into itself, nor CoinGecko's
# prices without any coin.
ACCEPTED_BY_MORE = frozenset(
    {
        *("batches", "changePassword", "confirmPassword", "deleteMe", "lockPrice", "order", "orders", "register"),
        *("coingeckoPrices", "frankfurterDay", "frankfurterLatest", "frankfurterSeries", "frankfurterSeriesUntilNow"),
    }
)


def filter_case(_: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leave out requests that are rejected by rules that no schema can express.

    A median is of all exchanges, and nothing brings nothing at depth. An amount has at most 40 characters and an
    exponent within +-18, as written; its schema knows values only. A key ends in the future. Balances of a past moment
    come alone, at mid rates. A wrong line of a batch is answered in its place, and does not make the batch wrong.
    Candles are at most 1000, between two moments of which each is well-formed. Wallets are valued in what is listed.
    """
    if case.meta is not None and not case.meta.generation.mode.is_positive and case.path.endswith("/convert/batch"):
        return False
    if case.meta is not None and case.meta.generation.mode.is_positive and case.path.endswith("/candles"):
        return not {"from", "to"} & (case.query or {}).keys()
    if case.meta is None or not case.meta.generation.mode.is_positive or not isinstance(case.body, dict):
        return _is_readable_together(case)
    expires_at = case.body.get("expires_at")
    is_over = isinstance(expires_at, int | float) and expires_at < time.time() + 60
    if is_over or not _is_possible(case.body) or case.body.get("default_to") not in LISTED:
        return False
    amount = case.body.get("amount")
    if not isinstance(amount, int | float):
        return True
    written = json.dumps(amount)
    exponent = int(written.partition("e")[2] or 0)
    return len(written) <= 40 and abs(exponent) <= 18


def _is_possible(asked: Mapping[str, Any]) -> bool:
    """Tell whether a conversion's rate type goes with the rest of it, and a past moment with both."""
    if {"at", "currency_from"} <= asked.keys() and not (_is_past(asked["at"]) and _is_of_one_exchange_at_mid(asked)):
        return False
    if asked.get("rate_type") == "median":
        return asked.get("exchange") in {None, "null"}
    return asked.get("rate_type") != "depth" or (asked.get("exchange") != "ecb" and float(asked.get("amount", 1)) > 0)


def _is_past(at: object) -> bool:
    try:
        seconds = unix_seconds(at) if isinstance(at, str) else at
    except PydanticCustomError:
        return False
    return isinstance(seconds, int | float) and seconds < time.time() - 60


def _is_of_one_exchange_at_mid(asked: Mapping[str, Any]) -> bool:
    differ = str(asked.get("currency_from")).upper() != str(asked.get("currency_to")).upper()
    return differ and asked.get("rate_type", "mid") == "mid" and asked.get("exchange") != "best"


def _is_readable_together(case: schemathesis.Case[Any]) -> bool:
    """Tell whether the parameters of a well-formed query go together."""
    is_well_formed = case.meta is not None and case.meta.generation.mode.is_positive
    query = case.query or {}
    names = query.keys()
    is_of_wallets = case.path.endswith("/currencies_converted")
    if is_well_formed and (not _is_possible(query) or (is_of_wallets and query.get("to") not in LISTED)):
        return False
    if is_well_formed and query.get("format") in ("hledger", "beancount") and {"limit", "cursor"} & names:
        return False
    return not (is_well_formed and "at" in names) or names <= {"at", "to", "cache_max_seconds", "exchange", "bom"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    # Rate limits are not tested here, nor is the limit on failed logins from one address.
    settings = {
        "rate_limit_authenticate": "off",
        "rate_limit_account": "off",
        "rate_limit_record": "off",
        "rate_limit_credentials": "off",
        "rate_limit_quotes": "off",
        "rate_limit_wallets": "off",
        "rate_limit_orders": "off",
        "trusted_proxies": ("127.0.0.1/32",),
    }
    with pytest.MonkeyPatch.context() as patch, in_a_thread(running_crossrate(**settings)) as address:
        patch.setattr(stream_routes, "LONGEST_SECONDS", (0.01, 0.01))  # so that a stream is a whole answer
        patch.setattr(stream_routes, "HEARTBEAT_SECONDS", 0.01)
        yield address


class TokenPair:
    """The access token of a user, another one after each sign-out."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._token = ""
        self._ended = 0

    def token(self) -> str:
        if not self._token:
            credentials = {"username": f"user-{uuid4().hex}", "password": secret("correct horse battery", "password")}
            requests.post(f"{self._address}/api/v1/authenticate/register", json=credentials, timeout=20)
            signed_in = requests.post(f"{self._address}/api/v1/authenticate/login", json=credentials, timeout=20)
            self._token = tokens(signed_in.json())["access_token"]
        return self._token

    def is_over(self) -> None:
        """Note that the session has ended. Only now and then start another one: signing in is slow on purpose."""
        self._ended += 1
        if self._ended % 20 == 0:
            self._token = ""


@pytest.fixture(scope="module")
def signed_in(address: str) -> TokenPair:
    return TokenPair(address)


@pytest.fixture(scope="module")
def soon_convinced() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if not IS_WHOLE:
            patch.setattr(engine, "INVALID_THRESHOLD_BASE", MOST_ATTEMPTS)
        yield


@pytest.fixture(params=DOCUMENT["paths"])
def schema(request: pytest.FixtureRequest, soon_convinced: None) -> BaseSchema:  # noqa: ARG001 -- in effect
    """The document with one path alone: its requests are made when it is tested, by the one process that tests it."""
    alone = {**DOCUMENT, "paths": {request.param: DOCUMENT["paths"][request.param]}}
    schema = schemathesis.openapi.from_dict(alone, config=schemathesis.Config.from_dict(CONFIG))
    schema.hook(filter_case)
    return schema


@schemathesis.pytest.from_fixture("schema").parametrize()
def test_every_generated_request_is_answered_as_documented(
    case: schemathesis.Case[Any], address: str, signed_in: TokenPair
) -> None:
    operation = case.operation.definition.raw["operationId"]
    headers = {"X-Forwarded-For": str(ip_address(secrets.randbits(32)))}
    if {"bearer": []} in case.operation.definition.raw.get("security", []):
        headers["Authorization"] = f"Bearer {signed_in.token()}"
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    if is_positive and ("Idempotency-Key" in (case.headers or {}) or operation == "addCurrency"):
        headers["Idempotency-Key"] = uuid4().hex  # because a key that was used belongs to another request
    excluded: list[CheckFunction] = [positive_data_acceptance] if operation in ACCEPTED_BY_MORE else []
    case.call_and_validate(base_url=address, headers=headers, excluded_checks=excluded)
    if operation in LAST_OF_A_SESSION:
        signed_in.is_over()


async def test_the_tested_document_is_the_one_that_is_served(address: str) -> None:
    async with aiohttp.ClientSession() as client, client.get(f"{address}/openapi.json") as response:
        assert await response.json() == DOCUMENT
