"""Long answers are made in turns, a slice at a time, so that many of them delay other requests as little as one."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from aiohttp import web

from application.concurrency.cooperative import yield_to_event_loop

# Half a millisecond, whatever is made of a row.
ROWS_PER_SLICE = 50

# Held while an answer is made of what is in memory, and never while anything is waited for: many answers need it.
EXPORTING = web.AppKey("exporting", asyncio.Lock)

# Held while many rows are read from the database, which may be slow, and not while they are sent.
READING_ROWS = web.AppKey("reading_rows", asyncio.Lock)

Row = TypeVar("Row")
Made = TypeVar("Made")


async def made_in_turns(
    app: web.Application, rows: Sequence[Row], make: Callable[[Row], Made], at_once: int = ROWS_PER_SLICE
) -> list[Made]:
    """Make something of each row: of few at once, of more in slices, once no other long answer is made."""
    if len(rows) <= at_once:
        return list(map(make, rows))
    made: list[Made] = []
    async with app[EXPORTING]:
        for start in range(0, len(rows), ROWS_PER_SLICE):
            made += map(make, rows[start : start + ROWS_PER_SLICE])
            await yield_to_event_loop()
    return made
