"""What prices propose for the table of tickers."""

from decimal import Decimal

import pytest

from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.ticker_proposals import Knowledge, TickerProposal, ticker_proposals
from tests.unit.fakes.clock import NOON


def market(exchange: str, **prices: str) -> MarketSnapshot:
    rows = [(f"{base}-USDT", base, "USDT") for base in prices]
    books = [(f"{base}-USDT", price, price) for base, price in prices.items()]
    return MarketSnapshot(Instruments.of(exchange, rows, NOON), BookTickers.of(exchange, books, NOON))


def found(one: dict[str, str], other: dict[str, str]) -> list[TickerProposal]:
    return list(ticker_proposals(market("binance", BTC="9", **one), market("kucoin", BTC="9", **other), Decimal(10)))


def test_another_coin_gets_a_name_with_its_exchange() -> None:
    (only,) = found({"ACE": "2"}, {"ACE": "0.003"})
    assert (only.knowledge, only.line) == (Knowledge.UNKNOWN, "kucoin ACE ACE.KUCOIN - -")
    assert (str(only.pair), only.mid, only.other_mid, only.units) == ("ACE/USDT", Decimal(2), Decimal("0.003"), None)
    assert only.ratio == pytest.approx(2000 / 3)


@pytest.mark.parametrize(
    ("mine", "theirs", "line"),
    [("2.02", "0.002", "binance ACE 1000ACE - -"), ("0.0000019", "2", "kucoin ACE 1000000ACE - -")],
)
def test_a_power_of_ten_is_a_unit_of_the_dearer_one(mine: str, theirs: str, line: str) -> None:
    (only,) = found({"ACE": mine}, {"ACE": theirs})
    assert only.line == line
    assert only.line.split()[2] == f"{only.units}ACE"


def test_what_the_table_tells_apart_is_known_and_needs_no_line() -> None:
    (only,) = found({"BIFI": "325"}, {"BIFI": "0.006"})
    assert (only.knowledge, only.line) == (Knowledge.KNOWN, "")


def test_what_the_table_equates_must_cost_the_same() -> None:
    assert found({"BTTC": "0.0000006"}, {"BTT": "0.0000006"}) == []
    (only,) = found({"BTTC": "0.0000006"}, {"BTT": "0.002"})
    assert (str(only.pair), only.knowledge, only.line) == ("BTTC/USDT", Knowledge.CONTRADICTED, "")


def test_a_state_s_currency_is_the_same_everywhere_so_only_its_price_is_wrong() -> None:
    (only,) = found({"EUR": "1.1"}, {"EUR": "1.4"})
    assert (only.knowledge, only.line) == (Knowledge.UNKNOWN, "")


def test_units_that_the_table_knows_are_compared_as_such() -> None:
    assert found({"1000SATS": "0.0002"}, {"SATS": "0.0000002"}) == []
    (only,) = found({"1000SATS": "0.0002"}, {"SATS": "0.0002"})
    assert (only.knowledge, only.units) == (Knowledge.CONTRADICTED, 1000)
