"""The faults of an exchange's WebSocket connections, as the control endpoint accepts them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

_Symbol = Annotated[str, Field(min_length=1, max_length=40)]


class StreamFault(BaseModel):
    """What all have. `until_reconnected`: it concerns only the connections that are open when it begins."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    until_reconnected: bool = False


class Silence(StreamFault):
    """No more prices. Without `pings` nothing at all is sent and heard; then the newest prices come when it ends."""

    kind: Literal["silence"]
    pings: bool = True


class DeadSymbols(StreamFault):
    """Some symbols are no longer sent, or each `every`-th listed one; over REST they go on moving."""

    kind: Literal["dead_symbols"]
    symbols: frozenset[_Symbol] = Field(default=frozenset(), max_length=10_000, strict=False)
    every: int | None = Field(default=None, ge=1, le=10_000)
    until_resubscribed: bool = False


class Gaps(StreamFault):
    """Every `every`-th message is lost; its sequence is missing."""

    kind: Literal["gaps"]
    every: int = Field(default=3, ge=1, le=10_000)


class Duplicates(StreamFault):
    """Every `every`-th message comes twice."""

    kind: Literal["duplicates"]
    every: int = Field(default=2, ge=1, le=10_000)


class OutOfOrder(StreamFault):
    """Every `every`-th message comes after the next one of its pair; once more, if it came `also_in_time`."""

    kind: Literal["out_of_order"]
    every: int = Field(default=2, ge=1, le=10_000)
    also_in_time: bool = False


class Stale(StreamFault):
    """Messages carry the books of so many ticks ago, with sequences and times of now."""

    kind: Literal["stale"]
    ticks: int = Field(default=30, ge=1, le=10**6)


class Burst(StreamFault):
    """So many more messages a second to each connection: prices unchanged, sizes and sequences new."""

    kind: Literal["burst"]
    per_second: int = Field(default=20_000, ge=1, le=100_000)


class StopsReading(StreamFault):
    """Nothing that the client sends is read; prices go on."""

    kind: Literal["stops_reading"]


class RefuseConnections(StreamFault):
    """New connections are refused over HTTP. `retry_after` is in seconds."""

    kind: Literal["refuse_connections"]
    code: int = Field(default=429, ge=400, le=599)
    retry_after: int | None = Field(default=None, ge=0, le=10**9)
    times: int | None = Field(default=None, ge=1)


class RefuseSubscriptions(StreamFault):
    """Subscriptions are refused inside the connection, in the exchange's form."""

    kind: Literal["refuse_subscriptions"]
    times: int | None = Field(default=None, ge=1)


class Reset(StreamFault):
    """At once, all connections are reset (TCP RST)."""

    kind: Literal["reset"]


class Drop(StreamFault):
    """At once, all connections are closed (TCP FIN) without a close frame."""

    kind: Literal["drop"]


class Close(StreamFault):
    """At once, all connections are closed with this code."""

    kind: Literal["close"]
    code: int = Field(default=1001, ge=1000, le=4999)
    reason: str = Field(default="", max_length=100)


class HalfMessage(StreamFault):
    """At once, all connections end within a message: after its first fragment, or within the bytes of its frame."""

    kind: Literal["half_message"]
    within: Literal["fragments", "frame"] = "fragments"


class ServerShutdown(StreamFault):
    """Binance announces that it closes all connections, and does so after this time."""

    kind: Literal["server_shutdown"]
    milliseconds: int = Field(default=10_000, ge=0, le=600_000)


class Say(StreamFault):
    """At once, these text messages go to all connections, whatever they are, so many times."""

    kind: Literal["say"]
    messages: list[Annotated[str, Field(max_length=100_000)]] = Field(min_length=1, max_length=1000)
    times: int = Field(default=1, ge=1, le=1000)


AnyStreamFault = Annotated[
    Silence
    | DeadSymbols
    | Gaps
    | Duplicates
    | OutOfOrder
    | Stale
    | Burst
    | StopsReading
    | RefuseConnections
    | RefuseSubscriptions
    | Reset
    | Drop
    | Close
    | HalfMessage
    | ServerShutdown
    | Say,
    Field(discriminator="kind"),
]

ANY_STREAM_FAULT: TypeAdapter[AnyStreamFault] = TypeAdapter(AnyStreamFault)
