"""What provokes each answer of the endpoints that stand in for other services."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from tests.integration.openapi.provoking import LONG_HEADER, Sent
from tests.integration.openapi.provoking_identity import NOBODYS_KEY

DAY, PERIOD, SINCE = "/v1/{date}", "/v1/{start}..{end}", "/v1/{start}.."
# The simulated bank has published on all working days of the last months.
A_WEEK_AGO = datetime.now(UTC).date() - timedelta(7)
_PATHS = {DAY: f"/v1/{A_WEEK_AGO}", PERIOD: f"/v1/{A_WEEK_AGO}..{A_WEEK_AGO}", SINCE: f"/v1/{A_WEEK_AGO}.."}


def provoked_by_compatible() -> dict[tuple[str, str, int], Sent]:
    found: dict[tuple[str, str, int], Sent] = {}
    for path in ("/v1/latest", "/v1/currencies", *_PATHS):
        found |= _common(path, _PATHS.get(path), {}, "banked")
        if path != "/v1/currencies":
            found["get", path, 422] = Sent(path=_PATHS.get(path), query={"amount": "0"})
    for path, sent_path in _PATHS.items():
        found["get", path, 404] = Sent(path=sent_path, query={"base": "NOSUCHCOIN"})
    return found | {
        ("get", "/v1/latest", 404): Sent(query={"base": "NOSUCHCOIN"}),
        ("get", "/v1/latest", 503): Sent(query={"base": "USDT", "symbols": "TRX"}, service="cut off"),
        **{("get", path, 503): Sent(path=_PATHS[path], service="busy") for path in (PERIOD, SINCE)},
    }


def _common(
    path: str, sent_path: str | None, query: Mapping[str, str], service: str
) -> dict[tuple[str, str, int], Sent]:
    return {
        ("get", path, 200): Sent(service, path=sent_path, query=query),
        ("get", path, 304): Sent(service, path=sent_path, query=query, headers={"If-None-Match": "*"}),
        ("get", path, 400): Sent(path=sent_path, query=query, headers=LONG_HEADER),
        ("get", path, 401): Sent("closed", path=sent_path, query=query),
        ("get", path, 403): Sent("closed", path=sent_path, query=query, caller="key"),
        ("get", path, 405): Sent(path=sent_path, query=query, method="post"),
        ("get", path, 429): Sent("limited", path=sent_path, query=query, times=2),
        ("get", path, 500): Sent("faulty", path=sent_path, query=query),
        ("get", path, 503): Sent(
            "closed, no database", path=sent_path, query=query, headers={"X-API-Key": NOBODYS_KEY}
        ),
    }
