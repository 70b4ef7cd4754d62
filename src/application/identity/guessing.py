"""Limits on guessing passwords. They lock out the guesser, not the owner of the account."""

from uuid import UUID

from application.identity.ports.repositories import IdentityRepositories
from domain.errors import TooManyRequests
from domain.identity.user import Username

# The most wrong passwords within the window: for one account from one address, from one address, and for one account.
# The last two do not apply at addresses from which the user has signed in lately.
MAX_FAILURES = 5
MAX_ADDRESS_FAILURES = 20
MAX_ACCOUNT_FAILURES = 50
WINDOW_SECONDS = 15 * 60.0

KNOWN_SECONDS = 30 * 24 * 3600.0
MAX_KNOWN_ADDRESSES = 20


async def reject_guesses(
    unit: IdentityRepositories, username: Username, address: str, now: float, *, is_known: bool
) -> None:
    """Raise `TooManyRequests` if this account may not be tried from this address.

    `is_known` says that the user has signed in from this address lately.
    """
    failures, since = unit.login_failures, now - WINDOW_SECONDS
    here = await failures.list_by_account_and_address(username.key, address, since, MAX_FAILURES)
    _reject(here, MAX_FAILURES, now)
    if not is_known:
        _reject(await failures.list_by_address(address, since, MAX_ADDRESS_FAILURES), MAX_ADDRESS_FAILURES, now)
        _reject(await failures.list_by_account(username.key, since, MAX_ACCOUNT_FAILURES), MAX_ACCOUNT_FAILURES, now)


async def reject_guesses_in_session(
    unit: IdentityRepositories, username: Username, session_id: UUID, now: float
) -> None:
    """Raise `TooManyRequests` if this session has tried too many passwords. Attempts by others do not count."""
    tried = await unit.login_failures.list_by_session(username.key, session_id, now - WINDOW_SECONDS, MAX_FAILURES)
    _reject(tried, MAX_FAILURES, now)


async def add_failure(
    unit: IdentityRepositories, username: Username, address: str, now: float, session_id: UUID | None = None
) -> None:
    """Store a wrong password, and delete those that no longer count."""
    await unit.login_failures.delete_older_than(now - WINDOW_SECONDS)
    await unit.login_failures.add(username.key, address, now, session_id)


def _reject(newest_first: list[float], most: int, now: float) -> None:
    if len(newest_first) == most:
        wait = newest_first[-1] + WINDOW_SECONDS - now
        raise TooManyRequests("too many wrong passwords; try again later", max(wait, 1.0))
