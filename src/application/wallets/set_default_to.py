"""Set the currency in which a user's wallets are valued unless a request names another."""

from dataclasses import replace

from application.wallets.ports.repositories import WalletsRepositories
from domain.currency import Currency
from domain.identity.user import User


async def set_default_to(unit: WalletsRepositories, user: User, code: Currency | None) -> User:
    """Store it, None for the service's own default; return the user as they are now."""
    await unit.users.set_default_to(user.id, code)
    return replace(user, default_to=code)
