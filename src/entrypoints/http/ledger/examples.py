"""Examples of the ledger."""

from uuid import UUID

from domain.ledger.account import AccountKind
from entrypoints.http.ledger.correction_schemas import CorrectionAnswer
from entrypoints.http.ledger.schemas import AssetTotalsSchema, KindTotalSchema, TotalsAnswer
from entrypoints.http.server.example import Examples, example, example_of

_MISTAKE_ID = UUID("e5b7c2d4-1f3a-4e6b-8c9d-0a1b2c3d4e5f")
_CORRECTION_ID = UUID("d2c4e6f8-0a1b-4c2d-8e3f-4a5b6c7d8e9f")
_CURRENCY_ID = UUID("7a1f6f0e-3f0a-4c55-9d8c-0a5c6e1b2d3f")
_REASON = "deposited twice"

MISTAKE: Examples = {
    "deposit": example("A deposit that was made twice", {"transaction_id": str(_MISTAKE_ID), "reason": _REASON})
}
CORRECTION: Examples = {
    "deposit": example_of(
        "Its opposite",
        CorrectionAnswer(
            transaction_id=_CORRECTION_ID,
            corrects=_MISTAKE_ID,
            recorded_at=1714304596,
            reason=_REASON,
            account_ids=[_CURRENCY_ID],
        ),
    )
}

TOTALS: Examples = {
    "dollars": example_of(
        "Two wallets with dollars",
        TotalsAnswer(
            assets=[
                AssetTotalsSchema(
                    code="USD",
                    owed="100",
                    owned="0",
                    at_venues="0",
                    in_custody="100",
                    totals=[
                        KindTotalSchema(
                            kind=AccountKind.EXTERNAL, accounts=1, available="-100", held="0", total="-100"
                        ),
                        KindTotalSchema(kind=AccountKind.USER, accounts=2, available="90", held="10", total="100"),
                    ],
                )
            ]
        ),
    )
}
