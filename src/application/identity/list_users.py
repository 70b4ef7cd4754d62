"""List users, for an administrator."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass

from application.identity.ports.repositories import IdentityRepositories
from application.identity.ports.users import UserPosition
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.attempt import Attempt
from domain.identity.lockout import BACKOFFS, DAY, Lockout, LockScope
from domain.identity.user import User

MAX_PAGE_USERS = 1000


@dataclass(frozen=True, slots=True)
class ListedUser:
    """A user, and what locks their account now: everywhere but at known addresses, or at single addresses."""

    user: User
    lockouts: tuple[Lockout, ...] = ()


@dataclass(frozen=True, slots=True)
class UsersPage:
    """Users, oldest first; `next` is where the next page begins, None on the last one."""

    users: Sequence[ListedUser]
    next: UserPosition | None


class ListUsers:
    """Lists users, oldest first: all of them, or a page."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self) -> list[ListedUser]:
        """Return all users. Raises `DatabaseUnavailable`."""
        now = self._clock.now()
        async with self._database.reading() as unit:
            return await _with_lockouts(unit, await unit.users.list_all(), now)

    async def page(self, after: UserPosition | None, limit: int) -> UsersPage:
        """Return up to `limit` users newer than `after`. Raises `DatabaseUnavailable`."""
        now = self._clock.now()
        async with self._database.reading() as unit:
            found = await unit.users.list_page(after, limit + 1)
            users = await _with_lockouts(unit, found[:limit], now)
        return UsersPage(users, UserPosition.of(users[-1].user) if len(found) > limit else None)

    async def each(self) -> AsyncIterator[ListedUser]:
        """Yield every user, with one page in memory. Raises `DatabaseUnavailable`."""
        after: UserPosition | None = None
        while True:
            page = await self.page(after, MAX_PAGE_USERS)
            for listed in page.users:
                yield listed
            if page.next is None:
                return
            after = page.next


async def _with_lockouts(unit: IdentityRepositories, users: Sequence[User], now: float) -> list[ListedUser]:
    of_account: dict[str, list[Attempt]] = defaultdict(list)
    for failure in await unit.login_failures.list_of_users(now - DAY):
        of_account[failure.account].append(failure)
    return [ListedUser(user, tuple(_lockouts(of_account[user.name.key], now))) for user in users]


def _lockouts(newest_first: Iterable[Attempt], now: float) -> Iterator[Lockout]:
    times: dict[str | None, list[float]] = defaultdict(list)
    for failure in newest_first:
        times[None].append(failure.at)
        times[failure.address].append(failure.at)
    for address, each in times.items():
        scope = LockScope.ACCOUNT if address is None else LockScope.ACCOUNT_AT_ADDRESS
        ends_at = BACKOFFS[scope].ends_at(each)
        if ends_at > now:
            yield Lockout(scope, ends_at, address)
