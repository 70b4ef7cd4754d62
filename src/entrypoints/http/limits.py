"""How many requests of each kind a process answers at a time."""

import asyncio

from aiohttp import web

from entrypoints.http.server.in_flight_limit import InFlightLimit
from entrypoints.settings.settings import Settings

# Each holds up to a megabyte, and keeps the processor busy for milliseconds.
MOST_BATCHES = 32

# Each keeps the processor busy for up to a fifth of a second, so more only wait for each other. Other tables do not
# wait with them.
MOST_SERIES = 4

# So many are under way, of which so many read the database: half of the connections that do, so that the rest is left
# to others.
MOST_PAST, PAST_READS = 64, 4

IN_FLIGHT_LIMIT = web.AppKey("in_flight_limit", InFlightLimit)
BATCH_LIMIT = web.AppKey("batch_limit", InFlightLimit)
SERIES_LIMIT = web.AppKey("series_limit", InFlightLimit)
PAST_LIMIT = web.AppKey("past_limit", InFlightLimit)
PAST_READERS = web.AppKey("past_readers", asyncio.Semaphore)
STREAM_LIMIT = web.AppKey("stream_limit", InFlightLimit)


def set_limits(app: web.Application, settings: Settings) -> None:
    """Set all of them."""
    app[IN_FLIGHT_LIMIT] = InFlightLimit(settings.max_requests_under_way)
    app[BATCH_LIMIT] = InFlightLimit(MOST_BATCHES)
    app[SERIES_LIMIT] = InFlightLimit(MOST_SERIES)
    app[PAST_LIMIT] = InFlightLimit(MOST_PAST)
    app[PAST_READERS] = asyncio.Semaphore(PAST_READS)
    app[STREAM_LIMIT] = InFlightLimit(settings.max_streams)
