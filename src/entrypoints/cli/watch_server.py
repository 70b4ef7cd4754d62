"""`crossrate watch --server`: rates that a running service streams. Slow to import."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing, suppress
from functools import partial

from crossrate_client import AsyncClient, RateUpdate
from crossrate_client.updates import PairProblem
from domain.pair import Pair
from domain.rates.book import RateType
from entrypoints.cli.remote import as_json, asking
from entrypoints.cli.watched_rates import Show, Told, Watch

REDRAW_SECONDS = 1.0


def watch_server(
    server: str,
    pairs: Sequence[Pair],
    rate_type: RateType,
    seconds: float | None,
    shown: Callable[[Watch], Coroutine[object, object, None]],
) -> None:
    """Show what the service at that address streams."""
    with asking(server) as client:
        asyncio.run(shown(partial(_watch, client, pairs, rate_type, seconds)))


async def _watch(
    client: AsyncClient, pairs: Sequence[Pair], rate_type: RateType, seconds: float | None, show: Show
) -> None:
    stream = client.stream(list(map(str, pairs)), rate_type=rate_type.value)
    redrawing = asyncio.create_task(_redraw(show))
    try:
        with suppress(TimeoutError):
            async with client, asyncio.timeout(seconds), aclosing(stream) as updates:
                async for update in updates:
                    show([_told(update)], time.time())
    finally:
        redrawing.cancel()


async def _redraw(show: Show) -> None:
    while True:
        await asyncio.sleep(REDRAW_SECONDS)
        show([], time.time())


def _told(update: RateUpdate | PairProblem) -> Told:
    if isinstance(update, PairProblem):
        body = {"pair": update.pair, "problem": update.problem.body}
        return Told(update.pair, partial(_compact, body), problem=str(update.problem))
    told_at = int(update.updated_at.timestamp())
    return Told(update.pair, partial(_compact, as_json(update)), update.rate, update.exchange, told_at)


def _compact(body: object) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
