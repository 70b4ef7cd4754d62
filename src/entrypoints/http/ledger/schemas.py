"""The ledger's totals as answers, and as the OpenAPI document describes them."""

from collections.abc import Iterator
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from application.ledger.read_totals import TotalsPage
from domain.decimals import plain
from domain.ledger.account import AccountKind
from domain.ledger.totals import AssetTotals
from entrypoints.http.server.csv_response import Row
from entrypoints.http.server.paging import encoded_cursor

COLUMNS = ("code", "kind", "accounts", "available", "held", "total")


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class KindTotalSchema(_Answer):
    """The accounts of one kind: `user`, what we owe; `house`, what is ours; `external`, minus what came in."""

    kind: AccountKind = Field(examples=["user"])
    accounts: int = Field(description="How many there are.", examples=[2])
    available: str = Field(examples=["90"])
    held: str = Field(examples=["10"])
    total: str = Field(description="What is available and what is held.", examples=["100"])


class AssetTotalsSchema(_Answer):
    """The totals of one asset. What is owed and owned is what is in custody and at venues, always."""

    code: str = Field(examples=["USD"])
    owed: str = Field(description="What we owe the users.", examples=["100"])
    owned: str = Field(description="What is the house's own, such as fees.", examples=["0"])
    at_venues: str = Field(description="What exchanges hold for us, according to the ledger.", examples=["0"])
    in_custody: str = Field(
        description="What came in and has not gone out, so that it must be there: compare it with what is.",
        examples=["100"],
    )
    totals: list[KindTotalSchema] = Field(description="For each kind of account that there is.")

    @classmethod
    def of(cls, totals: AssetTotals) -> Self:
        """Describe an asset."""
        amount_of = totals.asset.amount_of
        return cls(
            code=totals.asset.code,
            owed=plain(amount_of(totals.owed)),
            owned=plain(amount_of(totals.owned)),
            at_venues=plain(amount_of(totals.at_venues)),
            in_custody=plain(amount_of(totals.in_custody)),
            totals=[
                KindTotalSchema(
                    kind=kind,
                    accounts=each.accounts,
                    available=plain(amount_of(each.balance.available)),
                    held=plain(amount_of(each.balance.held)),
                    total=plain(amount_of(each.balance.total)),
                )
                for kind, each in totals.by_kind.items()
            ],
        )


class TotalsAnswer(_Answer):
    """The totals of assets, by code."""

    assets: list[AssetTotalsSchema]
    next_cursor: str | None = Field(None, description="Pass it as `cursor` for the next page; absent on the last page.")

    @classmethod
    def of(cls, page: TotalsPage) -> Self:
        """Describe a page."""
        assets = [AssetTotalsSchema.of(totals) for totals in page.assets]
        return cls(assets=assets, next_cursor=None if page.next is None else encoded_cursor(page.next.encode()))


def total_rows(totals: AssetTotals) -> Iterator[Row]:
    """Return a row of CSV for each kind of account."""
    amount_of = totals.asset.amount_of
    for kind, each in totals.by_kind.items():
        balance = each.balance
        amounts = (amount_of(balance.available), amount_of(balance.held), amount_of(balance.total))
        yield (str(totals.asset.code), kind.value, each.accounts, *amounts)
