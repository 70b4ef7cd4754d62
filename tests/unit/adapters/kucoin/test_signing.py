"""KuCoin documents how to sign, without an example whose signature is known, so ccxt's own client is the measure."""

import json
from collections.abc import Mapping

import ccxt
import pytest

from adapters.kucoin.signing import Credentials, signed

CREDENTIALS = Credentials("key", "secret", "passphrase", "2")
AT_MS = 1_700_000_000_000


def by_ccxt(method: str, path: str, parameters: Mapping[str, object]) -> dict[str, object]:
    client = ccxt.kucoin({"apiKey": "key", "secret": "secret", "password": "passphrase"})
    client.nonce = lambda: AT_MS
    request: dict[str, object] = client.sign(path, ["private"], method, parameters)
    return request


@pytest.mark.parametrize(
    "parameters",
    [{"symbol": "BTC-USDT"}, {"symbol": "BTC-USDT", "orderId": "67", "limit": 100}],
    ids=["one", "several"],
)
def test_a_question_is_signed_as_by_ccxt(parameters: dict[str, object]) -> None:
    request = signed(CREDENTIALS, "GET", "/api/v1/hf/fills", AT_MS, parameters)
    theirs = by_ccxt("GET", "hf/fills", parameters)
    headers = theirs["headers"]
    assert isinstance(headers, dict)
    for name in ("KC-API-KEY", "KC-API-SIGN", "KC-API-TIMESTAMP", "KC-API-PASSPHRASE", "KC-API-KEY-VERSION"):
        assert request.headers[name] == str(headers[name])
    assert str(theirs["url"]).endswith(request.target)


def test_an_order_is_signed_over_the_bytes_of_its_body() -> None:
    body = {"clientOid": "5c52e11203aa677f33e493fb", "side": "buy", "symbol": "BTC-USDT", "size": "0.00001"}
    request = signed(CREDENTIALS, "POST", "/api/v1/hf/orders", AT_MS, body=body)
    assert json.loads(request.body) == body
    theirs = by_ccxt("POST", "hf/orders", body)
    headers = theirs["headers"]
    assert isinstance(headers, dict)
    assert str(theirs["body"]).encode() == request.body
    assert request.headers["KC-API-SIGN"] == headers["KC-API-SIGN"]
    assert request.headers["KC-API-PASSPHRASE"] == headers["KC-API-PASSPHRASE"]


def test_a_query_is_signed_before_it_is_encoded() -> None:
    request = signed(CREDENTIALS, "GET", "/api/v1/hf/fills", AT_MS, {"symbol": "龙-USDT"})
    plain = signed(CREDENTIALS, "GET", "/api/v1/hf/fills?symbol=龙-USDT", AT_MS)
    assert request.target == "/api/v1/hf/fills?symbol=%E9%BE%99-USDT"
    assert request.headers["KC-API-SIGN"] == plain.headers["KC-API-SIGN"]


def test_neither_keys_nor_signatures_are_shown() -> None:
    request = signed(CREDENTIALS, "GET", "/api/v1/accounts", AT_MS)
    shown = f"{CREDENTIALS!r} {request!r}"
    assert "secret" not in shown
    assert "passphrase" not in shown
    assert request.headers["KC-API-SIGN"] not in shown
