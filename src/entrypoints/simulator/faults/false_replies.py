"""The answers that go wrong: what an exchange's machinery sends instead of its data."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import singledispatch

import orjson

from entrypoints.simulator.faults.bad_rows import broken
from entrypoints.simulator.faults.kinds import (
    BadRows,
    Cloudflare1015,
    Empty,
    EmptyList,
    FailureCode,
    Fault,
    FutureTime,
    Html,
    Nonsense,
    PastTime,
    SoftFailure,
    Status,
    TruncatedJson,
)
from entrypoints.simulator.market.listing import BINANCE, KUCOIN
from entrypoints.simulator.venues.payloads import Body, Row
from entrypoints.simulator.venues.reply import HTML, Reply

_FIREWALL_PAGE = (
    b'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\n<HTML><HEAD><TITLE>ERROR: The request could not '
    b"be satisfied</TITLE></HEAD><BODY><H1>403 ERROR</H1><H2>The request could not be satisfied.</H2>Request blocked."
    b"</BODY></HTML>"
)
_MAINTENANCE_PAGE = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>"

_BANNED = (
    "Way too much request weight used; IP banned until {until}. "
    "Please use the websocket for live updates to avoid bans."
)
_TOO_MUCH = (
    "Too much request weight used, current limit is 6000 request weight per 1 MINUTE. "
    "Please use the websocket for live updates to avoid polling the API."
)
_RESTRICTED = (
    "Service unavailable from a restricted location according to 'b. Eligibility'. "
    "Please contact customer service if you believe you received this message in error."
)
_BINANCE_ERRORS = {
    418: (-1003, _BANNED),
    429: (-1003, _TOO_MUCH),
    451: (0, _RESTRICTED),
    500: (-1001, "Internal error; unable to process your request. Please try again."),
    503: (-1003, "Service Unavailable."),
}
# As they come: the first about the request, the others about the key, which the last one names.
_SOFT_FAILURES = {
    "Error Message": "Invalid API call. Please retry or visit the documentation for CURRENCY_EXCHANGE_RATE.",
    "Note": "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute.",
    "Information": "We have detected your API key as K and our standard API rate limit is 25 requests per day.",
}
_KUCOIN_ERRORS = {429: ("429000", "Too Many Requests"), 500: ("500000", "Internal Server Error")}


@singledispatch
def falsified(fault: Fault, exchange: str, honest: Callable[[], Reply], now: float) -> Reply:  # noqa: ARG001
    """Return what is answered under `fault` instead of the honest reply. Faults of the connection change no reply."""
    return honest()


@falsified.register
def _(fault: Status, exchange: str, _: Callable[[], Reply], now: float) -> Reply:
    if fault.code == 403:
        return Reply(Body(_FIREWALL_PAGE), 403, HTML)
    if exchange == BINANCE:
        return _binance_error(fault, now)
    return _kucoin_error(fault) if exchange == KUCOIN else _plain_error(fault)


@falsified.register
def _(_fault: Cloudflare1015, _exchange: str, _honest: Callable[[], Reply], _now: float) -> Reply:
    return Reply(Body(b"error code: 1015"), 403, HTML)


@falsified.register
def _(_fault: Html, _exchange: str, _honest: Callable[[], Reply], _now: float) -> Reply:
    return Reply(Body(_MAINTENANCE_PAGE), 200, HTML)


@falsified.register
def _(_fault: Empty, _exchange: str, _honest: Callable[[], Reply], _now: float) -> Reply:
    return Reply(Body(b""))


@falsified.register
def _(_fault: TruncatedJson, _exchange: str, honest: Callable[[], Reply], _now: float) -> Reply:
    whole = honest().body.plain
    return Reply(Body(whole[: len(whole) // 2]))


@falsified.register
def _(_fault: Nonsense, exchange: str, _honest: Callable[[], Reply], _now: float) -> Reply:
    if exchange == BINANCE:
        return Reply.of({"symbols": {"BTC": 1}, "hello": [1, "two", None]})
    return Reply.of({"code": "200000", "data": "hello"})


@falsified.register
def _(_fault: EmptyList, _exchange: str, honest: Callable[[], Reply], _now: float) -> Reply:
    return _with_rows(honest(), lambda _: [])


@falsified.register
def _(fault: FailureCode, _exchange: str, _honest: Callable[[], Reply], _now: float) -> Reply:
    usual = "Too Many Requests" if fault.code == "429000" else "Internal Server Error"
    return Reply.of({"code": fault.code, "msg": fault.message or usual})


@falsified.register
def _(fault: SoftFailure, _exchange: str, _honest: Callable[[], Reply], _now: float) -> Reply:
    return Reply.of({fault.member: fault.message or _SOFT_FAILURES[fault.member]})


@falsified.register
def _(fault: BadRows, _exchange: str, honest: Callable[[], Reply], _now: float) -> Reply:
    return _with_rows(honest(), lambda rows: broken(rows, fault.every))


@falsified.register
def _(fault: FutureTime, _exchange: str, honest: Callable[[], Reply], now: float) -> Reply:
    reply = honest()
    document = orjson.loads(reply.body.plain)
    if isinstance(document.get("data"), dict) and "time" in document["data"]:
        document["data"]["time"] = int((now + fault.seconds) * 1000)
        return Reply.of(document)
    return _refreshed(reply, now + fault.seconds)


@falsified.register
def _(fault: PastTime, _exchange: str, honest: Callable[[], Reply], now: float) -> Reply:
    return _refreshed(honest(), now - fault.seconds)


def _refreshed(reply: Reply, moment: float) -> Reply:
    """Return Alpha Vantage's rate as of another moment, and anything else as it is."""
    document = orjson.loads(reply.body.plain)
    if isinstance(rate := document.get("Realtime Currency Exchange Rate"), dict):
        rate["6. Last Refreshed"] = datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
        return Reply.of(document)
    return reply


def _binance_error(fault: Status, now: float) -> Reply:
    code, text = _BINANCE_ERRORS.get(fault.code, (-1000, "An unknown error occurred while processing the request."))
    message = fault.message or text.format(until=int((now + (fault.retry_after or 120)) * 1000))
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Reply.of({"code": code, "msg": message}, fault.code, **headers)


def _kucoin_error(fault: Status) -> Reply:
    code, text = _KUCOIN_ERRORS.get(fault.code, (f"{fault.code}000", "Service Unavailable"))
    headers = {}
    if fault.retry_after is not None:
        headers = {"gw-ratelimit-remaining": "0", "gw-ratelimit-reset": str(fault.retry_after * 1000)}
    return Reply.of({"code": code, "msg": fault.message or text}, fault.code, **headers)


def _plain_error(fault: Status) -> Reply:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Reply.of({"detail": fault.message or "Service Unavailable"}, fault.code, **headers)


def _with_rows(reply: Reply, change: Callable[[list[Row]], list[object]]) -> Reply:
    """Change the list inside the document, wherever the exchange keeps it; other answers stay as they are."""
    document = orjson.loads(reply.body.plain)
    if isinstance(document, list):
        return Reply.of(change(document))
    if isinstance(document.get("symbols"), list):
        return Reply.of(document | {"symbols": change(document["symbols"])})
    data = document.get("data")
    if isinstance(data, list):
        return Reply.of(document | {"data": change(data)})
    if isinstance(data, dict) and isinstance(data.get("ticker"), list):
        return Reply.of(document | {"data": data | {"ticker": change(data["ticker"])}})
    return reply
