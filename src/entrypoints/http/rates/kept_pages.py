"""Long pages of what can be converted, kept as they were written: they stay the same until something is listed anew."""

from collections.abc import Awaitable, Callable
from operator import is_
from typing import Generic, NamedTuple, TypeVar

from cachetools import LRUCache
from pydantic import BaseModel

from application.rates.list_tradable import Page
from entrypoints.http.server.caching import tag_of
from entrypoints.http.server.long_answers import FEW_ROWS

# Of about a hundred kB each.
MOST_PAGES = 16

Row = TypeVar("Row")


class WrittenPage(NamedTuple):
    """A page's JSON, and its tag."""

    body: bytes
    tag: str


class KeptPages(Generic[Row]):
    """The last pages, by what was asked. A page is the same as long as its rows are the same objects."""

    def __init__(self, most: int = MOST_PAGES) -> None:
        self._kept: LRUCache[BaseModel, tuple[Page[Row], WrittenPage]] = LRUCache(most)

    async def written(self, asked: BaseModel, page: Page[Row], write: Callable[[], Awaitable[bytes]]) -> WrittenPage:
        """Return the page as it is kept, or as `write` writes it now."""
        kept = self._kept.get(asked)
        if kept is not None and _are_same(kept[0], page):
            return kept[1]
        body = await write()
        found = WrittenPage(body, tag_of(body))
        if len(page.rows) > FEW_ROWS:
            self._kept[asked] = page, found
        return found


def _are_same(one: Page[Row], other: Page[Row]) -> bool:
    return (
        (one.has_more, one.unknown, len(one.rows)) == (other.has_more, other.unknown, len(other.rows))
        and all(map(is_, one.rows, other.rows))
    )  # fmt: skip
