"""A long page is written once while its rows stay the same, and again when they do not."""

import pytest

from application.rates.list_tradable import Page, TradableCurrency
from domain.currency import Currency
from entrypoints.http.rates.kept_pages import KeptPages
from entrypoints.http.rates.tradable_requests import CurrenciesQuery
from entrypoints.http.server.caching import tag_of
from entrypoints.http.server.long_answers import FEW_ROWS

ASKED = CurrenciesQuery.model_validate({"limit": "1000"})


def listed(name: str | None = None, rows: int = FEW_ROWS + 1) -> tuple[TradableCurrency, ...]:
    return tuple(TradableCurrency(Currency(f"C{number}"), ("binance",), name) for number in range(rows))


class Writer:
    """Writes how often it has written."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> bytes:
        self.times += 1
        return b"%d" % self.times


async def test_the_same_rows_are_written_once() -> None:
    pages, write, rows = KeptPages[TradableCurrency](), Writer(), listed()
    found = [await pages.written(ASKED, Page(tuple(rows), has_more=True, unknown=()), write) for _ in range(3)]
    assert found == [(b"1", tag_of(b"1"))] * 3


@pytest.mark.parametrize("changed", ["rows", "names", "fewer", "has_more", "unknown"])
async def test_what_differs_is_written_again(changed: str) -> None:
    pages, write, rows = KeptPages[TradableCurrency](), Writer(), listed()
    await pages.written(ASKED, Page(rows, has_more=True, unknown=()), write)
    others = {"rows": listed(), "names": listed("Coin"), "fewer": rows[:-1]}
    page = Page(
        others.get(changed, rows),
        has_more=changed != "has_more",
        unknown=("kucoin",) if changed == "unknown" else (),
    )
    assert (await pages.written(ASKED, page, write)).body == b"2"


async def test_another_request_has_a_page_of_its_own_and_few_are_kept() -> None:
    pages, write = KeptPages[TradableCurrency](most=2), Writer()
    page = Page(listed(), has_more=False, unknown=())
    asked = [CurrenciesQuery.model_validate({"limit": f"{limit}"}) for limit in (998, 999, 1000)]
    for each in asked:
        await pages.written(each, page, write)
    assert (await pages.written(asked[2], page, write)).body == b"3"
    assert (await pages.written(asked[0], page, write)).body == b"4"


async def test_a_short_page_takes_no_place() -> None:
    pages, write = KeptPages[TradableCurrency](), Writer()
    page = Page(listed(rows=FEW_ROWS), has_more=False, unknown=())
    assert [(await pages.written(ASKED, page, write)).body for _ in range(2)] == [b"1", b"2"]
