"""What provokes each answer of the recorded quotes."""

from dataclasses import replace

from entrypoints.http.server import request_body
from tests.integration.openapi.provoking import LONG_HEADER, Sent, of_failing_writes, posted
from tests.integration.openapi.provoking_identity import NEVER_A_TOKEN, NOBODYS_KEY

KNOWN = {"If-None-Match": "*"}


def provoked_by_quotes() -> dict[tuple[str, str, int], Sent]:
    """What provokes each answer: what all have in common, and then what is their own."""
    found: dict[tuple[str, str, int], Sent] = {}
    for method, path, well, sent in (
        ("get", "/api/v1/quotes", 200, Sent()),
        ("get", "/api/v1/quotes/latest", 200, Sent()),
        ("get", "/api/v1/quotes/candles", 200, Sent(query={"pair": "BTC/USDT", "interval": "1h"})),
        ("post", "/api/v1/quotes", 201, posted({"pair": "BTC/USDT"})),
    ):
        found |= {
            (method, path, well): replace(sent, caller="user"),
            (method, path, 400): replace(sent, headers=LONG_HEADER),
            (method, path, 401): sent,
            (method, path, 403): replace(sent, caller="key"),
            (method, path, 405): replace(sent, method="put"),
            (method, path, 422): replace(sent, caller="user", query={"nonsense": "1"}),
            (method, path, 429): replace(sent, headers=NEVER_A_TOKEN, service="limited", times=2),
            (method, path, 500): replace(sent, headers=NEVER_A_TOKEN, service="faulty"),
            (method, path, 503): replace(sent, headers={"X-API-Key": NOBODYS_KEY}, service="no database"),
        }
        if method == "get":
            found[method, path, 304] = replace(sent, caller="user", headers=KNOWN)
    by_user = replace(posted({}), caller="user")
    to_record = replace(posted({"pair": "BTC/USDT"}), caller="user")
    path = "/api/v1/quotes"
    found |= {("post", path, status): each for status, each in of_failing_writes(to_record).items()}
    return found | {
        ("get", "/api/v1/quotes/latest", 404): Sent(query={"pair": "NOSUCHCOIN/USDT"}, caller="user"),
        ("post", path, 400): replace(by_user, body=b"{"),
        ("post", path, 403): replace(posted({}), caller="key to convert"),
        ("post", path, 404): replace(posted({"pair": "NOSUCHCOIN/USDT"}), caller="user"),
        ("post", path, 408): replace(by_user, body=None, body_never_ends=True),
        ("post", path, 413): replace(by_user, body=b" " * (request_body.MAX_BODY_BYTES + 1)),
        ("post", path, 415): replace(by_user, content_type="text/plain"),
        ("post", path, 422): replace(posted({"pair": "BTC"}), caller="user"),
    }
