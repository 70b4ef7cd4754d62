"""`python -m benchmarks.attacks HOST PORT TOKEN`: attacks on a service, one at a time, as standard input says.

Each line is the name of an attack, which replaces the one before; an empty line ends it, and `?` lets it go on. Each is
answered by a line with how many requests were answered since the line before. It is a process of its own,
so that its work delays no victim's.
"""

import asyncio
import itertools
import json
import random
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from types import MappingProxyType

from tests.resilience.attackers import (
    BATCH,
    CONVERT,
    GOOD,
    GOOD_LINE,
    GZIP,
    MISSPELT_FIELDS,
    NOT_PLAIN,
    batch,
    got,
    posted,
    unfinished_heads,
)

USUAL_CONNECTIONS, CROWD = 4, 300
COINS = (b"BTC", b"ETH", b"BNB", b"XRP", b"SOL", b"ADA", b"TRX", b"LTC", b"DOT", b"KCS")
EXPORT = b"/api/v1/quotes?format=csv&pair=BTC/USDT"
PAIRS = b",".join(b"%s/%s" % pair for pair in itertools.permutations(COINS, 2))
STREAM = b"/api/v1/stream?include_route=true&pairs=" + PAIRS
CANDLES = b"/api/v1/quotes/candles?pair=BTC/USDT&interval=1h&from=1500000000&to=1502500000"
PAGE = b"/api/v1/quotes?limit=1000&pair=ETH/USDT"
LONG_AGO = 1_700_000_000

answered = 0


class Target:
    """The service, and the token of a user."""

    def __init__(self, host: str, port: int, token: str) -> None:
        self.host, self.port = host, port
        self.signed_in = b"Authorization: Bearer " + token.encode()

    async def opened(self, limit: int = 2**20) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection."""
        return await asyncio.open_connection(self.host, self.port, limit=limit)


Attack = Callable[[Target], Awaitable[object]]
Requests = Callable[[Target], Iterable[bytes]]


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """Return the status of an answer that is read to its end, and whether the connection closes after it."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if b"content-length:" in head:
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
    elif b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return int(head[9:12]), b"connection: close" in head


async def crowded(number: int, one: Callable[[], Awaitable[object]]) -> None:
    """Run one client so many times at once, and each anew when it ends."""

    async def again_and_again() -> None:
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                await one()
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        for _ in range(number):
            group.create_task(again_and_again())


def asking(requests: Requests, connections: int = USUAL_CONNECTIONS) -> Attack:
    """Return the attack that sends these requests in turn, each once the one before is answered."""

    async def attack(target: Target) -> None:
        turns = itertools.cycle(requests(target))
        await crowded(connections, lambda: _ask(target, turns))

    return attack


async def _ask(target: Target, turns: Iterator[bytes]) -> None:
    global answered  # noqa: PLW0603 -- a process counts for one attack
    reader, writer = await target.opened()
    try:
        closes = False
        while not closes:
            writer.write(next(turns))
            _, closes = await read_answer(reader)
            answered += 1
    finally:
        writer.close()


def unread(requests: Requests, connections: int, times: int = 1) -> Attack:
    """Return the attack that sends a request, or the same many times over, and reads nothing."""

    async def attack(target: Target) -> None:
        sent = next(iter(requests(target)))

        async def one() -> None:
            _, writer = await target.opened(limit=1)
            try:
                writer.transport.pause_reading()  # type: ignore[attr-defined]  # of a socket it always can
                for _ in range(times):
                    writer.write(sent)
                    await writer.drain()
                await asyncio.sleep(60)
            finally:
                writer.close()

        await crowded(connections, one)

    return attack


async def _resets(target: Target) -> None:
    async def one() -> None:
        global answered  # noqa: PLW0603 -- as above
        _, writer = await target.opened()
        writer.transport.abort()
        answered += 1
        await asyncio.sleep(0.001)

    await crowded(16, one)


async def _bytes_one_by_one(target: Target) -> None:
    async def one() -> None:
        reader, writer = await target.opened()
        try:
            for byte in posted(CONVERT, GOOD):
                writer.write(bytes([byte]))
                await asyncio.sleep(0)
            await read_answer(reader)
        finally:
            writer.close()

    await crowded(USUAL_CONNECTIONS, one)


async def _idle(target: Target, head: bytes = b"") -> None:
    async def one() -> None:
        _, writer = await target.opened()
        try:
            writer.write(head)
            while True:
                await asyncio.sleep(random.uniform(0.2, 0.8))  # noqa: S311 -- no secret
                writer.write(b"x" if head else b"")
        finally:
            writer.close()

    await crowded(CROWD, one)


async def _opened_streams(target: Target) -> None:
    async def one() -> None:
        global answered  # noqa: PLW0603 -- as above
        reader, writer = await target.opened()
        try:
            writer.write(got(STREAM))
            await reader.readuntil(b"data: ")
            answered += 1
        finally:
            writer.close()

    await crowded(USUAL_CONNECTIONS, one)


def always(*requests: bytes) -> Requests:
    """Return these requests, whatever the target."""
    return lambda _: requests


def signed_in(*paths: bytes) -> Requests:
    """Return requests of a user."""
    return lambda target: [got(path, target.signed_in) for path in paths]


def _guesses(of: Callable[[int], bytes]) -> Requests:
    body = b'{"username": "%s", "password": "a long guess"}'
    return lambda _: (
        posted(b"/api/v1/authenticate/login", body % b"nobody", b"X-Forwarded-For: " + of(number))
        for number in range(100_000)
    )


def _asked(**members: object) -> bytes:
    return json.dumps({"currency_from": "BTC", "currency_to": "USDT", "amount": "1", **members}).encode()


def _tables(_: Target) -> Iterator[bytes]:
    for number, base in itertools.product(range(2, len(COINS)), COINS):
        yield got(b"/api/v1/rates?base=%s&cache_max_seconds=60&symbols=%s" % (base, b",".join(COINS[:number])))


CHUNKS = b"".join(b"1\r\n%c\r\n" % byte for byte in GOOD.ljust(4000)) + b"0\r\n\r\n"
CHUNKED = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" % CONVERT
ORDINARY = posted(CONVERT, GOOD, NOT_PLAIN)

ORDINARY_ATTACK = "ordinary conversions"

ONLY_COUNT = "?"

# What is measured beside as many ordinary conversions at a time.
ATTACKS: Mapping[str, Attack] = MappingProxyType(
    {
        ORDINARY_ATTACK: asking(always(ORDINARY)),
        "misspelt fields": asking(always(posted(CONVERT, MISSPELT_FIELDS))),
        "chunks of a byte": asking(always(CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS)),
        "chunks of a byte, as gzip": asking(
            always(CHUNKED + GZIP + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS)
        ),
        "bytes one by one": _bytes_one_by_one,
        "resets": _resets,
        "unfinished heads": lambda target: unfinished_heads(target.host, target.port),
        "300 idle connections": _idle,
        "300 slow bodies": lambda target: _idle(target, posted(CONVERT, b"x" * 4000)[:-3990]),
        "pipelines that nobody reads": unread(always(posted(CONVERT, GOOD) * 30), USUAL_CONNECTIONS, 1000),
        "streams opened and closed": _opened_streams,
        "300 streams that nobody reads": unread(always(got(STREAM)), CROWD),
        "the page": asking(always(got(b"/", b"Accept: text/html"))),
        "the page's document": asking(always(got(b"/openapi.json"))),
        "metrics": asking(always(got(b"/metrics"))),
        "readiness": asking(always(got(b"/health/ready"))),
        "searches for pairs": asking(always(got(b"/api/v1/pairs?limit=1&search=zq"))),
        "pairs that nobody trades": asking(always(got(b"/api/v1/pairs?limit=1&base=ZQ"))),
        "searches for currencies": asking(always(got(b"/api/v1/currencies?limit=1&search=zq"))),
        "pages of all pairs": asking(always(got(b"/api/v1/pairs?limit=1000"))),
        "tables of new bases": asking(_tables),
        "tables of all currencies": asking(
            always(*(got(b"/api/v1/rates?cache_max_seconds=60&base=" + coin) for coin in COINS))
        ),
        "rates as CSV": asking(always(got(b"/api/v1/rates.csv?pairs=" + PAIRS))),
        "price directives": asking(always(got(b"/api/v1/pricedb?pairs=" + PAIRS))),
        "batches": asking(always(posted(BATCH, batch(GOOD_LINE)))),
        "batches at a past moment": asking(always(posted(BATCH, batch(GOOD_LINE[:-1] + b', "at": 17000#}')))),
        "past moments": asking(
            always(*(got(CONVERT + b"?currency_from=TRX&currency_to=ADA&amount=1&at=%d" % (LONG_AGO + second))
                     for second in range(5000)))
        ),
        "the best exchange": asking(always(posted(CONVERT, _asked(exchange="best", cache_max_seconds=100)))),
        "the median": asking(always(posted(CONVERT, _asked(rate_type="median", cache_max_seconds=100)))),
        "depth": asking(always(posted(CONVERT, _asked(rate_type="depth", cache_max_seconds=100)))),
        "the latest prices": asking(always(posted(CONVERT, _asked(cache_max_seconds=None)))),
        "guesses at a password": asking(_guesses(lambda _: b"198.18.0.9"), 8),
        "guesses from a /24": asking(_guesses(lambda number: b"198.18.3.%d" % (number % 250)), 8),
        "guesses from a /48": asking(_guesses(lambda number: b"2001:db8:5:%x::1" % (number % 60_000)), 8),
        "forged tokens": asking(lambda target: [
            got(b"/api/v1/me", target.signed_in[:-6] + b"%06d" % number) for number in range(5000)]),
        "exports": asking(signed_in(EXPORT), 8),
        "60 exports that nobody reads": unread(signed_in(EXPORT), 60),
        "candles": asking(signed_in(CANDLES), 8),
        "pages of quotes": asking(signed_in(PAGE), 8),
    }
)  # fmt: skip


async def main(host: str, port: int, token: str) -> None:
    """Attack as the lines say, until there are no more."""
    global answered
    target = Target(host, port, token)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    under_way: asyncio.Future[object] | None = None
    while line := (await lines.readline()).decode():
        name = line.strip()
        if name != ONLY_COUNT:
            if under_way is not None:
                under_way.cancel()
                await asyncio.wait([under_way])
            under_way = asyncio.ensure_future(ATTACKS[name](target)) if name else None
        counted, answered = answered, 0
        sys.stdout.write(f"{counted}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
