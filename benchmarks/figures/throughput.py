"""Conversions per second, relative to a bare handler."""

import statistics
from contextlib import AsyncExitStack
from functools import partial

from benchmarks.arithmetic import Measurement, interleaved, ratios
from benchmarks.bench import Bench
from benchmarks.servers import BARE_GRANIAN, BARE_WORKERS, SERVICE_WORKERS, WORKERS, Server, running_service

WARM_UP_SECONDS = 1


async def one_process(bench: Bench) -> list[Measurement]:
    """Compare services with the same bare handler: without request logging, with it, and without the fast lane.

    As context, compare the bare handler on the fastest Python server too.
    """
    async with AsyncExitStack() as stack:
        quiet = await stack.enter_async_context(running_service(bench.harness))
        logged = await stack.enter_async_context(running_service(bench.harness, log_level="info"))
        laneless = await stack.enter_async_context(running_service(bench.harness, fast_lane="off"))
        bare = await stack.enter_async_context(bench.bare(quiet))
        granian = await stack.enter_async_context(bench.bare(quiet, BARE_GRANIAN))
        ours = {"quiet": quiet, "logged": logged, "laneless": laneless, "granian": granian}
        return await _compared(bench, ours, bare)


async def several_processes(bench: Bench) -> list[Measurement]:
    """Compare gunicorn's workers with as many bare ones."""
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(running_service(bench.harness, SERVICE_WORKERS, workers=str(WORKERS)))
        bare = await stack.enter_async_context(bench.bare(service, BARE_WORKERS))
        return await _compared(bench, {"workers": service}, bare)


async def _compared(bench: Bench, ours: dict[str, Server], bare: Server) -> list[Measurement]:
    everyone = ours | {"bare": bare}
    for server in everyone.values():
        await bench.load.drive(server.url, bench.questions, WARM_UP_SECONDS)
    measured = []
    for kind, asked in (("direct", bench.direct), ("indirect", bench.indirect)):
        loads = await interleaved(
            {
                name: partial(bench.load.drive, server.url, asked, bench.effort.load_seconds)
                for name, server in everyone.items()
            }
        )
        rates = {name: [load.per_second for load in each] for name, each in loads.items()}
        bare_rates = rates.pop("bare")
        for name, each in rates.items():
            absolute = f"{statistics.median(each):,.0f}/s against {statistics.median(bare_rates):,.0f}/s"
            measured.append(Measurement(f"{name}.{kind}", ratios(each, bare_rates), absolute=absolute))
    return measured
