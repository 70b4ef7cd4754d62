"""Signs Binance's requests: https://developers.binance.com/docs/binance-spot-api-docs/rest-api/request-security."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import quote, urlencode

from adapters.rest.trading_client import SignedRequest

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Credentials:
    """The key that names an account, and the secret that signs its requests."""

    key: str = field(repr=False)
    secret: str = field(repr=False)


def signature(secret: str, text: str) -> str:
    """Return HMAC-SHA256 in hexadecimal digits, over the query and the body as they are sent, one after the other."""
    return hmac.digest(secret.encode(), text.encode(), sha256).hex()


def signed(credentials: Credentials, method: str, path: str, parameters: Mapping[str, object]) -> SignedRequest:
    """Make a request whose parameters are in the query, or in the body of a POST, which proxies log less often.

    They are percent-encoded before they are signed.
    """
    text = urlencode({name: str(value) for name, value in parameters.items()}, quote_via=quote, safe="")
    text += f"&signature={signature(credentials.secret, text)}"
    headers = {"X-MBX-APIKEY": credentials.key}
    if method == "POST":
        return SignedRequest(method, path, headers | {"Content-Type": _FORM}, text.encode())
    return SignedRequest(method, f"{path}?{text}", headers)
