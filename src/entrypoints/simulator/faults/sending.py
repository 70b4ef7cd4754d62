"""Sends answers, with every fault that concerns the connection itself."""

import asyncio

from aiohttp import web

from entrypoints.simulator.faults.kinds import (
    LONGEST_WAIT_SECONDS,
    Drop,
    Fault,
    Hang,
    Latency,
    Reset,
    Slow,
    TruncatedBody,
)
from entrypoints.simulator.reply import Reply
from entrypoints.simulator.sockets import reset

# How often a waiting answer checks whether its client is gone: not every kind of server has an event for that.
_CHECK_SECONDS = 0.02

# A slow body comes in this many pieces.
_PIECES = 20


async def send(request: web.Request, reply: Reply, fault: Fault | None, closing: asyncio.Event) -> web.StreamResponse:
    """Answer normally, or as `fault` demands. Setting `closing` ends every wait."""
    match fault:
        case Latency(milliseconds=milliseconds):
            await _wait(request, milliseconds / 1000, closing)
        case Slow():
            return await _slowly(request, reply, fault, closing)
        case Hang():
            await _wait(request, LONGEST_WAIT_SECONDS, closing)
            return _cut(request)
        case Reset():
            return _reset(request)
        case Drop():
            return _cut(request)
        case TruncatedBody():
            return await _half(request, reply)
        case _:
            pass
    return _whole(request, reply)


def _whole(request: web.Request, reply: Reply) -> web.Response:
    headers = dict(reply.headers)
    body = reply.body.plain
    if "gzip" in request.headers.get("Accept-Encoding", "") and (gzipped := reply.body.gzipped) is not None:
        body = gzipped
        headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return web.Response(body=body, status=reply.status, headers=headers, content_type=reply.content_type)


async def _half(request: web.Request, reply: Reply) -> web.StreamResponse:
    body = reply.body.plain
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_type = reply.content_type
    response.content_length = len(body) + 1
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    _close(request)
    return response


async def _slowly(request: web.Request, reply: Reply, fault: Slow, closing: asyncio.Event) -> web.StreamResponse:
    body = reply.body.plain
    size = len(body) // _PIECES + 1
    response = web.StreamResponse(status=reply.status, headers=reply.headers)
    response.content_type = reply.content_type
    response.content_length = len(body)
    await response.prepare(request)
    for start in range(0, len(body), size):
        if fault.stalls and start > len(body) // 2:
            await _wait(request, LONGEST_WAIT_SECONDS, closing)
            return _cut(request)
        await response.write(body[start : start + size])
        await _wait(request, fault.milliseconds / 1000 / _PIECES, closing)
    return response


async def _wait(request: web.Request, seconds: float, closing: asyncio.Event) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not closing.is_set() and not _is_gone(request):
        left = deadline - asyncio.get_running_loop().time()
        if left <= 0:
            return
        try:
            await asyncio.wait_for(closing.wait(), min(left, _CHECK_SECONDS))
        except TimeoutError:
            continue


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _cut(request: web.Request) -> web.Response:
    _close(request)
    return web.Response()  # goes nowhere: the connection is closed


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()


def _reset(request: web.Request) -> web.Response:
    if request.transport is not None:
        reset(request.transport)
    return web.Response()
