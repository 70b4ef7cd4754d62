"""The table of `crossrate watch`."""

import io
from decimal import Decimal

from rich.console import Console

from application.rates.live_watch import LiveRate, WatchedPair
from domain.pair import Pair
from domain.rates.errors import NoRoute
from entrypoints.cli.watch import Board, sparkline, told
from tests.unit.application.rates.harness import ConversionHarness


async def test_the_table_shows_rate_change_age_and_where_the_rate_came_from() -> None:
    harness = ConversionHarness({"A/B": ("100", "100")}, threshold_percent=None)
    pair, unlisted = WatchedPair(Pair.parse("A/B")), WatchedPair(Pair.parse("A/C"))
    board = Board([pair.pair, unlisted.pair])
    first = await harness.convert("A", "B")
    board.update([told(LiveRate(pair, 1, first))])
    harness.clock.advance(3)
    harness.binance.trade({"A/B": ("101", "101")})
    second = await harness.convert("A", "B")
    board.update([told(LiveRate(pair, 2, second))])
    no_route = NoRoute(unlisted.pair.base, unlisted.pair.quote, {"binance": "none"})
    board.update([told(LiveRate(unlisted, 3, no_route))])
    output = io.StringIO()
    Console(file=output, width=120).print(board.table(second.updated_at + 7))
    shown = [line.split() for line in output.getvalue().splitlines()]
    assert shown[0] == ["pair", "rate", "change", "age", "exchange"]
    assert shown[1] == ["A/B", "101", "+1.00%", "7", "s", "binance", "▁█"]
    assert shown[2][:2] == ["A/C", "-"]


def test_the_line_spans_the_lowest_and_the_highest_rate() -> None:
    assert sparkline([Decimal(1), Decimal(8), Decimal(4)]) == "▁█▄"
    assert sparkline([Decimal(5), Decimal(5)]) == "▁▁"
