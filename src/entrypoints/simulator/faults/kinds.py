"""The faults of a simulated exchange, as the control endpoint accepts them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

LONGEST_WAIT_SECONDS = 60.0


class Fault(BaseModel):
    """What all faults have: for how many calls (null: until removed), for which paths and method (null: for all).

    `executes_after_milliseconds` concerns orders under a fault that gives no good answer: null means that they are not
    executed, 0 that they are executed before the answer, more that they are executed as much later.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    times: int | None = Field(default=None, ge=1)
    path: str | None = Field(default=None, min_length=1, max_length=200)
    method: Literal["GET", "POST", "DELETE"] | None = None
    executes_after_milliseconds: int | None = Field(default=None, ge=0, le=int(LONGEST_WAIT_SECONDS * 1000))


class Latency(Fault):
    """A good answer, late."""

    kind: Literal["latency"]
    milliseconds: int = Field(ge=1, le=int(LONGEST_WAIT_SECONDS * 1000))


class Slow(Fault):
    """A good answer whose body arrives in pieces over this time. If it `stalls`, only the first half arrives."""

    kind: Literal["slow"]
    milliseconds: int = Field(ge=1, le=int(LONGEST_WAIT_SECONDS * 1000))
    stalls: bool = False


class Hang(Fault):
    """No answer at all; the connection stays open until the client gives up, or for a minute."""

    kind: Literal["hang"]


class Reset(Fault):
    """The connection is reset (TCP RST)."""

    kind: Literal["reset"]


class Drop(Fault):
    """The connection is closed normally (TCP FIN), without an answer."""

    kind: Literal["drop"]


class Status(Fault):
    """An error status with the body that the exchange sends with it.

    403 is the firewall's HTML page. `retry_after` is in seconds; KuCoin sends it in its own header, in milliseconds.
    `error_code` and `message` replace those inside the exchange's error body.
    """

    kind: Literal["status"]
    code: int = Field(ge=400, le=599)
    error_code: int | None = Field(default=None, ge=-(10**6), le=10**6)
    retry_after: int | None = Field(default=None, ge=0, le=10**9)
    message: str | None = Field(default=None, max_length=200)


class Cloudflare1015(Fault):
    """The rate limit of Cloudflare's firewall: 403 and "error code: 1015"."""

    kind: Literal["cloudflare_1015"]


class Html(Fault):
    """An HTML page with status 200."""

    kind: Literal["html"]


class Empty(Fault):
    """Status 200 and no body."""

    kind: Literal["empty"]


class TruncatedJson(Fault):
    """The first half of the document, sent as if it were whole."""

    kind: Literal["truncated_json"]


class TruncatedBody(Fault):
    """Content-Length announces the whole document; the connection closes after half of it."""

    kind: Literal["truncated_body"]


class Nonsense(Fault):
    """Valid JSON of another shape."""

    kind: Literal["nonsense"]


class EmptyList(Fault):
    """The right shape, with no row in it, or no level on either side of an order book."""

    kind: Literal["empty_list"]


class FailureCode(Fault):
    """A failure under HTTP 200: its code, such as KuCoin's 429000, and its text, which is all that Kraken sends."""

    kind: Literal["failure_code"]
    code: str = Field(default="500000", pattern=r"^[0-9]{1,10}$")
    message: str | None = Field(default=None, max_length=200)


class SoftFailure(Fault):
    """Alpha Vantage's failure under HTTP 200: an answer whose only member is `member`. Some repeat the caller's key."""

    kind: Literal["soft_failure"]
    member: Literal["Error Message", "Note", "Information"] = "Information"
    message: str | None = Field(default=None, max_length=400)


class BadRows(Fault):
    """A good list with one broken row in every `every`, each broken in another way. The first 20 rows stay good."""

    kind: Literal["bad_rows"]
    every: int = Field(default=10, ge=1, le=10_000)


class Part(Fault):
    """A good list, cut off after its first `rows` rows."""

    kind: Literal["part"]
    rows: int = Field(default=5, ge=1, le=10_000)


class ThinBook(Fault):
    """The book has no more than this percentage of an order, so that it is filled in part.

    An order book shows no more than this percentage of each level.
    """

    kind: Literal["thin_book"]
    percent: int = Field(default=50, ge=0, le=100)


class CrossedBook(Fault):
    """An order book whose best bid is above its best ask."""

    kind: Literal["crossed_book"]


class UnsortedBook(Fault):
    """An order book whose levels are in no order."""

    kind: Literal["unsorted_book"]


class FutureTime(Fault):
    """KuCoin's snapshot, Alpha Vantage's rate or the bank's file carries a time from the future."""

    kind: Literal["future_time"]
    seconds: int = Field(default=3600, ge=1, le=10**9)


class PastTime(Fault):
    """KuCoin's snapshot, Alpha Vantage's rate or the bank's file carries a time from the past."""

    kind: Literal["past_time"]
    seconds: int = Field(default=7200, ge=1, le=10**9)


AnyFault = Annotated[
    Latency
    | Slow
    | Hang
    | Reset
    | Drop
    | Status
    | Cloudflare1015
    | Html
    | Empty
    | TruncatedJson
    | TruncatedBody
    | Nonsense
    | EmptyList
    | FailureCode
    | SoftFailure
    | BadRows
    | Part
    | ThinBook
    | CrossedBook
    | UnsortedBook
    | FutureTime
    | PastTime,
    Field(discriminator="kind"),
]

ANY_FAULT: TypeAdapter[AnyFault] = TypeAdapter(AnyFault)

# Not every exchange has a code under HTTP 200, a time in its answers, or lists.
NOT_FOR_ALL: frozenset[type[Fault]] = frozenset(
    {FailureCode, FutureTime, PastTime, SoftFailure, EmptyList, BadRows, Part, ThinBook, CrossedBook, UnsortedBook}
)
