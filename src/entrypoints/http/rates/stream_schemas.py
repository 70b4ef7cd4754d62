"""Streamed rates, as server-sent events and as WebSocket messages."""

from collections.abc import Mapping

import orjson
from aiohttp import web
from cachetools import LRUCache

from application.rates.live_watch import LiveRate
from domain.decimals import plain
from domain.rates.conversion import Conversion
from entrypoints.http.rates.failed_line import failed_line
from entrypoints.http.rates.schemas import leg_fields
from entrypoints.http.server.problems import ProblemTable

MOST_CACHED = 4096


class RateWriter:
    """Writes each rate once for all who watch it. `table` says which problem an error means."""

    def __init__(self, table: ProblemTable) -> None:
        self._table = table
        self._written: LRUCache[tuple[int, int, bool, str], bytes] = LRUCache(MOST_CACHED)

    def written(self, rate: LiveRate, *, include_route: bool, prefix: str) -> bytes:
        """Return the JSON of a rate, or of the problem of a pair without one."""
        updated_at = rate.outcome.updated_at if isinstance(rate.outcome, Conversion) else 0
        key = rate.version, updated_at, include_route, prefix
        written = self._written.get(key)
        if written is None:
            written = self._written[key] = orjson.dumps(self._fields(rate, include_route=include_route, prefix=prefix))
        return written

    def _fields(self, rate: LiveRate, *, include_route: bool, prefix: str) -> Mapping[str, object]:
        pair = str(rate.watched.pair)
        if isinstance(rate.outcome, Conversion):
            return {"pair": pair, **_conversion_fields(rate.outcome, include_route=include_route)}
        return {"pair": pair, **failed_line(self._table.problem_of(rate.outcome), prefix)}


RATE_WRITER = web.AppKey("rate_writer", RateWriter)


def _conversion_fields(conversion: Conversion, *, include_route: bool) -> Mapping[str, object]:
    route = conversion.route
    fields: dict[str, object] = {
        "rate": plain(conversion.rate),
        "exchange": route.exchange,
        "updated_at": conversion.updated_at,
    }
    if include_route or route.uses_second_name:
        fields["route"] = [leg_fields(leg, conversion.rate_type) for leg in route.legs]
    return fields
