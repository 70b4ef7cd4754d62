import msgspec
import pytest

from domain.rates.book import TopOfBook
from domain.rates.errors import InvalidBook
from entrypoints.simulator.faults.bad_rows import SPARED_ROWS, broken
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.reply import Row
from entrypoints.simulator.venues.generated_binance import GeneratedBinance
from entrypoints.simulator.venues.generated_kucoin import GeneratedKuCoin
from entrypoints.simulator.venues.payloads import ALL_TICKERS, BOOK_TICKER, EXCHANGE_INFO, SYMBOLS

MARKET = SimulatedMarket(binance_pairs=60, kucoin_pairs=60)
BOOKS = [
    pytest.param(GeneratedBinance(MARKET).rows(BOOK_TICKER, 0), "bidPrice", "askPrice", id="binance"),
    pytest.param(GeneratedKuCoin(MARKET).rows(ALL_TICKERS, 0), "buy", "sell", id="kucoin"),
]


def changed(rows: list[Row], every: int) -> list[object]:
    return [after for before, after in zip(rows, broken(rows, every), strict=True) if before is not after]


@pytest.mark.parametrize(("rows", "bid", "ask"), BOOKS)
def test_no_broken_row_becomes_a_book(rows: list[Row], bid: str, ask: str) -> None:
    for row in changed(rows, 1):
        with pytest.raises((InvalidBook, msgspec.ValidationError, TypeError, KeyError)):
            TopOfBook.parse(**msgspec.convert({"bid": row[bid], "ask": row[ask]}, dict[str, str]))  # type: ignore[index]


@pytest.mark.parametrize(
    "rows", [GeneratedBinance(MARKET).rows(EXCHANGE_INFO, 0), GeneratedKuCoin(MARKET).rows(SYMBOLS, 0)]
)
def test_no_broken_row_becomes_a_listed_pair(rows: list[Row]) -> None:
    listed = {(row.get("baseAsset"), row.get("baseCurrency")) for row in rows}
    for row in changed(rows, 1):
        assert not (
            isinstance(row, dict)
            and isinstance(row.get("symbol"), str)
            and any(isinstance(base, str) for base in (row.get("baseAsset"), row.get("baseCurrency")))
            and (row.get("baseAsset"), row.get("baseCurrency")) in listed
        )


def test_the_best_known_pairs_stay_as_they_were() -> None:
    rows = GeneratedBinance(MARKET).rows(BOOK_TICKER, 0)
    assert broken(rows, 1)[:SPARED_ROWS] == rows[:SPARED_ROWS]


def test_only_one_row_in_so_many_is_broken() -> None:
    assert len(changed(GeneratedBinance(MARKET).rows(BOOK_TICKER, 0), 10)) == 4
