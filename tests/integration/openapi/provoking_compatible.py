"""What provokes each answer of the endpoints that stand in for other services, or feed spreadsheets and ledgers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.integration.openapi.provoking import LONG_HEADER, Sent
from tests.integration.openapi.provoking_identity import NOBODYS_KEY

DAY, PERIOD, SINCE = "/v1/{date}", "/v1/{start}..{end}", "/v1/{start}.."
# The simulated bank has published on all working days of the last months.
A_WEEK_AGO = datetime.now(UTC).date() - timedelta(7)
OF_PERIODS = {
    DAY: Sent(path=f"/v1/{A_WEEK_AGO}"),
    PERIOD: Sent(path=f"/v1/{A_WEEK_AGO}..{A_WEEK_AGO}"),
    SINCE: Sent(path=f"/v1/{A_WEEK_AGO}.."),
}
OF_THE_BANK = {"/v1/latest": Sent(), "/v1/currencies": Sent(), **OF_PERIODS}
OF_EXCHANGES = {
    "/api/v1/rates.csv": Sent(query={"pairs": "BTC/USDT,XYZ/USDT"}),
    "/api/v1/pricedb": Sent(query={"pairs": "BTC/USDT,XYZ/USDT"}),
    "/api/v3/simple/price": Sent(query={"ids": "bitcoin", "vs_currencies": "usdt"}),
    "/btcpay/rates": Sent(query={"symbols": "USDT"}),
}
VS_CURRENCIES = "/api/v3/simple/supported_vs_currencies"

Provoked = dict[tuple[str, str, int], Sent]


def provoked_by_compatible() -> Provoked:
    found: Provoked = {}
    for path, sent in OF_THE_BANK.items():
        found |= _common(path, replace(sent, service="banked"))
        if path != "/v1/currencies":
            found["get", path, 422] = replace(sent, query={"amount": "0"})
            found["get", path, 404] = replace(sent, query={"base": "NOSUCHCOIN"})
    for path, sent in OF_EXCHANGES.items():
        found |= _common(path, sent)
        found["get", path, 503] = replace(sent, service="cut off")
    return found | {
        **_common(VS_CURRENCIES, Sent()),
        **{("get", path, 503): replace(OF_PERIODS[path], service="busy") for path in (PERIOD, SINCE)},
        ("get", "/v1/latest", 503): Sent("cut off", query={"base": "USDT", "symbols": "TRX"}),
        ("get", "/api/v3/simple/price", 422): Sent(query={"ids": "bitcoin"}),
        ("get", "/btcpay/rates", 422): Sent(query={"nonsense": "1"}),
        ("get", "/btcpay/rates", 404): Sent(query={"base": "NOSUCHCOIN"}),
        **{
            ("get", path, status): Sent(query=query)
            for path in ("/api/v1/rates.csv", "/api/v1/pricedb")
            for status, query in ((422, {}), (404, {"pairs": "XYZ/USDT"}))
        },
    }


def _common(path: str, sent: Sent) -> Provoked:
    return {
        ("get", path, 200): sent,
        ("get", path, 304): replace(sent, headers={"If-None-Match": "*"}),
        ("get", path, 400): replace(sent, headers=LONG_HEADER),
        ("get", path, 401): replace(sent, service="closed"),
        ("get", path, 403): replace(sent, service="closed", caller="key"),
        ("get", path, 405): replace(sent, method="post"),
        ("get", path, 429): replace(sent, service="limited", times=2),
        ("get", path, 500): replace(sent, service="faulty"),
        ("get", path, 503): replace(sent, service="closed, no database", headers={"X-API-Key": NOBODYS_KEY}),
    }
