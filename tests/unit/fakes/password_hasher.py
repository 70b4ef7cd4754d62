"""A hasher that is quick, and records what it verified."""

from application.identity.ports.password_hasher import PasswordHasher
from domain.identity.user import Password


class FakePasswordHasher(PasswordHasher):
    def __init__(self) -> None:
        self.verified: list[str | None] = []

    async def hash(self, password: Password) -> str:
        return f"hash of {password.text}"

    async def verify(self, password: Password, password_hash: str | None) -> bool:
        self.verified.append(password_hash)
        return password_hash == f"hash of {password.text}"
