"""The mix of requests that `make locust` sends, each with its expected answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson

from benchmarks.bench import simulated_questions
from benchmarks.pairs import Ends, bodies
from domain.currency import Currency
from entrypoints.http.rates.routes import PATH

JSON = "application/json"

# The usual bound on the age of prices.
FRESH_SECONDS = 10

# Listed for years, and by the simulated exchanges too: for a service about which nothing else is known.
WELL_KNOWN_DIRECT = (("BTC", "USDT"), ("USDT", "ETH"), ("ETH", "BTC"), ("TRX", "USDT"))
WELL_KNOWN_INDIRECT = (("TRX", "ADA"), ("ADA", "TRX"))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request, about `weight` of every hundred. `answer` holds the expected members of the JSON answer."""

    name: str
    weight: int
    bodies: Sequence[str]
    status: int = 200
    answer: Mapping[str, str] = field(default_factory=dict)
    content_type: str = JSON
    path: str = PATH


def simulated_mix() -> list[Kind]:
    """Return the mix for a service that uses the benchmark's simulated exchanges."""
    return _mix(*simulated_questions(FRESH_SECONDS))


def well_known_mix() -> list[Kind]:
    """Return the mix for any service that uses Binance and KuCoin."""
    return _mix(bodies(_ends(WELL_KNOWN_DIRECT), FRESH_SECONDS), bodies(_ends(WELL_KNOWN_INDIRECT), FRESH_SECONDS))


def _mix(direct: Sequence[bytes], indirect: Sequence[bytes]) -> list[Kind]:
    return [
        Kind("direct", 50, [body.decode() for body in direct]),
        Kind("indirect", 25, [body.decode() for body in indirect]),
        *(
            Kind(f"named exchange: {exchange}", 5, [_asking(exchange=exchange)], answer={"exchange": exchange})
            for exchange in ("binance", "kucoin")
        ),
        Kind("always latest", 2, [_asking(cache_max_seconds=None)]),
        Kind("unknown currency", 5, [_asking(currency_from="NOPE")], 404, _problem("no-route")),
        Kind("bad amount", 3, [_asking(amount="-1"), _asking(amount="1e400")], 422, _problem("invalid-input")),
        Kind("unknown exchange", 2, [_asking(exchange="nope")], 422, _problem("invalid-input")),
        Kind("broken JSON", 2, ['{"amount": 1,', ""], 400, _problem("malformed-request")),
        Kind("no JSON", 1, ["amount=1"], 415, _problem("unsupported-media-type"), "text/plain"),
    ]


def _asking(**fields: object) -> str:
    usual = {"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "cache_max_seconds": FRESH_SECONDS}
    return orjson.dumps(usual | fields).decode()


def _problem(slug: str) -> dict[str, str]:
    return {"type": f"/problems/{slug}"}


def _ends(pairs: Sequence[tuple[str, str]]) -> list[Ends]:
    return [(Currency(one), Currency(other)) for one, other in pairs]
