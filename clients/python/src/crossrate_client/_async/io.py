"""What waits, for asyncio. `_sync/io.py` has the same names for threads; all else there is made from this folder."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from crossrate_client.errors import DeadlineExceeded

Http = httpx.AsyncClient
Transport = httpx.AsyncBaseTransport
Lock = asyncio.Lock
sleep = asyncio.sleep


@asynccontextmanager
async def ended_after(seconds: float) -> AsyncIterator[None]:
    """End what is done inside after so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise DeadlineExceeded(f"There was no answer within {seconds:g} s.") from error
