"""List all users, from the command line."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from application.identity.ports.repositories import IdentityRepositories
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.attempt import Attempt
from domain.identity.lockout import BACKOFFS, DAY, Lockout, LockScope
from domain.identity.user import User


@dataclass(frozen=True, slots=True)
class ListedUser:
    """A user, and what locks their account now: everywhere but at known addresses, or at single addresses."""

    user: User
    lockouts: tuple[Lockout, ...] = ()


class ListUsers:
    """The use case of `crossrate users list`."""

    def __init__(self, *, database: Database[IdentityRepositories], clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def __call__(self) -> list[ListedUser]:
        """Return all users, oldest first. Raises `DatabaseUnavailable`."""
        now = self._clock.now()
        async with self._database.reading() as unit:
            users = await unit.users.list_all()
            failures = await unit.login_failures.list_of_users(now - DAY)
        of_account: dict[str, list[Attempt]] = defaultdict(list)
        for failure in failures:
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
