"""The port to the repository of clearing batches."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from domain.currency import Currency
from domain.orders.attempt import Attempt
from domain.orders.batch import Batch
from domain.orders.venue_order import Fill


class Batches(Protocol):
    """The batches with their attempts and fills, in one unit of work. Every call may raise `DatabaseUnavailable`.

    A worker claims a batch before it does anything for it. Each claim has a token of its own, and whatever a worker
    stores names it: what a worker stores after another one has claimed the batch raises `ClaimLost`.
    """

    async def add(self, batch: Batch) -> bool:
        """Store a new batch. Return False, and store nothing, if the asset has one that is not done."""
        ...

    async def find(self, batch_id: UUID) -> Batch | None:
        """Return the batch."""
        ...

    async def list_unfinished(self) -> list[Batch]:
        """Return the batches that are not done, oldest first."""
        ...

    async def list_newest(self, before: UUID | None, limit: int) -> list[Batch]:
        """Return up to `limit` batches, newest first: those formed before the batch `before`."""
        ...

    async def list_some(self, batch_ids: Collection[UUID]) -> list[Batch]:
        """Return these batches."""
        ...

    async def find_last_done(self, asset: Currency) -> Batch | None:
        """Return the batch of an asset that was done last."""
        ...

    async def traded_since(self, asset: Currency, since: float) -> tuple[int, int]:
        """Add up the batches whose purchase was put into the books after a Unix time.

        Return what was paid, and what that cost in the market when the orders were accepted (`Batch.fair_cost`).
        """
        ...

    async def claim(self, batch_id: UUID, worker: str, now: float, until: float) -> Batch | None:
        """Claim the batch until a Unix time, and return it with the token of the claim.

        None while another worker's claim lasts, or if it is done. A claim from further in the future than a minute is
        void, as for leases. Of any number of concurrent calls, exactly one succeeds.
        """
        ...

    async def save(self, batch: Batch, *, release: bool = True) -> None:
        """Store the batch if `token` is that of the last claim; `release` ends the claim. Raises `ClaimLost`.

        Other units that save the batch wait until this one ends.
        """
        ...

    async def add_attempt(self, attempt: Attempt) -> None:
        """Store a new attempt."""
        ...

    async def save_attempt(self, attempt: Attempt) -> None:
        """Store the outcome of an attempt, its reason, and the venue's own id."""
        ...

    async def last_attempt(self, batch_id: UUID) -> Attempt | None:
        """Return the batch's last attempt."""
        ...

    async def list_attempts(self, batch_id: UUID) -> list[Attempt]:
        """Return the batch's attempts in their order."""
        ...

    async def list_attempts_of(self, batch_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Attempt]]:
        """Return the attempts of each of these batches, in their order; a batch without any is left out."""
        ...

    async def has_pending(self, venue: str) -> bool:
        """Tell whether any attempt at the venue may have been sent, and nobody knows what became of it."""
        ...

    async def add_fills(self, attempt: Attempt, fills: Sequence[Fill]) -> None:
        """Store the fills of an attempt. Raises `FillBelongsToAnotherBatch` if a trade was stored for another one."""
        ...

    async def list_fills_of(self, batch_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Fill]]:
        """Return the fills of each of these batches; a batch without any is left out."""
        ...

    async def list_traded(self, finished_since: float, after: UUID | None, limit: int) -> list[Batch]:
        """Return up to `limit` batches whose purchase is in the books, oldest first: those formed after `after`.

        They are being settled, or were finished after a Unix time.
        """
        ...
