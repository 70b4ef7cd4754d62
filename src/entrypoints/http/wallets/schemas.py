"""Wallets as requests and answers, and as the OpenAPI document describes them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from application.concurrency.cooperative import yield_to_event_loop
from application.wallets.move_funds import MovedFunds
from application.wallets.transfer_funds import Transferred
from domain.decimals import plain
from domain.wallets.holding import Holding
from domain.wallets.wallet import Wallet
from domain.wallets.wallet_view import WalletView
from entrypoints.http.rates.fields import AmountField, CurrencyField
from entrypoints.http.wallets.fields import IdField, PositiveAmountField, SignedAmountField, WalletNameField

_AMOUNT = "All that there is of it: what is available and what is held."
_AVAILABLE = "What can be withdrawn or transferred."
_HELD = "What is reserved for what is under way."
_DECIMALS = "with at most the decimals of ISO 4217 for its codes, 18 for all others"


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WalletRequest(_Request):
    """A wallet to create, or its new name."""

    name: WalletNameField = Field(description="Unique for its owner regardless of case.", examples=["Savings"])


class CurrencyRequest(_Request):
    """A currency to add to a wallet."""

    wallet_id: IdField = Field(examples=["0c7ee0a6-6d5e-4f6d-9c2c-0d4dd2f0a6b1"])
    code: CurrencyField = Field(description="A ticker that an exchange lists, or a code of ISO 4217.", examples=["USD"])
    amount: AmountField = Field(
        Decimal(0), description=f"What to deposit at once, read exactly: 0 or more, {_DECIMALS}.", examples=["100.50"]
    )


class FundsRequest(_Request):
    """How much to add or withdraw."""

    amount: SignedAmountField = Field(
        description=f"Positive to add, negative to withdraw, never 0; read exactly, {_DECIMALS}.", examples=["-25.50"]
    )


class TransferRequest(_Request):
    """How much to move from one wallet to another."""

    from_currency_id: IdField = Field(examples=["7a1f6f0e-3f0a-4c55-9d8c-0a5c6e1b2d3f"])
    to_currency_id: IdField = Field(
        description="The same currency in another wallet.", examples=["b2d0c6a4-8a7e-4b1f-9c3d-5e6f7a8b9c0d"]
    )
    amount: PositiveAmountField = Field(description=f"More than 0; read exactly, {_DECIMALS}.", examples=["25.50"])


class NewWallet(_Answer):
    """A wallet without its currencies."""

    id: UUID
    name: str = Field(examples=["Savings"])
    created_at: int = Field(description="Unix second.", examples=[1714304596])

    @classmethod
    def of(cls, wallet: Wallet) -> Self:
        """Describe a wallet."""
        return cls(id=wallet.id, name=wallet.name, created_at=int(wallet.created_at))


class HoldingSchema(_Answer):
    """A currency of a wallet. Amounts are plain decimals."""

    id: UUID
    code: str = Field(examples=["USD"])
    amount: str = Field(description=_AMOUNT, examples=["100.5"])
    available: str = Field(description=_AVAILABLE, examples=["100.5"])
    held: str = Field(description=_HELD, examples=["0"])

    @classmethod
    def of(cls, holding: Holding) -> Self:
        """Describe a currency."""
        return cls(**_fields(holding))


class WalletSchema(NewWallet):
    """A wallet with its currencies, by code."""

    currencies: list[HoldingSchema]

    @classmethod
    def with_currencies(cls, view: WalletView) -> Self:
        """Describe a wallet and what is in it."""
        plainly = NewWallet.of(view.wallet)
        return cls(**dict(plainly), currencies=[HoldingSchema.of(holding) for holding in view.holdings])


class WalletsAnswer(_Answer):
    """The caller's wallets, oldest first."""

    wallets: list[WalletSchema]

    @classmethod
    def of(cls, views: Sequence[WalletView]) -> Self:
        """Describe wallets."""
        return cls(wallets=[WalletSchema.with_currencies(view) for view in views])


async def wallets_body(views: Sequence[WalletView]) -> bytes:
    """Write wallets as `WalletsAnswer` describes them, one at a time: each may have hundreds of currencies."""
    written = []
    for view in views:
        written.append(WalletSchema.with_currencies(view).model_dump_json().encode())
        await yield_to_event_loop()
    return b'{"wallets":[' + b",".join(written) + b"]}"


class CurrencyAfter(HoldingSchema):
    """A currency of a wallet after a change. `transaction_id` names the change; without one, nothing was moved."""

    transaction_id: UUID | None = None

    @classmethod
    def after(cls, moved: MovedFunds) -> Self:
        """Describe what a change has left."""
        return cls(**_fields(moved.holding), transaction_id=moved.transaction_id)


class TransferAnswer(_Answer):
    """A transfer, and what both currencies have now."""

    transaction_id: UUID
    amount: str = Field(examples=["25.5"])
    from_currency: HoldingSchema
    to_currency: HoldingSchema

    @classmethod
    def of(cls, transferred: Transferred) -> Self:
        """Describe a transfer."""
        return cls(
            transaction_id=transferred.transaction_id,
            amount=plain(transferred.amount),
            from_currency=HoldingSchema.of(transferred.source),
            to_currency=HoldingSchema.of(transferred.destination),
        )


def _fields(holding: Holding) -> dict[str, object]:
    return {
        "id": holding.id,
        "code": str(holding.code),
        "amount": plain(holding.amount),
        "available": plain(holding.available),
        "held": plain(holding.held),
    }
