"""A body comes in no more chunks than it has bytes for, and all other bodies are read as aiohttp reads them."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from random import Random

import pytest
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser
from aiohttp.streams import StreamReader

from entrypoints.http.server.chunk_limit import TooManyChunks, limit_chunks
from tests.unit.entrypoints.http.server.test_aiohttp_hooks import watched

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
BEFORE = b"POST /before HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n1\r\n2\r\n3\r\n"
AFTER = b"GET /after HTTP/1.1\r\nHost: x\r\n\r\n"

Read = list[tuple[str, bytes]]


class Limited(BaseProtocol):
    """A connection whose chunks count."""

    chunks = 0


def chunked(*chunks: bytes, size_line: Callable[[int], bytes] = b"%x".__mod__, trailers: bytes = b"") -> bytes:
    lines = [size_line(len(chunk)) + b"\r\n" + chunk + b"\r\n" for chunk in chunks]
    return HEAD + b"".join(lines) + size_line(0) + b"\r\n" + trailers + b"\r\n"


@pytest.fixture(autouse=True)
def _limited(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = StreamReader.begin_http_chunk_receiving
    monkeypatch.setattr(StreamReader, "begin_http_chunk_receiving", begin)  # restores it after the test
    limit_chunks(Limited)


def read(kind: type[BaseProtocol], pieces: Iterable[bytes]) -> Read | None:
    """Return the path and body of each request in what arrives in pieces; None if it has too many chunks."""
    loop = asyncio.get_running_loop()
    parser = HttpRequestParser(protocol := kind(loop), loop, 2**16, auto_decompress=False)
    protocol._parser = parser
    requests = []
    try:
        for piece in pieces:
            requests += parser.feed_data(piece)[0]
    except TooManyChunks:
        return None
    assert all(body.is_eof() for _, body in requests)
    return [(message.path, body.read_nowait()) for message, body in requests]


def in_two(sent: bytes, first: int) -> Iterable[Sequence[bytes]]:
    """Split at every place, or at a fifth of them if there are many."""
    step = 1 if len(sent) < 500 else 5
    return ((sent[:at], sent[at:]) for at in range(first % step, len(sent) + 1, step))


def one_by_one(sent: bytes) -> Sequence[bytes]:
    return [sent[at : at + 1] for at in range(len(sent))]


def drawn(random: Random) -> tuple[list[bytes], bytes]:
    """Draw chunks, few enough or too many, and write them in one of the ways that there are."""
    digits, zeros = random.choice([b"%x", b"%X"]), b"0" * random.choice([0, 0, 3])
    extension = random.choice([b"", b"", b";a=b", b';a="1;2"', b";" + b"e" * 40])
    trailers = random.choice([b"", b"", b"X-Trailer: 1\r\n", b"1: 2\r\n3: 4\r\n"])
    data = random.choice([b"z", b"1\r\n2\r\n", b"0\r\n\r\n", b"\r\n\r\n", b"a;b\r\n", b"z" * 70])
    chunks = [data * random.choice([1, 1, 2]) for _ in range(random.choice([1, 40, 64, 65, 68, 69, 70, 71, 72, 80]))]
    return chunks, chunked(*chunks, size_line=lambda size: zeros + digits % size + extension, trailers=trailers)


def is_allowed(chunks: Sequence[bytes]) -> bool:
    """Count as the documentation does: 64 chunks, and one more for each 64 bytes, with the least around each chunk."""
    sizes = [len(chunk) for chunk in chunks]
    return all(number <= 64 + (sum(sizes[: number - 1]) + 5 * number) // 64 for number in range(1, len(sizes) + 2))


@pytest.mark.parametrize("seed", range(16))
async def test_bodies_in_any_two_pieces_are_read_as_by_aiohttp_or_refused_for_their_number(seed: int) -> None:
    random = Random(seed)  # noqa: S311 -- chooses what to send, which is no secret
    chunks, sent = drawn(random)
    sent = random.choice([b"", BEFORE]) + sent + random.choice([b"", AFTER])
    expected = read(BaseProtocol, [sent]) if is_allowed(chunks) else None
    assert read(Limited, one_by_one(sent)) == expected
    assert all(read(Limited, pieces) == expected for pieces in in_two(sent, random.randrange(5)))


async def test_both_outcomes_are_drawn() -> None:
    randoms = map(Random, range(16))
    assert {is_allowed(drawn(random)[0]) for random in randoms} == {True, False}


@pytest.mark.parametrize(
    "sent",
    [
        chunked(b"1\r\n" * 4000),
        BEFORE.replace(b": 9", b": 12009") + b"1\r\n" * 4000,
        chunked(*[b"1\r\n" * 30] * 1000),
    ],
)
async def test_lines_of_digits_are_no_chunks(sent: bytes) -> None:
    expected = read(BaseProtocol, [sent])
    assert expected is not None
    assert read(Limited, [sent]) == expected


async def test_chunks_count_anew_for_each_body() -> None:
    sent = chunked(*[b"z"] * 60) * 5
    assert read(Limited, [sent]) == [("/", b"z" * 60)] * 5


@pytest.mark.parametrize(
    "attack",
    [
        chunked(*[b"z"] * 4000),
        chunked(*[b"z"] * 4000, size_line=b"%x;a=b".__mod__),
        chunked(*[b"z"] * 4000, size_line=b"00000%x".__mod__),
        chunked(*[b"z"] * 4000, size_line=lambda size: b"%x;" % size + b"e" * 40),
        BEFORE + AFTER + chunked(*[b"z"] * 4000),
    ],
)
async def test_an_attack_takes_a_small_part_of_the_time_that_aiohttp_would_take(attack: bytes) -> None:
    def shortest(kind: type[BaseProtocol], pieces: Sequence[bytes]) -> float:
        return min(taken(kind, pieces) for _ in range(5))

    def taken(kind: type[BaseProtocol], pieces: Sequence[bytes]) -> float:
        started = time.thread_time()
        assert (read(kind, pieces) is None) is (kind is Limited)
        return time.thread_time() - started

    in_reads = [attack[:100], *(attack[at : at + 5000] for at in range(100, len(attack), 5000))]
    for pieces in ([attack], in_reads):
        assert shortest(Limited, pieces) < shortest(BaseProtocol, pieces) / 4


@pytest.mark.parametrize("piece", [7, 1000, 100_000])
@pytest.mark.parametrize(
    ("chunk", "number", "status"),
    [
        (b"z", 40, b"200"),
        (b"z" * 90, 300, b"200"),
        (b'{\r\n  "a": 12,\r\n  "b": 34\r\n},\r\n' * 130, 4, b"200"),
        (b"z", 1000, b"400"),
        (b"z" * 20, 1000, b"400"),
    ],
)
async def test_a_body_of_too_many_chunks_is_refused_and_its_connection_closed(
    chunk: bytes, number: int, status: bytes, piece: int
) -> None:
    sent = HEAD + b"%x\r\n%b\r\n" % (len(chunk), chunk) * number + b"0\r\n\r\n"
    async with watched() as (_, reader, writer):
        try:
            for at in range(0, len(sent), piece):
                writer.write(sent[at : at + piece])
                await writer.drain()
                await asyncio.sleep(0)
            async with asyncio.timeout(5):
                head = await reader.readuntil(b"\r\n\r\n")
        except ConnectionResetError:  # it had refused and closed before everything was sent
            assert status == b"400"
            return
        assert head.split()[1] == status
        if status == b"200":
            assert await reader.readexactly(len(chunk) * number) == chunk * number


async def test_a_reader_that_the_end_of_a_chunk_has_just_woken_learns_that_the_next_is_refused() -> None:
    loop = asyncio.get_running_loop()
    parser = HttpRequestParser(protocol := Limited(loop), loop, 2**16, auto_decompress=False)
    protocol._parser, protocol.transport = parser, asyncio.Transport()
    ((_, body),) = parser.feed_data(HEAD + b"1\r\nz")[0]
    assert await body.readany() == b"z"
    waiting = asyncio.create_task(body.readany())
    is_refused = False
    while not is_refused:
        await asyncio.sleep(0)
        try:
            parser.feed_data(b"\r\n1\r\nz")
        except TooManyChunks:
            is_refused = True
        else:
            assert await waiting == b"z"
            waiting = asyncio.create_task(body.readany())
    with pytest.raises(web.RequestPayloadError):
        async with asyncio.timeout(5):
            await waiting
