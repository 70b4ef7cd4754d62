"""What is said at the border: of codings, sizes and broken requests, and the headers of every answer."""

import pytest

from tests.integration.service.served import CONVERT, Service
from tests.integration.service.test_malformed_requests import sent_raw

HEAD = f"POST {CONVERT} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"


@pytest.mark.parametrize("coding", ["br", "zstd", "foo", "gzip, gzip"])
async def test_a_coding_that_is_not_undone_here_is_an_unsupported_media_type(
    warm_service: Service, coding: str
) -> None:
    head, body = await sent_raw(
        warm_service, f"{HEAD}Content-Encoding: {coding}\r\nContent-Length: 3\r\n\r\nabc".encode()
    )
    assert b" 415 " in head.splitlines()[0]
    assert b"unsupported-media-type" in body


async def test_a_body_that_is_declared_too_large_is_refused_before_it_comes(warm_service: Service) -> None:
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
async def test_what_is_wrong_with_a_broken_request_is_named(
    warm_service: Service, request_line: str, detail: str
) -> None:
    head, body = await sent_raw(warm_service, f"{request_line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert b" 400 " in head.splitlines()[0]
    assert detail in body.decode()


@pytest.mark.parametrize("path", ["/health/live", "/nowhere", f"{CONVERT}?currency_from=BTC&currency_to=USDT&amount=1"])
async def test_no_proxy_keeps_an_answer_and_no_browser_guesses_at_it(warm_service: Service, path: str) -> None:
    headers = (await warm_service.ask("GET", path)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "crossrate"
