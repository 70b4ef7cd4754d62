"""`python -m tests.resilience.attackers NAME HOST PORT`: one cheap attack, until standard input is closed.

It prints how many requests were answered. It runs in its own process, so that its work does not count as the service's.
"""

import asyncio
import gzip
import sys
import zlib
from collections.abc import Awaitable, Callable
from contextlib import suppress

CONNECTIONS = 4


def bomb(megabytes: int) -> bytes:
    """Return a body of gzip that inflates to so many megabytes of zeros; its checksum is wrong, at its very end."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    one = deflate.compress(bytes(1024 * 1024)) + deflate.flush(zlib.Z_FULL_FLUSH)
    return gzip.compress(b"")[:10] + one * megabytes + deflate.flush() + bytes(8)


BOMB = bomb(256)  # a quarter of a megabyte
UNKNOWN_FIELDS = b"{" + b",".join(b'"a%d":1' % number for number in range(6400)) + b"}"
SHORT_UNKNOWN_FIELDS = b"{" + b",".join(b'"a%d":1' % number for number in range(450)) + b"}"
MISSPELT_FIELDS = b"{" + b",".join(b'"currency_a%d":1' % number for number in range(14)) + b"}"
NESTED = b"[" * 2000 + b"]" * 2000
UNFINISHED = "unfinished heads"
UNFINISHED_HEADS = 300
LONG_HEADER = b"X: " + b"y" * 8000 + b"\r\n"


def posted(path: bytes, body: bytes, *headers: bytes) -> bytes:
    """Return the bytes of a POST."""
    head = [b"POST " + path + b" HTTP/1.1", b"Host: x", b"Content-Type: application/json", *headers]
    return b"\r\n".join([*head, b"Content-Length: %d" % len(body), b"", body])


def got(path: bytes, *headers: bytes) -> bytes:
    """Return the bytes of a GET."""
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: x", *headers, b"", b""])


answered = 0


async def repeated(host: str, port: int, sent: bytes) -> None:
    """Send the same request again and again, one at a time, and on a new connection where the service closes."""
    global answered  # noqa: PLW0603 -- a process counts for one attack
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                while True:
                    writer.write(sent)
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                    await reader.readexactly(length)
                    answered += 1
            finally:
                writer.close()
        await asyncio.sleep(0)


async def unfinished_heads(host: str, port: int) -> None:
    """Hold connections whose head grows without end."""

    async def hold() -> None:
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(host, port)
                writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n")
                for _ in range(128):
                    writer.write(LONG_HEADER)
                    await writer.drain()
                await asyncio.sleep(5)
                writer.close()
            await asyncio.sleep(0.05)

    async with asyncio.TaskGroup() as group:
        for _ in range(UNFINISHED_HEADS):
            group.create_task(hold())


def bodies(path: bytes, body: bytes, *headers: bytes) -> Callable[[str, int], Awaitable[None]]:
    """Return the attack that posts one body again and again."""

    async def attack(host: str, port: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(repeated(host, port, posted(path, body, *headers)))

    return attack


def reads(path: bytes, *headers: bytes) -> Callable[[str, int], Awaitable[None]]:
    """Return the attack that gets one path again and again."""

    async def attack(host: str, port: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(repeated(host, port, got(path, *headers)))

    return attack


CONVERT = b"/api/v1/convert"
GOOD = b'{"currency_from": "TRX", "currency_to": "ADA", "amount": "0.5", "cache_max_seconds": 100}'

BATCH = b"/api/v1/convert/batch"


def batch(line: bytes) -> bytes:
    """Return a batch of as many lines as there may be; `#` in the line becomes a number."""
    return b'{"conversions":[' + b",".join(line.replace(b"#", b"%d" % number) for number in range(1000)) + b"]}"


GOOD_LINE = GOOD.replace(b"TRX", b"BTC")
WRONG_LINE = b'{"currency_from":"","currency_to":5,"amount":"x","cache_max_seconds":-1,"rate_type":"q","exchange":7}'

GZIP = b"Content-Encoding: gzip"
MEDIA_TYPES = b"Accept: " + b",".join(b"a/b;q=0.%d" % (number % 9) for number in range(700))
TAGS = b"If-None-Match: " + b'"",' * 2600
NOWHERE, CLOSED = b"/nowhere", b"/api/v1/me"

# What each attack is compared with: as many bytes, or a conversion that is answered.
CUSTOMERS, BATCHES = "customers", "batches"
# The lane answers a plain conversion in half the time, which makes no attack dearer: the header keeps these out of it.
NOT_PLAIN = b"X-Way: ordinary"
ORDINARY = {
    CUSTOMERS: bodies(CONVERT, GOOD, NOT_PLAIN),
    BATCHES: bodies(BATCH, batch(GOOD_LINE)),
    "bytes to an unknown path": bodies(NOWHERE, BOMB),
    "bytes to conversions": bodies(CONVERT, BOMB),
}
ATTACKS = {
    "bombs to an unknown path": (bodies(NOWHERE, BOMB, GZIP), "bytes to an unknown path"),
    "bombs to a closed path": (bodies(CLOSED, BOMB, GZIP), "bytes to an unknown path"),
    "bombs to conversions": (bodies(CONVERT, BOMB, GZIP), "bytes to conversions"),
    "small bombs to conversions": (bodies(CONVERT, gzip.compress(bytes(3_000_000)), GZIP), CUSTOMERS),
    "unknown fields": (bodies(CONVERT, UNKNOWN_FIELDS), CUSTOMERS),
    "unknown fields within the limit": (bodies(CONVERT, SHORT_UNKNOWN_FIELDS), CUSTOMERS),
    "misspelt fields": (bodies(CONVERT, MISSPELT_FIELDS), CUSTOMERS),
    "batches of wrong lines": (bodies(BATCH, batch(WRONG_LINE)), BATCHES),
    "batches of misspelt fields": (bodies(BATCH, batch(GOOD_LINE.replace(b"from", b"form"))), BATCHES),
    "batches of unknown tickers": (bodies(BATCH, batch(GOOD_LINE.replace(b"BTC", b"NONE#"))), BATCHES),
    "batches of unknown exchanges": (bodies(BATCH, batch(GOOD_LINE[:-1] + b',"exchange":"nyse#"}')), BATCHES),
    "pages of a pair": (reads(b"/api/v1/pairs?limit=1"), CUSTOMERS),
    "pages of a currency": (reads(b"/api/v1/currencies?limit=1"), CUSTOMERS),
    "paths of slashes": (reads(b"/" * 8000), CUSTOMERS),
    "paths of many segments": (reads(b"/A" * 4000), CUSTOMERS),
    "many media types": (reads(b"/", MEDIA_TYPES), CUSTOMERS),
    "many tags": (reads(b"/api/v1/pairs?limit=1", TAGS), CUSTOMERS),
    "nested arrays": (bodies(CONVERT, NESTED), CUSTOMERS),
}


async def main(name: str, host: str, port: int) -> None:
    """Attack until standard input is closed."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(sys.stdin, over.set)
    attack = unfinished_heads if name == UNFINISHED else ORDINARY.get(name) or ATTACKS[name][0]
    attacking = asyncio.ensure_future(attack(host, port))
    sys.stdout.write("attacking\n")
    sys.stdout.flush()
    await over.wait()
    attacking.cancel()
    sys.stdout.write(f"{answered}\n")


if __name__ == "__main__":
    with suppress(asyncio.CancelledError):
        asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
