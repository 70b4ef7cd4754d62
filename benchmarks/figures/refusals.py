"""What a refusal costs, an unusual amount, and a line in the log, relative to a warm conversion."""

import asyncio
import re
import statistics
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import cycle

import orjson

from benchmarks.arithmetic import Measurement, interleaved, ratios
from benchmarks.bench import Bench
from benchmarks.load import JSON
from benchmarks.processor_time import cost
from benchmarks.servers import Server, running_service
from entrypoints.http.rates.routes import PATH

_WHOLE = re.compile(rb'"amount":[0-9]+')

# Answers are compared with successes that take the same way through the service.
ORDINARY_WAY = JSON | {"X-Way": "ordinary"}

# Sent in waves, so that fewer changes of process disturb the processor's caches.
WAVES, WAVE = 40, 16
REPEATS = 9
NOTE = "processor time of the service, with the kernel's share; both the ordinary way"

# A refused request is one of these, in turn.
WRONG = ({"amount": "-1"}, {"amount": True}, {"exchange": "nope"}, {"currency_from": "a b"}, {"amont": 1})


async def refusals(bench: Bench) -> list[Measurement]:
    """Compare refused requests, and such with an exponent, with answered ones, and logged ones with quiet ones."""
    async with AsyncExitStack() as stack:
        quiet = await stack.enter_async_context(running_service(bench.harness))
        logged = {
            fmt: await stack.enter_async_context(running_service(bench.harness, log_level="info", log_format=fmt))
            for fmt in ("console", "json")
        }
        for service in (quiet, *logged.values()):
            await bench.answers(service)
        cases = _cases(bench.direct)
        contenders = {name: partial(_cost, bench, quiet, bodies, status) for name, (bodies, status) in cases.items()}
        contenders |= {fmt: partial(_cost, bench, service, bench.direct, 200) for fmt, service in logged.items()}
        costs = await interleaved(contenders, REPEATS)
    answered = costs.pop("answered")
    return [
        Measurement(
            f"refusal.{name}",
            ratios(answered, each),
            NOTE,
            f"{statistics.median(each) * 1e6:.0f} µs against {statistics.median(answered) * 1e6:.0f} µs",
        )
        for name, each in costs.items()
    ]


def _cases(direct: Sequence[bytes]) -> dict[str, tuple[list[bytes], int]]:
    asked = [orjson.loads(body) for body in direct]
    wrong = [orjson.dumps(each | change) for each, change in zip(asked, cycle(WRONG), strict=False)]
    return {
        "answered": (list(direct), 200),
        "unknown": ([orjson.dumps(each | {"currency_to": f"NOPE{n}"}) for n, each in enumerate(asked)], 404),
        "invalid": (wrong, 422),
        "malformed": ([body[:-1] for body in direct], 400),
        "exponent": ([_WHOLE.sub(rb"\g<0>e0", body) for body in direct], 200),
    }


async def _cost(bench: Bench, service: Server, bodies: Sequence[bytes], status: int) -> float:
    rotating = cycle(bodies)

    async def one() -> None:
        async with bench.client.post(service.url + PATH, data=next(rotating), headers=ORDINARY_WAY) as response:
            answer = await response.read()
        if response.status != status:
            raise AssertionError(f"{response.status} instead of {status}: {answer!r}")

    async def wave() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(WAVE):
                group.create_task(one())

    return await cost(service, wave, WAVES) / WAVE
