"""Examples of batches, for the OpenAPI document."""

from entrypoints.http.rates.batch_schemas import BatchResponse, FailedLine, LineProblem
from entrypoints.http.rates.examples import DIRECT
from entrypoints.http.rates.problems import NO_ROUTE
from entrypoints.http.server.example import Examples, example, example_of

BATCH_REQUESTS: Examples = {
    "batch": example(
        "Two lines at the same prices, at most 60 s old",
        {
            "conversions": [
                {"currency_from": "USDT", "currency_to": "TRX", "amount": 100},
                {"currency_from": "USDT", "currency_to": "XYZ", "amount": "0.5", "exchange": "kucoin"},
            ],
            "cache_max_seconds": 60,
        },
    )
}

BATCH_ANSWERS: Examples = {
    "batch": example_of(
        "A conversion, and a line without one",
        BatchResponse(
            conversions=[
                DIRECT,
                FailedLine(
                    problem=LineProblem(
                        type=NO_ROUTE.type,
                        title=NO_ROUTE.title,
                        status=NO_ROUTE.status,
                        detail="No route from USDT to XYZ: kucoin: XYZ is not listed.",
                        reasons={"kucoin": "XYZ is not listed"},
                    )
                ),
            ]
        ),
    )
}
