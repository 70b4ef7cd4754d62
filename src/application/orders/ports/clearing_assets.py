"""The port to the repository of what may be bought, and of what is halted."""

from collections.abc import Mapping
from typing import Protocol

from domain.currency import Currency
from domain.orders.clearing_asset import ClearingAsset, Halt


class ClearingAssets(Protocol):
    """What may be bought on which terms, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def list(self) -> list[ClearingAsset]:
        """Return all, by code."""
        ...

    async def find(self, code: Currency, *, for_change: bool = False) -> ClearingAsset | None:
        """Return the terms of an asset; `for_change` waits for orders that are being accepted, and holds up others."""
        ...

    async def save(self, asset: ClearingAsset) -> None:
        """Store the terms, or replace those that the asset had, but not `resumed_at`."""
        ...

    async def note_resumed(self, code: Currency, at: float) -> None:
        """Store when clearing of the asset was resumed."""
        ...


class ClearingHalts(Protocol):
    """What is halted, in one unit of work: single assets, or with the key None all of them."""

    async def all(self) -> Mapping[Currency | None, Halt]:
        """Return what is halted."""
        ...

    async def add(self, halt: Halt) -> bool:
        """Halt an asset, or all. Return False, and change nothing, if it is halted already."""
        ...

    async def remove(self, asset: Currency | None) -> bool:
        """Return whether there was such a halt, and end it."""
        ...
