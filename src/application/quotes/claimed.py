"""A claim for as long as something lasts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from application.ports.claims import Claims
from domain.errors import CacheUnavailable


@asynccontextmanager
async def claimed(claims: Claims, name: str, seconds: float) -> AsyncIterator[bool]:
    """Hold the name meanwhile, and tell whether it was free.

    Where claims cannot be made it is called free: then work is done twice, which costs a call and never a wrong row.
    """
    try:
        is_ours = await claims.claim(name, seconds)
    except CacheUnavailable:
        yield True
        return
    try:
        yield is_ours
    finally:
        if is_ours:
            with suppress(CacheUnavailable):
                await claims.release(name)
