"""Everything that an exchange, or the network, may do wrong, and the reason that an adapter gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from domain.rates.errors import FailureReason
from tests.contracts.wire_server import Fault, Reply
from tests.unit.fakes.clock import NOON

HTML = b"<!DOCTYPE html><html><title>ERROR: The request could not be satisfied</title></html>"
HALF_A_MINUTE, THREE_DAYS = 30.0, 3 * 24 * 3600.0


@dataclass(frozen=True)
class Failure:
    """A reply and what an adapter makes of it."""

    name: str
    reply: Reply
    reason: FailureReason
    is_transient: bool = False
    has_cause: bool = False
    retry_after_seconds: float | None = None


def _status(status: int, reason: FailureReason, *, is_transient: bool = False, body: bytes = b"{}") -> Failure:
    return Failure(f"HTTP {status}", Reply(body, status), reason, is_transient)


def _limited(
    name: str, retry_after: str | None, seconds: float, status: int = 429, body: bytes = b'{"code":-1003}'
) -> Failure:
    headers: Mapping[str, str] = {} if retry_after is None else {"Retry-After": retry_after}
    reply = Reply(body, status, headers)
    return Failure(name, reply, FailureReason.RATE_LIMITED, retry_after_seconds=seconds)


FAILURES = [
    Failure("reset", Reply(fault=Fault.RESET), FailureReason.NETWORK, is_transient=True, has_cause=True),
    Failure("closed", Reply(fault=Fault.CLOSED), FailureReason.NETWORK, is_transient=True, has_cause=True),
    Failure("not HTTP", Reply(fault=Fault.NOT_HTTP), FailureReason.NETWORK, is_transient=True, has_cause=True),
    # not transient: a second attempt would make the caller wait twice
    Failure("hanging", Reply(fault=Fault.HANGING), FailureReason.TIMEOUT, has_cause=True),
    _status(500, FailureReason.SERVER_ERROR, is_transient=True),
    _status(502, FailureReason.SERVER_ERROR, is_transient=True, body=HTML),
    _status(503, FailureReason.SERVER_ERROR, is_transient=True, body=b'{"code":-1003,"msg":"Service Unavailable."}'),
    _status(403, FailureReason.BLOCKED, body=HTML),
    Failure(
        "HTTP 451",
        Reply(b'{"code":0,"msg":"restricted location"}', 451),
        FailureReason.BLOCKED,
        retry_after_seconds=300,
    ),
    _status(400, FailureReason.REFUSED, body=b'{"code":-1121,"msg":"Invalid symbol."}'),
    _status(404, FailureReason.REFUSED),
    _status(204, FailureReason.REFUSED, body=b""),
    Failure("a redirect", Reply(b"", 302, {"Location": "/elsewhere"}), FailureReason.REFUSED),
]

RETRY_AFTER = [
    _limited("429 in seconds", "7", 7.0),
    _limited("418 in seconds", "120", 120.0, status=418),
    _limited("429 in fractions", "0.5", 0.5),
    _limited("429 without a word", None, HALF_A_MINUTE),
    _limited("429 in garbage", "soon", HALF_A_MINUTE),
    _limited("429 in nothing", "", HALF_A_MINUTE),
    _limited("429 in NaN", "nan", HALF_A_MINUTE),
    _limited("429 for ever", "1e400", HALF_A_MINUTE),
    _limited("429 for far too long", "99999999999", THREE_DAYS),
    _limited("429 in the past", "-5", 1.0),
    _limited("429 until a date gone by", "Wed, 21 Oct 2015 07:28:00 GMT", 1.0),
    _limited("429 until a date far away", "Fri, 31 Dec 9999 23:59:59 GMT", THREE_DAYS),
    _limited("429 until a year that no calendar has", "Wed, 21 Oct 99999999999 07:28:00 GMT", HALF_A_MINUTE),
    _limited("429 in a zone that no map has", "Wed, 21 Oct 2015 07:28:00 +9999999999999", HALF_A_MINUTE),
    _limited("429 as a page", "7", 7.0, body=HTML),
]

BAD_BODIES = {
    "HTML": HTML,
    "empty": b"",
    "spaces": b"   ",
    "null": b"null",
    "a number": b"200000",
    "a string": b'"200000"',
    "an empty object": b"{}",
    "an empty list": b"[]",
    "a list of lists": b"[[]]",
    "symbols is null": b'{"symbols":null,"code":"200000","data":null}',
    "symbols is an object": b'{"symbols":{},"code":"200000","data":{}}',
    "no symbol": b'{"symbols":[],"code":"200000","data":[]}',
    "no ticker": b'{"code":"200000","data":{"time":1,"ticker":[]}}',
    "not UTF-8": b'{"symbols":"\xff","code":"\xff"}',
    "UTF-16": '{"symbols":[]}'.encode("utf-16"),
    "a literal that JSON has not": b"NaN",
    "nested without end": b'{"unknown":' + b"[" * 100_000,
    "nested deeply": b'{"code":"200000","unknown":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
}


def in_seconds(seconds: float) -> str:
    """A moment so many seconds after noon, as HTTP writes dates."""
    return format_datetime(datetime.fromtimestamp(NOON + seconds, UTC), usegmt=True)
