"""Read what the ledger sums to."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from application.ledger.ports.repositories import LedgerRepositories
from application.ports.database import Database
from domain.ledger.totals import AssetTotals

MAX_PAGE_ASSETS = 1000


@dataclass(frozen=True, slots=True)
class TotalsPage:
    """Assets, by code; `next` is the last code of this page where there is another page, else None."""

    assets: Sequence[AssetTotals]
    next: str | None


class ReadTotals:
    """Reads the totals of assets, each page at one moment."""

    def __init__(self, database: Database[LedgerRepositories]) -> None:
        self._database = database

    async def __call__(self, after: str | None, limit: int) -> TotalsPage:
        """Return up to `limit` assets whose codes come after this one. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as unit:
            found = await unit.ledger_accounts.list_totals(after, limit + 1)
        assets = found[:limit]
        return TotalsPage(assets, assets[-1].asset.code if len(found) > limit else None)

    async def each(self) -> AsyncIterator[AssetTotals]:
        """Yield every asset, with one page in memory. Raises `DatabaseUnavailable`."""
        after: str | None = None
        while True:
            page = await self(after, MAX_PAGE_ASSETS)
            for totals in page.assets:
                yield totals
            if page.next is None:
                return
            after = page.next
