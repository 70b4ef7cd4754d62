"""Examples of clearing."""

from uuid import UUID

from domain.orders.attempt import AttemptOutcome
from domain.orders.batch import BatchStatus
from domain.orders.clearing_asset import AfterWait, Rest
from entrypoints.http.clearing.schemas import (
    AssetSchema,
    AttemptSchema,
    BatchesAnswer,
    BatchSchema,
    ClearingAnswer,
    HaltSchema,
)
from entrypoints.http.server.example import Examples, example, example_of

_AT = 1714304596

NEW_ASSET: Examples = {"btc": example("Bought from 10 USDT on", {"code": "BTC", "threshold": "10"})}
HALT: Examples = {"one": example("One asset", {"asset": "BTC", "reason": "the venue is being moved"})}
RESUME: Examples = {"one": example("One asset", {"asset": "BTC"}), "all": example("The halt of all", {})}

CLEARING: Examples = {
    "halted": example_of(
        "One asset, halted",
        ClearingAnswer(
            assets=[
                AssetSchema(
                    code="BTC",
                    venues=["simulated"],
                    clear_with="USDT",
                    threshold="10",
                    after_wait=AfterWait.REFUND,
                    max_wait_seconds=86400,
                    rest=Rest.REQUEUE,
                    takes_orders_when_halted=True,
                    halt=HaltSchema(reason="the venue is being moved", by="root", at=_AT),
                )
            ]
        ),
    )
}
BATCHES: Examples = {
    "stuck": example_of(
        "Nobody knows whether the venue has it",
        BatchesAnswer(
            batches=[
                BatchSchema(
                    id=UUID("0c7ee0a6-6d5e-4f6d-9c2c-0d4dd2f0a6b1"),
                    asset="BTC",
                    clear_with="USDT",
                    status=BatchStatus.PLACING,
                    orders=12,
                    wanted="0.5",
                    received="0",
                    paid="0",
                    formed_at=_AT,
                    stuck_since=_AT + 600,
                    reason="binance does not answer",
                    attempts=[
                        AttemptSchema(
                            number=1,
                            venue="binance",
                            client_order_id="cr0c7ee0a66d5e4f6d9c2c0d4d-1",
                            symbol="BTCUSDT",
                            quantity="0.50051",
                            limit_price="69372.34",
                            signed_at_ms=_AT * 1000,
                            outcome=AttemptOutcome.PENDING,
                        )
                    ],
                )
            ]
        ),
    )
}
