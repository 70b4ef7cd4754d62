"""Long answers are made in turns, a slice at a time, so that many of them delay other requests as little as one."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

import orjson
from aiohttp import web

from application.concurrency.cooperative import begin_slice, slice_is_over, yield_to_event_loop

# Longer answers wait for their turn.
FEW_ROWS = 50

# Reading what a longer target asks takes as long as several conversions, so the request waits for a turn before that.
LONG_TARGET = 256

# Held by the one of them that waits: more would stand before the work of refreshes, which waits for its turns likewise.
READING_TARGETS = web.AppKey("reading_targets", asyncio.Lock)

# Held while an answer is made of what is in memory, and never while anything is waited for: many answers need it.
EXPORTING = web.AppKey("exporting", asyncio.Lock)

# Held while many rows are read from the database, which may be slow, and not while they are sent.
READING_ROWS = web.AppKey("reading_rows", asyncio.Lock)

Row = TypeVar("Row")
Made = TypeVar("Made")


async def wait_for_turn_to_read(app: web.Application, target: str) -> None:
    """Wait before what a target asks is read, if it is long."""
    if len(target) > LONG_TARGET:
        async with app[READING_TARGETS]:
            await yield_to_event_loop()


async def made_in_turns(
    app: web.Application, rows: Sequence[Row], make: Callable[[Row], Made], at_once: int = FEW_ROWS
) -> list[Made]:
    """Make something of each row: of few at once, of more in slices, once no other long answer is made."""
    if len(rows) <= at_once:
        return list(map(make, rows))
    async with app[EXPORTING]:
        made = await made_in_slices(rows, make)
        await yield_to_event_loop()  # what becomes of them has a slice of its own
        return made


async def written_in_turns(
    app: web.Application, rows: Sequence[Row], fields: Callable[[Row], object]
) -> list[orjson.Fragment]:
    """Write the fields of each row as JSON likewise, so that writing the whole takes no long time at its end."""
    return await made_in_turns(app, rows, lambda row: orjson.Fragment(orjson.dumps(fields(row))))


async def made_in_slices(rows: Sequence[Row], make: Callable[[Row], Made]) -> list[Made]:
    """Make something of each row, in slices."""
    made: list[Made] = []
    begin_slice()
    for row in rows:
        if slice_is_over():
            await yield_to_event_loop()
        made.append(make(row))
    return made
