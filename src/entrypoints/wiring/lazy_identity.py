"""Accounts, put together when someone first needs them: their libraries need not be waited for by conversions."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from application.ports.clock import Clock
from application.ports.database import Database
from entrypoints.settings.settings import Settings

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from entrypoints.wiring.identity import IdentityContainer


class Accounts:
    """Gives the container of everything about accounts."""

    def __init__(
        self, *, settings: Settings, secret: bytes, database: Database, clock: Clock, redis: "Redis | None"
    ) -> None:
        self._settings = settings
        self._secret = secret
        self._database = database
        self._clock = clock
        self._redis = redis
        self._container: IdentityContainer | None = None

    async def __call__(self) -> "IdentityContainer":
        """Return the container, the same one for all."""
        if self._container is None:
            make = await asyncio.to_thread(_importing)
            if self._container is None:  # another may have come first
                self._container = make(
                    settings=self._settings,
                    secret=self._secret,
                    database=self._database,
                    clock=self._clock,
                    redis=self._redis,
                )
        return self._container

    def close(self) -> None:
        """End the threads that hash passwords, if there are any."""
        if self._container is not None:
            self._container.hasher().close()


def _importing() -> "Callable[..., IdentityContainer]":
    from entrypoints.wiring.identity import IdentityContainer  # noqa: PLC0415 -- not before it is needed

    return IdentityContainer
