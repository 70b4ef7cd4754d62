"""Encodings, sizes and broken requests, and the headers of every answer."""

import time
from email.utils import parsedate_to_datetime

import pytest

from tests.integration.server.test_malformed_requests import sent_raw
from tests.servers.service_client import CONVERT, Service

HEAD = f"POST {CONVERT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"

CONVERSION = b'{"currency_from": "BTC", "currency_to": "BTC", "amount": 10.5}'


@pytest.mark.parametrize("coding", ["br", "zstd", "foo", "gzip, gzip"])
async def test_an_unknown_content_encoding_is_an_unsupported_media_type(warm_service: Service, coding: str) -> None:
    head, body = await sent_raw(
        warm_service, f"{HEAD}Content-Encoding: {coding}\r\nContent-Length: 3\r\n\r\nabc".encode()
    )
    assert b" 415 " in head.splitlines()[0]
    assert b"unsupported-media-type" in body


async def test_a_body_declared_too_large_is_rejected_before_it_arrives(warm_service: Service) -> None:
    head, body = await sent_raw(warm_service, f"{HEAD}Content-Length: 99999999999\r\n\r\n".encode())
    assert b" 413 " in head.splitlines()[0]
    assert b"body-too-large" in body


@pytest.mark.parametrize(
    ("request_line", "detail"),
    [
        ("GET /\u5e01 HTTP/1.1", "percent-encoded"),
        ("GET /" + "a" * 9000 + " HTTP/1.1", "over 8 KiB"),
        ("G{T / HTTP/1.1", "method"),
    ],
)
async def test_the_fault_of_a_broken_request_is_named(warm_service: Service, request_line: str, detail: str) -> None:
    head, body = await sent_raw(warm_service, f"{request_line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert b" 400 " in head.splitlines()[0]
    assert detail in body.decode()


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", f"{CONVERT}?currency_from=BTC&currency_to=USDT&amount=1"])
async def test_answers_are_neither_cached_nor_sniffed(warm_service: Service, path: str) -> None:
    headers = (await warm_service.ask("GET", path)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "crossrate"


@pytest.mark.parametrize(
    ("version", "more"),
    [("1.1", "Connection: close\r\n"), ("1.0", ""), ("1.0", "Connection: keep-alive\r\n"), ("1.1", "Expect: tea\r\n")],
)
async def test_a_conversion_works_over_any_http_connection(warm_service: Service, version: str, more: str) -> None:
    def request(version: str, more: str) -> bytes:
        head = f"POST {CONVERT} HTTP/{version}\r\nHost: x\r\nContent-Type: application/json\r\nX-Request-ID: mine\r\n"
        return f"{head}{more}Content-Length: {len(CONVERSION)}\r\n\r\n".encode() + CONVERSION

    usual, usual_body = await sent_raw(warm_service, request("1.1", ""))
    head, body = await sent_raw(warm_service, request(version, more))
    assert usual.splitlines()[0] == b"HTTP/1.1 200 OK"
    assert head.splitlines()[0] == f"HTTP/{version} 200 OK".encode()
    assert headers_of(usual) == headers_of(head) - {b"connection: close", b"connection: keep-alive"}
    assert b"x-request-id: mine" in headers_of(usual)
    assert body == usual_body


@pytest.mark.parametrize("path", ["/nowhere", "/", "/docs", "/problems/no-route", CONVERT, "/api/v1/me"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "BREW"])
async def test_an_unknown_expectation_is_ignored_wherever_it_is_sent(
    warm_service: Service, path: str, method: str
) -> None:
    request = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n"
    usual, _ = await sent_raw(warm_service, f"{request}\r\n".encode())
    head, body = await sent_raw(warm_service, f"{request}Expect: <b>tea\r\n\r\n".encode())
    assert head.splitlines()[0] == usual.splitlines()[0]
    assert b"tea" not in body
    assert b"aiohttp" not in head + body


async def test_an_answer_has_a_date(warm_service: Service) -> None:
    before = time.time()
    answer = await warm_service.convert("BTC", "BTC")
    assert int(before) <= parsedate_to_datetime(answer.headers["Date"]).timestamp() <= time.time()


def headers_of(head: bytes) -> set[bytes]:
    """Return the headers of one answer, the date aside: another one may be a second later."""
    return {line.lower() for line in head.splitlines()[1:] if line and not line.lower().startswith(b"date:")}
