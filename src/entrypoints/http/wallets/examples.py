"""Examples of wallets."""

from uuid import UUID

from domain.identity.user import Role
from domain.ledger.transaction import TransactionKind
from domain.wallets.valuation import LineStatus
from entrypoints.http.identity.schemas import Account
from entrypoints.http.server.example import Examples, example, example_of
from entrypoints.http.wallets.entries_schemas import EntriesAnswer, EntrySchema
from entrypoints.http.wallets.schemas import (
    CurrencyAfter,
    HoldingSchema,
    NewWallet,
    TransferAnswer,
    WalletsAnswer,
    WalletSchema,
)
from entrypoints.http.wallets.worth_schemas import TotalWorthAnswer, WalletWorthAnswer, WorthLine

_AT = 1714304596
_WALLET_ID = UUID("0c7ee0a6-6d5e-4f6d-9c2c-0d4dd2f0a6b1")
_CURRENCY_ID = UUID("7a1f6f0e-3f0a-4c55-9d8c-0a5c6e1b2d3f")
_OTHER_ID = UUID("b2d0c6a4-8a7e-4b1f-9c3d-5e6f7a8b9c0d")
_TRANSACTION_ID = UUID("e5b7c2d4-1f3a-4e6b-8c9d-0a1b2c3d4e5f")

_USD = HoldingSchema(id=_CURRENCY_ID, code="USD", amount="100.5", available="75", held="25.5")
_WALLET = WalletSchema(id=_WALLET_ID, name="Savings", created_at=_AT, currencies=[_USD])

SETTINGS: Examples = {"euro": example("Value in euro", {"default_to": "EUR"})}
ACCOUNT: Examples = {
    "euro": example_of(
        "With the new setting",
        Account(id=_WALLET_ID, username="ada", role=Role.USER, created_at=_AT, default_to="EUR"),
    )
}

NEW_WALLET: Examples = {"savings": example("A name", {"name": "Savings"})}
CREATED_WALLET: Examples = {
    "savings": example_of("Still empty", NewWallet(id=_WALLET_ID, name="Savings", created_at=_AT))
}
WALLET: Examples = {"savings": example_of("With one currency", _WALLET)}
WALLETS: Examples = {"one": example_of("One wallet", WalletsAnswer(wallets=[_WALLET]))}
NEW_CURRENCY: Examples = {
    "dollars": example("With a deposit", {"wallet_id": str(_WALLET_ID), "code": "USD", "amount": "100.50"})
}
FUNDS_TO_MOVE: Examples = {
    "add": example("Add funds", {"amount": "100.50"}),
    "withdraw": example("Withdraw some", {"amount": "-25.50"}),
}
FUNDS: Examples = {
    "after": example_of("What there is afterwards", CurrencyAfter(**dict(_USD), transaction_id=_TRANSACTION_ID))
}
TRANSFER: Examples = {
    "transfer": example(
        "From one wallet to another",
        {"from_currency_id": str(_CURRENCY_ID), "to_currency_id": str(_OTHER_ID), "amount": "25.50"},
    )
}
TRANSFERRED: Examples = {
    "transferred": example_of(
        "What there is in both afterwards",
        TransferAnswer(
            transaction_id=_TRANSACTION_ID,
            amount="25.5",
            from_currency=_USD,
            to_currency=HoldingSchema(id=_OTHER_ID, code="USD", amount="25.5", available="25.5", held="0"),
        ),
    )
}

_WORTH = WalletWorthAnswer(
    wallet="Savings",
    wallet_id=_WALLET_ID,
    to="USD",
    total="24365.23125",
    complete=False,
    currencies=[
        WorthLine(
            id=_OTHER_ID,
            code="BTC",
            amount="0.25",
            status=LineStatus.PRICED,
            rate="97058.925",
            converted="24264.73125",
            exchange="binance",
            updated_at=_AT,
        ),
        WorthLine(id=_CURRENCY_ID, code="USD", amount="100.5", status=LineStatus.PRICED, rate="1", converted="100.5"),
        WorthLine(
            id=_TRANSACTION_ID,
            code="XYZ",
            amount="7",
            status=LineStatus.UNPRICED,
            reason="binance: XYZ is not listed; kucoin: XYZ is not listed",
        ),
    ],
    updated_at=_AT,
)
WALLET_WORTH: Examples = {"savings": example_of("One line has no price", _WORTH)}
TOTAL_WORTH: Examples = {
    "one": example_of(
        "One wallet",
        TotalWorthAnswer(to="USD", total="24365.23125", complete=False, wallets=[_WORTH], updated_at=_AT),
    )
}
ENTRIES: Examples = {
    "withdrawal": example_of(
        "A page of one",
        EntriesAnswer(
            entries=[
                EntrySchema(
                    transaction_id=_TRANSACTION_ID,
                    kind=TransactionKind.WITHDRAWAL,
                    wallet="Savings",
                    currency_id=_CURRENCY_ID,
                    code="USD",
                    amount="-25.5",
                    held_change="0",
                    available="75",
                    held="0",
                    version=2,
                    occurred_at=_AT,
                    recorded_at=_AT,
                )
            ]
        ),
    )
}
