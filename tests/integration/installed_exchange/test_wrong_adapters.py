"""The contract fails an adapter that is wrong in one way: each one here is Orca, but for that."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import aiohttp
import pytest

from adapters.rest.registered_exchange import ExchangeParts
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from tests.contracts.wire_server import WireServer
from tests.integration.installed_exchange import test_contract
from tests.integration.installed_exchange.distribution.orca.market_data import Orca
from tests.integration.installed_exchange.test_contract import OrcaVenue

Rows = dict[str, Any]
Check = Callable[[test_contract.TestOrca, OrcaVenue], Awaitable[None]]


class Lenient(Orca):
    """Leaves out every bad row, however many there are."""

    async def fetch_instruments(self) -> Instruments:
        observed_at = self._clock.now()
        rows = await self._rows("/0/public/AssetPairs")
        named = [(self._symbol(key, row), row["base"], row["quote"]) for key, row in rows.items() if "base" in row]
        return Instruments.of(self.name, named, observed_at)

    async def fetch_book_tickers(self) -> BookTickers:
        observed_at = self._clock.now()
        rows = await self._rows("/0/public/Ticker")
        return BookTickers.of(
            self.name, [(key, row["b"][0], row["a"][0]) for key, row in rows.items() if "a" in row], observed_at
        )

    def _symbol(self, key: str, row: Rows) -> str:  # noqa: ARG002 -- for AliasUser
        return key

    async def _rows(self, path: str) -> Rows:
        rows: Rows = json.loads((await self._get(path)).body)["result"]
        return {key: row for key, row in rows.items() if isinstance(row, dict)}


class AliasUser(Lenient):
    """Lists pairs by the exchange's second name, and keeps their books by the first."""

    def _symbol(self, key: str, row: Rows) -> str:  # noqa: ARG002 -- the fault
        return str(row["altname"])


class Hoarder(Lenient):
    """Adds what it sees to what it saw before."""

    def __init__(self, parts: ExchangeParts) -> None:
        super().__init__(parts)
        self._seen: dict[str, Rows] = {}

    async def _rows(self, path: str) -> Rows:
        self._seen[path] = self._seen.get(path, {}) | await super()._rows(path)
        return self._seen[path]


class Positional(Lenient):
    """Takes the rows of a keyed object for a list in the order of the pairs, and passes over their keys."""

    _keys: ClassVar[list[str]] = []

    async def _rows(self, path: str) -> Rows:
        rows = await super()._rows(path)
        if path == "/0/public/AssetPairs":
            type(self)._keys = list(rows)
        return dict(zip(self._keys, rows.values(), strict=False))


class FirstSlice(Lenient):
    """Reads as many rows of a keyed object as fit into its buffer."""

    async def _rows(self, path: str) -> Rows:
        return dict(list((await super()._rows(path)).items())[:1000])


class HeaderBlind(Lenient):
    """Goes by its own clock alone, whatever a cache in front of the exchange says."""


class Timeless(Orca):
    """Reads the headers, but not the exchange's own time in the document."""

    async def fetch_book_tickers(self) -> BookTickers:
        found = await super().fetch_book_tickers()
        return BookTickers(found.exchange, found.by_symbol, found.fetched_at)


class LateClock(Orca):
    """Takes the arrival of the answer for the time of its prices."""

    async def fetch_instruments(self) -> Instruments:
        found = await super().fetch_instruments()
        return Instruments(found.exchange, found.pairs, self._clock.now(), found.rules)


def half_of_the_rows_are_bad(contract: test_contract.TestOrca, venue: OrcaVenue) -> Awaitable[None]:
    return contract.test_a_document_of_which_half_the_rows_are_bad_is_a_failure(venue, 200, {})


def symbols_have_aliases(contract: test_contract.TestOrca, venue: OrcaVenue) -> Awaitable[None]:
    return contract.test_every_book_is_found_under_the_symbol_of_its_instrument(venue)


def the_listing_shrinks(contract: test_contract.TestOrca, venue: OrcaVenue) -> Awaitable[None]:
    return contract.test_what_the_exchange_no_longer_shows_is_gone(venue)


def the_answer_takes_long(contract: test_contract.TestOrca, venue: OrcaVenue) -> Awaitable[None]:
    return contract.test_both_are_marked_with_the_moment_before_the_request_was_sent(venue)


def books_come_in_another_order(contract: test_contract.TestOrca, venue: OrcaVenue) -> Awaitable[None]:
    return contract.test_documents_are_read_whole_each_row_under_its_own_symbol(venue, 200)


def documents_are_long(contract: test_contract.TestOrca, venue: OrcaVenue) -> Awaitable[None]:
    return contract.test_documents_are_read_whole_each_row_under_its_own_symbol(venue, 3000)


def a_cache_is_in_between(contract: test_contract.TestOrca, venue: OrcaVenue) -> Awaitable[None]:
    return contract.test_what_a_cache_kept_for_two_hours_is_two_hours_old(venue, {"Age": "7200"})


def the_document_is_old(contract: test_contract.TestOrca, venue: OrcaVenue) -> Awaitable[None]:
    return contract.test_prices_are_as_old_as_their_document_says(venue, 600)


WRONG: list[tuple[type[Orca], Check]] = [
    (Lenient, half_of_the_rows_are_bad),
    (AliasUser, symbols_have_aliases),
    (Hoarder, the_listing_shrinks),
    (Positional, books_come_in_another_order),
    (FirstSlice, documents_are_long),
    (HeaderBlind, a_cache_is_in_between),
    (Timeless, the_document_is_old),
    (LateClock, the_answer_takes_long),
]


@pytest.mark.parametrize(("adapter", "check"), WRONG, ids=[adapter.__name__ for adapter, _ in WRONG])
async def test_the_contract_fails_what_is_wrong_and_passes_orca_itself(adapter: type[Orca], check: Check) -> None:
    await checked(Orca, check)
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        await checked(adapter, check)


async def checked(adapter: type[Orca], check: Check) -> None:
    async with WireServer().running() as server, aiohttp.ClientSession() as session:
        venue = OrcaVenue(server, session)
        settings = {"fee_tier": "1", "api_key": None}
        venue.exchange = adapter(
            ExchangeParts(url=server.url, settings=settings, session=session, clock=venue.clock, meter=venue.meter)
        )
        await check(test_contract.TestOrca(), venue)
