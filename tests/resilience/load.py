"""A steady mixed load, with `run` as the main function of its process.

It prints one JSON line per answer, and ends after its standard input is closed and the last answer has arrived. It is a
process of its own, so that the tests' own work does not count as the service's time.
"""

import asyncio
import sys
import time
from itertools import count

import aiohttp
import orjson
import uvloop

from tests.resilience.mix import MIX

PATH = "/api/v1/convert"

# Far longer than any answer may take: a request that reaches it hangs.
HANGING_SECONDS = 40.0

# One round of requests in four uses a new connection per request, like clients without keep-alive.
OWN_CONNECTION_EVERY = 4


async def main(url: str, per_second: float) -> None:
    """Send at a steady pace, without waiting for answers."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    loop.add_reader(sys.stdin, over.set)  # readable only when it is closed
    timeout = aiohttp.ClientTimeout(total=HANGING_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as client, asyncio.TaskGroup() as group:
        started = loop.time()
        for number in count():
            await asyncio.sleep(started + number / per_second - loop.time())
            if over.is_set():
                break
            group.create_task(_ask(client, url + PATH, number))


async def _ask(client: aiohttp.ClientSession, url: str, number: int) -> None:
    index = number % len(MIX)
    headers = {"Content-Type": "application/json"}
    if number // len(MIX) % OWN_CONNECTION_EVERY == 0:
        headers["Connection"] = "close"
    sent_at, started = time.time(), time.perf_counter()
    outcome: dict[str, object]
    try:
        async with client.post(url, data=MIX[index].body, headers=headers) as response:
            body = await response.read()
        outcome = {"status": response.status, "body": body.decode(), "retry_after": response.headers.get("Retry-After")}
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        outcome = {"status": None, "body": repr(error), "retry_after": None}
    line = {"index": index, "sent_at": sent_at, "seconds": time.perf_counter() - started, **outcome}
    sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
    sys.stdout.buffer.flush()


def run(url: str, per_second: float) -> None:
    """Load the service at `url`."""
    uvloop.run(main(url, per_second))
