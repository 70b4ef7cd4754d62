"""Signs KuCoin's requests: https://www.kucoin.com/docs-new/authentication."""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import quote

import msgspec

from adapters.rest.trading_client import SignedRequest


@dataclass(frozen=True, slots=True)
class Credentials:
    """The key that names an account, what signs its requests, and the key's version."""

    key: str = field(repr=False)
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)
    version: str = "3"


def signature(secret: str, text: bytes) -> str:
    """Return HMAC-SHA256 in base64."""
    return b64encode(hmac.digest(secret.encode(), text, sha256)).decode()


def signed(
    credentials: Credentials,
    method: str,
    path: str,
    now_ms: int,
    parameters: Mapping[str, object] | None = None,
    body: Mapping[str, object] | None = None,
) -> SignedRequest:
    """Make a request; unlike Binance's, its query is signed as it is before percent-encoding."""
    values = {name: str(value) for name, value in (parameters or {}).items()}
    plain, encoded = _query(values), _query({name: quote(value, safe="") for name, value in values.items()})
    content = b"" if body is None else msgspec.json.encode(body)
    text = f"{now_ms}{method}{path}{plain}".encode() + content
    headers = {
        "KC-API-KEY": credentials.key,
        "KC-API-SIGN": signature(credentials.secret, text),
        "KC-API-TIMESTAMP": str(now_ms),
        "KC-API-PASSPHRASE": signature(credentials.secret, credentials.passphrase.encode()),
        "KC-API-KEY-VERSION": credentials.version,
        "Content-Type": "application/json",
    }
    return SignedRequest(method, quote(path) + encoded, headers, content)


def _query(values: Mapping[str, str]) -> str:
    return "?" + "&".join(f"{name}={value}" for name, value in values.items()) if values else ""
