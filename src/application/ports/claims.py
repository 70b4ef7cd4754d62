"""Who of many does what only one shall do."""

from typing import Protocol


class Claims(Protocol):
    """Names that one holder at a time has, among all who share them. Calls may raise `CacheUnavailable`."""

    async def claim(self, name: str, seconds: float) -> bool:
        """Take the name for so long at most; False when it is taken, by whomever."""
        ...

    async def release(self, name: str) -> None:
        """Give up the name, if it is still held from here."""
        ...
