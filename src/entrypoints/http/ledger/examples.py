"""Examples of the ledger."""

from domain.ledger.account import AccountKind
from entrypoints.http.ledger.schemas import AssetTotalsSchema, KindTotalSchema, TotalsAnswer
from entrypoints.http.server.example import Examples, example_of

TOTALS: Examples = {
    "dollars": example_of(
        "Two wallets with dollars",
        TotalsAnswer(
            assets=[
                AssetTotalsSchema(
                    code="USD",
                    owed="100",
                    owned="0",
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
