"""The slowest of conversions at a steady pace."""

import gc

from benchmarks.arithmetic import percentile
from benchmarks.bench import Bench
from benchmarks.load import paced
from benchmarks.servers import Server

# Well below a process's capacity, so that what is measured beside them, not the load, causes any queue.
REQUESTS_PER_SECOND = 400


async def p99(bench: Bench, service: Server) -> float:
    """Return the 99th percentile of a round's latencies, in seconds."""
    gc.collect()
    gc.disable()  # or this process's collections would count as the service's
    try:
        latencies = await paced(service.url, bench.questions, REQUESTS_PER_SECOND, bench.effort.paced_seconds)
    finally:
        gc.enable()
    return percentile(latencies, 0.99)
