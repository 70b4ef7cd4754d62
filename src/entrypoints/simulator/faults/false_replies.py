"""Answers that go wrong: what a failing exchange sends instead of its data."""

from collections.abc import Callable
from functools import singledispatch

import orjson

from entrypoints.simulator.faults.answers import FaultyAnswers
from entrypoints.simulator.faults.bad_rows import broken
from entrypoints.simulator.faults.kinds import (
    BadRows,
    Cloudflare1015,
    CrossedBook,
    Drop,
    Empty,
    EmptyList,
    Fault,
    Hang,
    Html,
    Nonsense,
    Part,
    Reset,
    Status,
    TruncatedJson,
    UnsortedBook,
)
from entrypoints.simulator.reply import HTML, Body, Reply, Row

_FIREWALL_PAGE = (
    b'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\n<HTML><HEAD><TITLE>ERROR: The request could not '
    b"be satisfied</TITLE></HEAD><BODY><H1>403 ERROR</H1><H2>The request could not be satisfied.</H2>Request blocked."
    b"</BODY></HTML>"
)
_MAINTENANCE_PAGE = b"<!DOCTYPE html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>"
_FIREWALL = 403

_Levels = list[list[str]]


def falsified(fault: Fault, exchange: FaultyAnswers, honest: Callable[[], Reply], now: float) -> Reply:
    """Return the reply under `fault`, made from the honest one. Slow answers are good ones."""
    if isinstance(fault, Status) and fault.code == _FIREWALL:
        return Reply(Body(_FIREWALL_PAGE), _FIREWALL, HTML)
    return exchange.answer_to(fault, honest, now) or _answer(fault, exchange, honest)


@singledispatch
def _answer(fault: Fault, exchange: FaultyAnswers, honest: Callable[[], Reply]) -> Reply:  # noqa: ARG001 -- as the others
    return honest()


@_answer.register
def _(fault: Status, _exchange: FaultyAnswers, _honest: Callable[[], Reply]) -> Reply:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Reply.of({"detail": fault.message or "Service Unavailable"}, fault.code, **headers)


@_answer.register
def _(_fault: Cloudflare1015, _exchange: FaultyAnswers, _honest: Callable[[], Reply]) -> Reply:
    return Reply(Body(b"error code: 1015"), 403, HTML)


@_answer.register
def _(_fault: Reset | Drop | Hang, _exchange: FaultyAnswers, _honest: Callable[[], Reply]) -> Reply:
    return Reply(Body(b""))  # which nobody receives


@_answer.register
def _(_fault: Html, _exchange: FaultyAnswers, _honest: Callable[[], Reply]) -> Reply:
    return Reply(Body(_MAINTENANCE_PAGE), 200, HTML)


@_answer.register
def _(_fault: Empty, _exchange: FaultyAnswers, _honest: Callable[[], Reply]) -> Reply:
    return Reply(Body(b""))


@_answer.register
def _(_fault: TruncatedJson, _exchange: FaultyAnswers, honest: Callable[[], Reply]) -> Reply:
    whole = honest().body.plain
    return Reply(Body(whole[: len(whole) // 2]))


@_answer.register
def _(_fault: Nonsense, _exchange: FaultyAnswers, _honest: Callable[[], Reply]) -> Reply:
    return Reply.of({"hello": [1, "two", None]})


@_answer.register
def _(_fault: EmptyList, exchange: FaultyAnswers, honest: Callable[[], Reply]) -> Reply:
    return _with_book(_with_rows(exchange, honest(), lambda _: []), lambda *_: ([], []))


@_answer.register
def _(fault: BadRows, exchange: FaultyAnswers, honest: Callable[[], Reply]) -> Reply:
    return _with_rows(exchange, honest(), lambda rows: broken(rows, fault.every))


@_answer.register
def _(fault: Part, exchange: FaultyAnswers, honest: Callable[[], Reply]) -> Reply:
    return _with_rows(exchange, honest(), lambda rows: list(rows[: fault.rows]))


@_answer.register
def _(_fault: CrossedBook, _exchange: FaultyAnswers, honest: Callable[[], Reply]) -> Reply:
    return _with_book(honest(), lambda bids, asks: (asks[:1] + bids, bids[:1] + asks))


@_answer.register
def _(_fault: UnsortedBook, _exchange: FaultyAnswers, honest: Callable[[], Reply]) -> Reply:
    return _with_book(honest(), lambda bids, asks: (bids[::-1], asks[::-1]))


def _with_book(reply: Reply, change: Callable[[_Levels, _Levels], tuple[_Levels, _Levels]]) -> Reply:
    document = orjson.loads(reply.body.plain)
    within = document.get("data", document) if isinstance(document, dict) else None
    if not isinstance(within, dict) or "bids" not in within:
        return reply
    within["bids"], within["asks"] = change(within["bids"], within["asks"])
    return Reply.of(document, reply.status, **reply.headers)


def _with_rows(exchange: FaultyAnswers, reply: Reply, change: Callable[[list[Row]], list[object]]) -> Reply:
    changed = exchange.with_rows(orjson.loads(reply.body.plain), change)
    return reply if changed is None else Reply.of(changed)
