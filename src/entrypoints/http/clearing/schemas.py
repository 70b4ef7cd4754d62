"""Clearing as requests and answers, and as the OpenAPI document describes them."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Annotated, Self
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from application.orders.administer_clearing import BatchesPage, BatchView, ClearingState
from application.orders.halting import MAX_REASON_LENGTH
from domain.decimals import plain
from domain.orders.attempt import Attempt, AttemptOutcome
from domain.orders.batch import BatchStatus
from domain.orders.clearing_asset import DAY_SECONDS, MAX_VENUES, USDT, AfterWait, ClearingAsset, Halt, Rest
from entrypoints.http.rates.fields import AmountField, CurrencyField, seconds_as_written
from entrypoints.http.server.paging import decoded_cursor, encoded_cursor, limit_up_to, wrong_cursor

MAX_BATCHES = 100
_CURSOR_BYTES = 16

_BATCH_CURSOR = {"type": "string", "format": "batch-cursor", "maxLength": 32}


def _batch_id(cursor: object) -> UUID:
    position = decoded_cursor(cursor, 32)
    if len(position) != _CURSOR_BYTES:
        raise wrong_cursor()
    return UUID(bytes=position)


BatchCursor = Annotated[UUID | None, BeforeValidator(_batch_id), WithJsonSchema(_BATCH_CURSOR)]
BatchLimit = Annotated[
    int,
    BeforeValidator(partial(limit_up_to, MAX_BATCHES)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_BATCHES}),
]


def _reason(value: object) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("text", "must be a string")
    if not (1 <= len(value) <= MAX_REASON_LENGTH and value.isprintable() and value.strip() == value):
        raise PydanticCustomError(
            "reason",
            "must have 1 to {most} printable characters and no surrounding spaces",
            {"most": MAX_REASON_LENGTH},
        )
    return value


ReasonField = Annotated[
    str,
    BeforeValidator(_reason),
    WithJsonSchema({"type": "string", "format": "reason", "minLength": 1, "maxLength": MAX_REASON_LENGTH}),
]
VenueName = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64, pattern=r"^[a-z0-9_-]+$")]


def _wait(value: object) -> object:
    seconds = seconds_as_written(value)
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise PydanticCustomError("wait", "must be a whole number of seconds")
    return seconds


WaitField = Annotated[StrictInt, Field(ge=1, le=365 * int(DAY_SECONDS)), BeforeValidator(_wait)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class AssetRequest(_Request):
    """The terms on which an asset may be bought; they replace those that it had."""

    code: CurrencyField = Field(examples=["BTC"])
    venues: Annotated[list[VenueName], Field(min_length=1, max_length=MAX_VENUES)] | None = Field(
        None,
        description="Where it is bought: the first one that can. All of `CROSSRATE_BROKERS` when absent.",
        examples=[["simulated"]],
    )
    clear_with: CurrencyField = Field(USDT, description="What the house pays with.", examples=["USDT"])
    threshold: AmountField = Field(
        Decimal(0), description="What must be queued before it is bought, in `clear_with`.", examples=["10"]
    )
    after_wait: AfterWait = Field(AfterWait.REFUND, description="What happens to orders that waited too long.")
    max_wait_seconds: WaitField = Field(int(DAY_SECONDS), description="What too long is.")
    rest: Rest = Field(Rest.REQUEUE, description="What happens to what a venue did not fill.")
    takes_orders_when_halted: StrictBool = Field(
        default=True, description="Whether users may order while clearing of it is halted."
    )

    def asset(self, all_venues: Sequence[str]) -> ClearingAsset:
        """Return the terms, with all venues where none are named. Raises `InvalidClearingAsset`."""
        return ClearingAsset(
            self.code,
            tuple(all_venues if self.venues is None else self.venues),
            self.clear_with,
            self.threshold,
            self.after_wait,
            float(self.max_wait_seconds),
            self.rest,
            self.takes_orders_when_halted,
        )


class HaltRequest(_Request):
    """What to halt, and why."""

    asset: CurrencyField | None = Field(None, description="One asset; null for all.", examples=["BTC"])
    reason: ReasonField = Field(description="For the other administrators.", examples=["the venue is being moved"])


class ResumeRequest(_Request):
    """What to resume."""

    asset: CurrencyField | None = Field(None, description="One asset; null ends the halt of all.", examples=["BTC"])


class HaltSchema(_Answer):
    """A halt."""

    reason: str
    by: str = Field(description="A username, or `clearing`, `reconciliation`.", examples=["root"])
    at: int = Field(description="Unix second.", examples=[1714304596])

    @classmethod
    def of(cls, halt: Halt) -> Self:
        """Describe a halt."""
        return cls(reason=halt.reason, by=halt.by, at=int(halt.at))


class AssetSchema(_Answer):
    """What may be bought, on which terms, and whether its clearing is halted."""

    code: str = Field(examples=["BTC"])
    venues: list[str] = Field(examples=[["simulated"]])
    clear_with: str = Field(examples=["USDT"])
    threshold: str = Field(examples=["10"])
    after_wait: AfterWait
    max_wait_seconds: int = Field(examples=[86400])
    rest: Rest
    takes_orders_when_halted: bool
    halt: HaltSchema | None = Field(None, description="Absent unless this asset is halted.")

    @classmethod
    def of(cls, asset: ClearingAsset, halt: Halt | None) -> Self:
        """Describe an asset."""
        return cls(
            code=asset.code,
            venues=list(asset.venues),
            clear_with=asset.clear_with,
            threshold=plain(asset.threshold),
            after_wait=asset.after_wait,
            max_wait_seconds=int(asset.max_wait_seconds),
            rest=asset.rest,
            takes_orders_when_halted=asset.takes_orders_when_halted,
            halt=None if halt is None else HaltSchema.of(halt),
        )


class ClearingAnswer(_Answer):
    """All assets that may be bought, by code."""

    assets: list[AssetSchema]
    halt: HaltSchema | None = Field(None, description="Absent unless all clearing is halted.")

    @classmethod
    def of(cls, state: ClearingState) -> Self:
        """Describe the state of clearing."""
        assets = [AssetSchema.of(asset, state.halts.get(asset.code)) for asset in state.assets]
        of_all = state.halts.get(None)
        return cls(assets=assets, halt=None if of_all is None else HaltSchema.of(of_all))


class AttemptSchema(_Answer):
    """An order that was, or may have been, sent to a venue."""

    number: int = Field(examples=[1])
    venue: str = Field(examples=["simulated"])
    client_order_id: str = Field(examples=["cr0c7ee0a66d5e4f6d9c2c0d4d-1"])
    venue_order_id: str | None = None
    symbol: str = Field(examples=["BTCUSDT"])
    quantity: str = Field(examples=["0.5"])
    limit_price: str = Field(examples=["68012.1"])
    signed_at_ms: int = Field(examples=[1714304596000])
    outcome: AttemptOutcome
    reason: str | None = None

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        """Describe an attempt."""
        order = attempt.order
        return cls(
            number=attempt.number,
            venue=attempt.venue,
            client_order_id=order.client_order_id,
            venue_order_id=attempt.venue_order_id,
            symbol=order.symbol,
            quantity=plain(order.quantity),
            limit_price=plain(order.limit_price),
            signed_at_ms=order.signed_at_ms,
            outcome=attempt.outcome,
            reason=attempt.reason,
        )


class BatchSchema(_Answer):
    """Orders of one asset that are bought together."""

    id: UUID
    asset: str = Field(examples=["BTC"])
    clear_with: str = Field(examples=["USDT"])
    status: BatchStatus
    orders: int = Field(description="How many there are.", examples=[12])
    wanted: str = Field(examples=["0.5"])
    received: str = Field(examples=["0.5"])
    paid: str = Field(description="By the house, in `clear_with`.", examples=["34006.05"])
    formed_at: int = Field(description="Unix second.", examples=[1714304596])
    finished_at: int | None = Field(None, description="Unix second.")
    stuck_since: int | None = Field(None, description="Unix second since when it waits for an administrator.")
    reason: str | None = None
    attempts: list[AttemptSchema]

    @classmethod
    def of(cls, view: BatchView) -> Self:
        """Describe a batch."""
        batch = view.batch
        return cls(
            id=batch.id,
            asset=batch.asset.code,
            clear_with=batch.clear_with.code,
            status=batch.status,
            orders=batch.orders,
            wanted=plain(batch.asset.amount_of(batch.wanted)),
            received=plain(batch.asset.amount_of(batch.received)),
            paid=plain(batch.clear_with.amount_of(batch.paid)),
            formed_at=int(batch.formed_at),
            finished_at=None if batch.finished_at is None else int(batch.finished_at),
            stuck_since=None if batch.stuck_since is None else int(batch.stuck_since),
            reason=batch.reason,
            attempts=[AttemptSchema.of(each) for each in view.attempts],
        )


class BatchesQuery(_Request):
    """Which batches to list."""

    limit: BatchLimit = Field(50, description="Maximum number of batches.")
    cursor: BatchCursor = Field(None, description="The `next_cursor` of the previous page.")


class BatchesAnswer(_Answer):
    """Batches, newest first."""

    batches: list[BatchSchema]
    next_cursor: str | None = Field(None, description="Pass it as `cursor` for the next page; absent on the last page.")

    @classmethod
    def of(cls, page: BatchesPage) -> Self:
        """Describe a page."""
        following = None if page.next is None else encoded_cursor(page.next.bytes)
        return cls(batches=[BatchSchema.of(each) for each in page.batches], next_cursor=following)
