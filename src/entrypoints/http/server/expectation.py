"""Requests that wait for permission before they send their body (RFC 9110, 10.1.1)."""

from aiohttp import HttpVersion11, web

from entrypoints.http.server.aiohttp_hooks import write_before_answer


async def answer_expectation(request: web.Request) -> None:
    """Ask for the body where the client waits for that, and ignore any other expectation, as RFC 9110 allows.

    aiohttp's own handler rejects those in plain text, before any middleware, with what the client wrote.
    """
    if request.headers["Expect"].lower() == "100-continue" and request.version == HttpVersion11:
        await write_before_answer(request, b"HTTP/1.1 100 Continue\r\n\r\n")
