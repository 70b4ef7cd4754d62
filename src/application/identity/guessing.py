"""Limits on guessing passwords. They lock out the guesser, not the owner of the account."""

import structlog

from application.identity.ports.identity_meter import IdentityMeter
from application.identity.ports.login_failures import Matching
from application.identity.ports.repositories import IdentityRepositories
from domain.errors import TooManyRequests
from domain.identity.attempt import Attempt
from domain.identity.lockout import BACKOFFS, DAY, Lockout, LockScope

KNOWN_SECONDS = 30 * DAY
MAX_KNOWN_ADDRESSES = 20

# Failures that a later success from the same address forgives are at least this old: younger ones may be a neighbour's.
FORGIVEN_AFTER_SECONDS = 15 * 60.0

# Beyond it the oldest are deleted. A flood shortens the memory to what the flood itself lasts.
MAX_FAILURES_KEPT = 100_000

_AT_KNOWN_ADDRESS = (LockScope.ACCOUNT_AT_ADDRESS,)
_ELSEWHERE = (LockScope.ACCOUNT_AT_ADDRESS, LockScope.ADDRESS, LockScope.NETWORK, LockScope.ACCOUNT)
_IN_SESSION = (LockScope.SESSION,)
_ALL = (*_ELSEWHERE, LockScope.SESSION)

log = structlog.get_logger()


async def reject_guesses(unit: IdentityRepositories, attempt: Attempt, *, is_known: bool) -> None:
    """Raise `TooManyRequests` if this account may not be tried from this address.

    `is_known` says that the user has signed in from this address lately. In a session, only its own failures count.
    """
    scopes = _AT_KNOWN_ADDRESS if is_known else _ELSEWHERE
    for scope in _IN_SESSION if attempt.session_id is not None else scopes:
        wait = BACKOFFS[scope].ends_at(await _times(unit, scope, attempt)) - attempt.at
        if wait > 0:
            raise TooManyRequests("too many wrong passwords; try again later", max(wait, 1.0))


async def add_failure(unit: IdentityRepositories, attempt: Attempt) -> list[Lockout]:
    """Store a wrong password, delete those that no longer count, and return the lockouts that this one begins."""
    await unit.login_failures.prune(attempt.at - DAY, MAX_FAILURES_KEPT)
    await unit.login_failures.add(attempt)
    begun = []
    for scope in _ALL:
        times, backoff = await _times(unit, scope, attempt), BACKOFFS[scope]
        if backoff.ends_at(times) > attempt.at >= backoff.ends_at(times[1:]):
            begun.append(Lockout(scope, backoff.ends_at(times)))
    return begun


async def forgive(unit: IdentityRepositories, attempt: Attempt) -> None:
    """Forget the earlier failures of an account from an address, where the right password has just been given."""
    matching = Matching(account=attempt.account, address=attempt.address)
    await unit.login_failures.delete(matching, attempt.at - FORGIVEN_AFTER_SECONDS)


def report_lockouts(begun: list[Lockout], attempt: Attempt, meter: IdentityMeter) -> None:
    """Count and log lockouts, for operators."""
    for each in begun:
        meter.lockout_began(each.scope)
        # Only what is locked: of an address that guesses at many accounts, no single account says anything.
        account = {} if each.scope in {LockScope.ADDRESS, LockScope.NETWORK} else {"account": attempt.account}
        address = attempt.network if each.scope is LockScope.NETWORK else attempt.address
        log.warning(
            "lockout_began", scope=each.scope, address=address, seconds=round(each.ends_at - attempt.at), **account
        )


async def _times(unit: IdentityRepositories, scope: LockScope, attempt: Attempt) -> list[float]:
    matching = _matching(scope, attempt)
    if matching is None:
        return []
    return await unit.login_failures.list_times(matching, attempt.at - DAY, BACKOFFS[scope].most)


def _matching(scope: LockScope, attempt: Attempt) -> Matching | None:
    """Return what counts in this scope; None if the attempt has nothing to do with it."""
    match scope:
        case LockScope.ACCOUNT_AT_ADDRESS:
            return Matching(account=attempt.account, address=attempt.address)
        case LockScope.ACCOUNT:
            return Matching(account=attempt.account)
        case LockScope.ADDRESS:
            return Matching(address=attempt.address)
        case LockScope.NETWORK:
            return None if attempt.network is None else Matching(network=attempt.network)
        case LockScope.SESSION:
            return None if attempt.session_id is None else Matching(attempt.account, session_id=attempt.session_id)
