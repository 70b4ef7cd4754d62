"""How large a body may be, and how it may be compressed."""

import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from entrypoints.http.rates.convert_requests import MAX_CONVERT_BODY_BYTES
from tests.integration.problems import is_problem
from tests.integration.rejections import document, is_rejected_body
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges

JSON = {"Content-Type": "application/json"}
GOOD = document()


async def test_a_conversion_of_exactly_4_kib_is_read(warm_service: Service, exchanges: SimulatedExchanges) -> None:
    assert (await warm_service.post(GOOD.ljust(MAX_CONVERT_BODY_BYTES))).status == 200
    assert await is_rejected_body(warm_service, exchanges, GOOD.ljust(MAX_CONVERT_BODY_BYTES + 1), 413)


async def test_a_conversion_over_4_kib_is_too_large_with_and_without_its_length(
    warm_service: Service, exchanges: SimulatedExchanges
) -> None:
    assert await is_rejected_body(warm_service, exchanges, b"9" * 1_000_000, 413)
    answer = await warm_service.post(_in_pieces(b" " * 500, 100))
    assert is_problem(answer, 413)
    assert await exchanges.all_calls() == 0


async def test_a_body_may_be_chunked_and_compressed(warm_service: Service) -> None:
    whole = GOOD.ljust(MAX_CONVERT_BODY_BYTES)
    for body, encoding in (
        (gzip.compress(whole), "gzip"),
        (gzip.compress(whole), "X-GZIP"),
        (zlib.compress(whole), "deflate"),
        (zlib.compress(whole)[2:-4], "deflate"),  # as some clients send it
    ):
        assert (await warm_service.post(body, JSON | {"Content-Encoding": encoding})).status == 200
    assert (await warm_service.post(_in_pieces(GOOD, 1))).status == 200


async def _in_pieces(piece: bytes, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield piece


async def test_the_size_of_a_compressed_body_is_its_uncompressed_size(
    warm_service: Service, exchanges: SimulatedExchanges
) -> None:
    headers = JSON | {"Content-Encoding": "gzip"}
    body = gzip.compress(GOOD.ljust(MAX_CONVERT_BODY_BYTES + 1))
    assert await is_rejected_body(warm_service, exchanges, body, 413, headers=headers)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", GOOD),
        ("gzip", gzip.compress(GOOD)[:-20]),
        ("gzip", gzip.compress(GOOD)[:12]),
        ("gzip", gzip.compress(GOOD)[:20] + b"\x00" * 20),
        ("gzip", b""),
        ("gzip", gzip.compress(GOOD) * 2),
        ("deflate", b"\x78\x9c" + b"\xff" * 20),
    ],
    ids=["not_packed", "cut_off", "head_only", "damaged", "nothing", "two", "deflate"],
)
async def test_a_body_that_is_not_compressed_as_declared_is_malformed(
    warm_service: Service, exchanges: SimulatedExchanges, encoding: str, body: bytes
) -> None:
    headers = JSON | {"Content-Encoding": encoding}
    assert await is_rejected_body(warm_service, exchanges, body, 400, headers=headers)


@pytest.mark.parametrize("encoding", ["br", "zstd", "rot13", "gzip, gzip"])
async def test_an_unsupported_compression_is_rejected(warm_service: Service, encoding: str) -> None:
    answer = await warm_service.post(b"\x1b\x0f\x00\xf8\xff", JSON | {"Content-Encoding": encoding})
    assert answer.status in {400, 415}
    assert is_problem(answer, answer.status)
