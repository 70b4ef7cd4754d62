"""Entries as answers, and as the OpenAPI document describes them."""

from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

import orjson
from pydantic import BaseModel, ConfigDict, Field

from application.wallets.list_entries import EntriesPage, WalletEntry
from domain.decimals import plain
from domain.ledger.transaction import TransactionKind
from domain.wallets.wallet_view import WalletView
from entrypoints.http.server.csv_response import Row, iso_time
from entrypoints.http.server.long_answers import made_in_slices
from entrypoints.http.wallets.queries import entry_cursor
from entrypoints.http.wallets.schemas import WalletSchema

COLUMNS = (
    "transaction_id",
    "kind",
    "wallet",
    "currency_id",
    "code",
    "amount",
    "held_change",
    "available",
    "held",
    "version",
    "occurred_at",
    "recorded_at",
    "reason",
    "occurred_at_iso",
    "recorded_at_iso",
    "related_id",
)

_SECOND_US = 1_000_000


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EntrySchema(_Answer):
    """What a transaction did to one currency of a wallet."""

    transaction_id: UUID
    kind: TransactionKind
    wallet: str = Field(description="Name of the wallet.", examples=["Savings"])
    currency_id: UUID
    code: str = Field(examples=["USD"])
    amount: str = Field(description="Change of all that there is; negative where less is left.", examples=["-25.5"])
    held_change: str = Field(description="Change of what is held.", examples=["0"])
    available: str = Field(description="What was available afterwards.", examples=["75"])
    held: str = Field(description="What was held afterwards.", examples=["0"])
    version: int = Field(description="Number of the entry in its currency, from 1.", examples=[2])
    occurred_at: int = Field(description="Unix second at which it happened.", examples=[1714304596])
    recorded_at: int = Field(description="Unix second at which it was recorded.", examples=[1714304596])
    related_id: UUID | None = Field(None, description="The transaction that it resolves, refunds or corrects.")
    reason: str | None = None


class EntriesAnswer(_Answer):
    """Entries, newest first; with `at`, the wallets as they were then instead."""

    entries: list[EntrySchema] | None = None
    next_cursor: str | None = Field(None, description="Pass it as `cursor` for the next page; absent on the last page.")
    at: int | None = Field(None, description="The Unix second at the end of which `wallets` were so.")
    wallets: list[WalletSchema] | None = None

    @classmethod
    def of_balances(cls, views: Sequence[WalletView], at: int) -> Self:
        """Describe wallets as they were."""
        return cls(at=at, wallets=[WalletSchema.with_currencies(view) for view in views])


async def entries_body(page: EntriesPage) -> bytes:
    """Write a page as `EntriesAnswer` describes it; tests hold the two together."""
    # Ids are of the database driver's own class.
    written = await made_in_slices(page.entries, lambda row: orjson.Fragment(orjson.dumps(_fields(row), default=str)))
    body: dict[str, Any] = {"entries": written}
    if page.next is not None:
        body["next_cursor"] = entry_cursor(page.next)
    return orjson.dumps(body)


def entry_row(of: WalletEntry) -> Row:
    """Return an entry as a row of CSV."""
    header, posting, amount_of = of.entry.header, of.entry.posting, of.asset.amount_of
    times = (header.occurred_at_us // _SECOND_US, header.recorded_at_us // _SECOND_US)
    return (
        str(header.id),
        header.kind.value,
        str(of.wallet.name),
        str(of.currency.id),
        str(of.currency.code),
        amount_of(posting.available_change + posting.held_change),
        amount_of(posting.held_change),
        amount_of(posting.balance.available),
        amount_of(posting.balance.held),
        posting.version,
        *times,
        header.reason,
        *map(iso_time, times),
        None if header.related_id is None else str(header.related_id),
    )


def _fields(of: WalletEntry) -> dict[str, Any]:
    header, posting, amount_of = of.entry.header, of.entry.posting, of.asset.amount_of
    fields: dict[str, Any] = {
        "transaction_id": header.id,
        "kind": header.kind,
        "wallet": of.wallet.name,
        "currency_id": of.currency.id,
        "code": of.currency.code,
        "amount": plain(amount_of(posting.available_change + posting.held_change)),
        "held_change": plain(amount_of(posting.held_change)),
        "available": plain(amount_of(posting.balance.available)),
        "held": plain(amount_of(posting.balance.held)),
        "version": posting.version,
        "occurred_at": header.occurred_at_us // _SECOND_US,
        "recorded_at": header.recorded_at_us // _SECOND_US,
    }
    if header.related_id is not None:
        fields["related_id"] = header.related_id
    if header.reason:
        fields["reason"] = header.reason
    return fields
