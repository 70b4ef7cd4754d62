"""List the entries of a user's wallets, deleted ones included."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from uuid import UUID

from application.concurrency.cooperative import yield_to_event_loop
from application.ledger.ports.journal import EntryPosition
from application.ports.database import Database
from application.wallets.find_wallets import accounts_of, in_chunks
from application.wallets.ports.repositories import WalletsRepositories
from domain.errors import NoSuchObject
from domain.identity.user import User
from domain.ledger.asset import Asset
from domain.ledger.posting import Entry
from domain.wallets.wallet import Wallet, WalletCurrency, WalletName

MAX_PAGE_ENTRIES = 1000

# Read at once, with the event loop free afterwards: a millisecond or two.
ENTRIES_PER_READ = 100


@dataclass(frozen=True, slots=True)
class WalletEntry:
    """An entry of a wallet."""

    wallet: Wallet
    currency: WalletCurrency
    asset: Asset
    entry: Entry


@dataclass(frozen=True, slots=True)
class EntriesPage:
    """Entries, newest first; `next` is where the next page begins, None on the last one."""

    entries: Sequence[WalletEntry]
    next: EntryPosition | None


@dataclass(frozen=True, slots=True)
class _Sources:
    """The currencies whose entries are listed, by id, with their wallets and assets."""

    currencies: Mapping[UUID, WalletCurrency]
    wallets: Mapping[UUID, Wallet]
    assets: Mapping[UUID, Asset]

    def labelled(self, entry: Entry) -> WalletEntry:
        currency = self.currencies[entry.posting.account_id]
        return WalletEntry(self.wallets[currency.wallet_id], currency, self.assets[currency.id], entry)


class ListEntries:
    """Lists the entries of all wallets, or of the one with a name, which may be deleted."""

    def __init__(self, database: Database[WalletsRepositories]) -> None:
        self._database = database

    async def __call__(
        self, user: User, name: WalletName | None, before: EntryPosition | None, limit: int
    ) -> EntriesPage:
        """Return up to `limit` entries older than `before`, newest first. Raises `NoSuchObject`."""
        async with self._database.reading() as unit:
            sources = await _sources(unit, user, name)
            found = await _newest(unit, list(sources.currencies), before, limit + 1)
        entries = [sources.labelled(entry) for entry in found[:limit]]
        return EntriesPage(entries, EntryPosition.of(entries[-1].entry) if len(found) > limit else None)

    async def each(self, user: User, name: WalletName | None) -> AsyncIterator[WalletEntry]:
        """Yield every entry, newest first, without loading all into memory. Raises `NoSuchObject`."""
        async with self._database.reading() as unit:
            sources = await _sources(unit, user, name)
        ids, before = list(sources.currencies), None
        while True:
            async with self._database.reading() as unit:
                found = await _newest(unit, ids, before, MAX_PAGE_ENTRIES)
            for entry in found:
                yield sources.labelled(entry)
            if len(found) < MAX_PAGE_ENTRIES:
                return
            before = EntryPosition.of(found[-1])

    async def version(self, user: User, name: WalletName | None) -> str:
        """Return a text that changes with every entry and every name. Raises `NoSuchObject`."""
        async with self._database.reading() as unit:
            sources = await _sources(unit, user, name)
            accounts = await accounts_of(unit, list(sources.currencies))
        names = sorted(f"{wallet.id} {wallet.name}" for wallet in sources.wallets.values())
        return f"{user.id} {sum(account.version for account in accounts.values())} {names}"


async def _sources(unit: WalletsRepositories, user: User, name: WalletName | None) -> _Sources:
    if name is None:
        wallets = await unit.wallets.list_by_user(user.id, even_deleted=True)
    else:
        wallets = (await unit.wallets.list_by_name(user.id, name))[:1]
        if not wallets:
            raise NoSuchObject("there is no such wallet")
    currencies = await unit.wallets.list_currencies([wallet.id for wallet in wallets])
    accounts = await accounts_of(unit, [currency.id for currency in currencies])
    return _Sources(
        {currency.id: currency for currency in currencies},
        {wallet.id: wallet for wallet in wallets},
        {id_: account.asset for id_, account in accounts.items()},
    )


async def _newest(
    unit: WalletsRepositories, ids: Sequence[UUID], before: EntryPosition | None, limit: int
) -> list[Entry]:
    found: list[Entry] = []
    while len(found) < limit:
        size = min(ENTRIES_PER_READ, limit - len(found))
        some = await _newest_at_once(unit, ids, before, size)
        found += some
        if len(some) < size:
            break
        before = EntryPosition.of(some[-1])
        await yield_to_event_loop()
    return found


async def _newest_at_once(
    unit: WalletsRepositories, ids: Sequence[UUID], before: EntryPosition | None, limit: int
) -> list[Entry]:
    pages = [await unit.journal.list_entries(chunk, before, limit) for chunk in in_chunks(ids)]
    return list(islice(merge(*pages, key=EntryPosition.of, reverse=True), limit))
