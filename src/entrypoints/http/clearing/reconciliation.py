"""`/api/v1/admin/reconciliation`: whether orders, ledger and venues agree, for administrators."""

from typing import Self
from uuid import UUID

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from domain.decimals import plain
from domain.orders.reconciliation import BatchSums, CurrencySums, Reconciliation, VenueAsset, VenueState
from entrypoints.http.clearing.routes import admin_endpoint
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.example import Examples, example_of
from entrypoints.http.server.json_response import json_response


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CurrencySchema(_Answer):
    """All orders that are paid with one currency: `debits` is `settled`, `pending` and `refunded` together."""

    code: str = Field(examples=["USDT"])
    debits: str = Field(description="What the orders cost, with fees.", examples=["80.8"])
    settled: str = Field(description="For what is in the wallets.", examples=["70.7"])
    pending: str = Field(description="Held in the ledger.", examples=["0"])
    refunded: str = Field(examples=["10.1"])
    difference: str = Field(description="What is missing of the debits: 0.", examples=["0"])

    @classmethod
    def of(cls, sums: CurrencySums) -> Self:
        """Describe the sums."""
        debits, settled, pending, refunded, difference = (
            plain(sums.pay_with.amount_of(each))
            for each in (sums.debits, sums.settled, sums.pending, sums.refunded, sums.difference)
        )
        return cls(
            code=sums.pay_with.code,
            debits=debits,
            settled=settled,
            pending=pending,
            refunded=refunded,
            difference=difference,
        )


class BatchSumsSchema(_Answer):
    """A batch that has bought: it has what the fills say, and gives its orders their share."""

    id: UUID
    asset: str = Field(examples=["BTC"])
    bought: str = Field(description="By the venue's fills, after fees.", examples=["0.7"])
    received: str = Field(description="In the books.", examples=["0.7"])
    owed: str = Field(description="To its orders.", examples=["0.7"])
    given: str = Field(description="To its orders; less than `owed` while it is being settled.", examples=["0.7"])
    agrees: bool

    @classmethod
    def of(cls, sums: BatchSums) -> Self:
        """Describe the sums."""
        bought, received, owed, given = (
            plain(sums.asset.amount_of(each))
            for each in (sums.bought, sums.received, sums.owed_to_orders, sums.given_to_orders)
        )
        return cls(
            id=sums.batch_id,
            asset=sums.asset.code,
            bought=bought,
            received=received,
            owed=owed,
            given=given,
            agrees=sums.agrees,
        )


class VenueAssetSchema(_Answer):
    """An asset at a venue."""

    code: str = Field(examples=["BTC"])
    expected: str = Field(description="By the ledger.", examples=["1.25"])
    held: str = Field(description="By the venue's own word.", examples=["1.25"])
    difference: str = Field(description="What the venue has too much: 0.", examples=["0"])

    @classmethod
    def of(cls, asset: VenueAsset) -> Self:
        """Describe an asset."""
        return cls(
            code=asset.asset,
            expected=plain(asset.expected),
            held=plain(asset.held),
            difference=plain(asset.difference),
        )


class VenueSchema(_Answer):
    """A venue, or why it was not compared now."""

    venue: str = Field(examples=["simulated"])
    assets: list[VenueAssetSchema]
    not_compared: str | None = None

    @classmethod
    def of(cls, state: VenueState) -> Self:
        """Describe a venue."""
        assets = [VenueAssetSchema.of(each) for each in state.assets]
        return cls(venue=state.venue, assets=assets, not_compared=state.not_compared)


class ReconciliationAnswer(_Answer):
    """What was compared, and how many comparisons do not agree."""

    at: int = Field(description="Unix second.", examples=[1714304596])
    differences: int = Field(examples=[0])
    currencies: list[CurrencySchema]
    batches: list[BatchSumsSchema] = Field(description="Of the last 30 minutes: the newest 100, and all that differ.")
    venues: list[VenueSchema]

    @classmethod
    def of(cls, found: Reconciliation) -> Self:
        """Describe a reconciliation."""
        return cls(
            at=int(found.at),
            differences=found.differences,
            currencies=[CurrencySchema.of(each) for each in found.currencies],
            batches=[BatchSumsSchema.of(each) for each in found.batches],
            venues=[VenueSchema.of(each) for each in found.venues],
        )


RECONCILIATION: Examples = {
    "agrees": example_of(
        "All agrees",
        ReconciliationAnswer(
            at=1714304596,
            differences=0,
            currencies=[
                CurrencySchema(code="USDT", debits="80.8", settled="70.7", pending="0", refunded="10.1", difference="0")
            ],
            batches=[],
            venues=[
                VenueSchema(
                    venue="simulated",
                    assets=[VenueAssetSchema(code="BTC", expected="1.25", held="1.25", difference="0")],
                )
            ],
        ),
    )
}


async def get_reconciliation(request: web.Request) -> web.Response:
    """Compare now, and answer with what was found."""
    return json_response(
        ReconciliationAnswer.of(await request.app[CONTAINER].clearing_administration().reconcile().look())
    )


GET_RECONCILIATION = admin_endpoint(
    method="GET",
    path="/api/v1/admin/reconciliation",
    handler=get_reconciliation,
    id="reconciliation",
    summary="Compare orders, ledger and venues now",
    description="Changes nothing. A job does the same every 5 minutes, and halts what does not agree.",
    answer=ReconciliationAnswer,
    answer_examples=RECONCILIATION,
)

ENDPOINTS = (GET_RECONCILIATION,)
