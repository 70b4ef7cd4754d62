"""What provokes each answer of the lists of exchanges, currencies and pairs."""

from tests.integration.openapi.provoking import LONG_HEADER, Sent
from tests.integration.openapi.provoking_identity import NOBODYS_KEY


def provoked_by_lists() -> dict[tuple[str, str, int], Sent]:
    found: dict[tuple[str, str, int], Sent] = {}
    for path in ("/api/v1/exchanges", "/api/v1/currencies", "/api/v1/pairs"):
        found |= {
            ("get", path, 200): Sent(),
            ("get", path, 304): Sent(headers={"If-None-Match": "*"}),
            ("get", path, 400): Sent(headers=LONG_HEADER),
            ("get", path, 401): Sent(service="closed"),
            ("get", path, 403): Sent(service="closed", caller="key"),
            ("get", path, 405): Sent(method="post"),
            ("get", path, 422): Sent(query={"nonsense": "1"}),
            ("get", path, 429): Sent(service="limited", times=2),
            ("get", path, 500): Sent(service="faulty"),
            ("get", path, 503): Sent(service="closed, no database", headers={"X-API-Key": NOBODYS_KEY}),
        }
    return found | _provoked_by_stream() | _provoked_by_table()


def _provoked_by_table() -> dict[tuple[str, str, int], Sent]:
    path, query = "/api/v1/rates", {"base": "USDT", "symbols": "TRX,NOSUCHCOIN"}
    return {
        ("get", path, 200): Sent(query=query),
        ("get", path, 304): Sent(query=query, headers={"If-None-Match": "*"}),
        ("get", path, 400): Sent(query=query, headers=LONG_HEADER),
        ("get", path, 401): Sent(query=query, service="closed"),
        ("get", path, 403): Sent(query=query, service="closed", caller="key"),
        ("get", path, 404): Sent(query={"base": "NOSUCHCOIN"}),
        ("get", path, 405): Sent(query=query, method="post"),
        ("get", path, 422): Sent(query={"base": "USDT", "rate_type": "depth"}),
        ("get", path, 429): Sent(query=query, service="limited", times=2),
        ("get", path, 500): Sent(query=query, service="faulty"),
        ("get", path, 503): Sent(query=query, service="cut off"),
    }


def _provoked_by_stream() -> dict[tuple[str, str, int], Sent]:
    path, query = "/api/v1/stream", {"pairs": "BTC/USDT,TRX/ADA"}
    return {
        ("get", path, 200): Sent(query=query),
        ("get", path, 400): Sent(query=query, headers=LONG_HEADER),
        ("get", path, 401): Sent(query=query, service="closed"),
        ("get", path, 403): Sent(query=query, service="closed", caller="key"),
        ("get", path, 405): Sent(query=query, method="post"),
        ("get", path, 422): Sent(query={"pairs": "BTC"}),
        ("get", path, 429): Sent(query=query, service="limited", times=2),
        ("get", path, 503): Sent(query=query, service="closed, no database", headers={"X-API-Key": NOBODYS_KEY}),
    }
