import random
import time
from collections.abc import Callable
from itertools import product

import pytest

from application.rates import search_index
from application.rates.search import Search
from application.rates.search_index import SearchIndex

TETHER = "\nbtcusdt\nbtc\nusdt bitcoin tether"
HAYSTACKS = ["\nbtc bitcoin", "\neth ether", TETHER, "\nusdt tether", "\nbchsv bitcoin sv"]


def found_one_by_one(search: str, haystacks: list[str]) -> list[int]:
    wanted = Search.of(search)
    ranks = [(wanted.rank(each), row) for row, each in enumerate(haystacks)]
    return [row for rank, row in sorted((rank, row) for rank, row in ranks if rank is not None)]


@pytest.mark.parametrize("search", ["btc", "bit", "t", "usdt", "her", "zz", " ", "\0", "bitcoin sv", "c bit"])
def test_it_finds_what_a_look_at_each_row_finds_and_in_the_same_order(search: str) -> None:
    assert list(SearchIndex(HAYSTACKS).find(search)) == found_one_by_one(search, HAYSTACKS)


@pytest.mark.parametrize("few", [1, 20, 1000])
def test_a_search_goes_on_behind_any_row_that_it_found(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_index, "FEW", few)
    chance = random.Random(3)  # noqa: S311 -- no secret
    words = ["".join(letters) for letters in product("abc", repeat=3)]
    haystacks = [f"\n{chance.choice(words)}\n{chance.choice(words)} {chance.choice(words)}" for _ in range(200)]
    index = SearchIndex(haystacks)
    for search in ("a", "ab", "abc", "c", "cc"):
        found = list(index.find(search))
        assert found == found_one_by_one(search, haystacks)
        for at, row in enumerate(found):
            rank = index.rank(search, row)
            assert rank is not None
            assert list(index.find(search, (rank, row + 1))) == found[at + 1 :]


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert list(SearchIndex([]).find("a")) == []


def test_a_search_for_what_is_nowhere_costs_a_fraction_of_a_look_at_each_row() -> None:
    haystacks = [f"\nc{number}usdt\nc{number}\nusdt coin number {number} tether" for number in range(4000)]
    index = SearchIndex(haystacks)

    def seconds(work: Callable[[], object]) -> float:
        began = time.process_time()
        for _ in range(5):
            assert work() == []
        return time.process_time() - began

    ratios = [
        seconds(lambda: list(index.find("zq"))) / seconds(lambda: found_one_by_one("zq", haystacks)) for _ in range(5)
    ]
    assert min(ratios) < 0.5, ratios
