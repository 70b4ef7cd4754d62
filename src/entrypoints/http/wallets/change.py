"""What every endpoint that changes wallets has in common."""

from collections.abc import Awaitable, Callable, Hashable
from functools import partial
from typing import TypeVar

from aiohttp import web

from application.ports.rate_limiter import Group
from application.wallets.ports.repositories import WalletsRepositories
from domain.identity.api_key import Scope
from domain.identity.user import User
from entrypoints.http.server.access.guard import WithScope
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.idempotency import KEY_HEADER, answered_once

READ = WithScope(Scope.WALLETS_READ, Group.WALLETS)
WRITE = WithScope(Scope.WALLETS_WRITE, Group.WALLETS)

wallets_endpoint = partial(Endpoint, tag="Wallets")

T = TypeVar("T")


async def changed_once(
    request: web.Request,
    change: Callable[[WalletsRepositories, User, float], Awaitable[T]],
    respond: Callable[[T], web.Response],
    *,
    locks: Hashable | None = None,
) -> web.Response:
    """Make a change for the caller, and answer with `respond`; a repeat changes nothing. `ChangeWallets` on `locks`."""
    write = partial(request.app[CONTAINER].wallets().change_wallets(), request[CALLER].user, change, locks=locks)
    return await answered_once(request, write, respond)


def require_key(request: web.Request) -> None:
    """Raise the 422 of an endpoint that requires an `Idempotency-Key`, if there is none."""
    if KEY_HEADER not in request.headers:
        raise invalid_input([FieldError(KEY_HEADER, "is missing")])
