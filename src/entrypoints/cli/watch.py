"""`crossrate watch`: rates as they change."""

import asyncio
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from application.rates.live_watch import LiveRate, WatchedPair
from domain.decimals import plain
from domain.errors import InvalidInput
from domain.pair import Pair
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import ExchangeUnavailable
from entrypoints.cli.output import AsJson, Server
from entrypoints.cli.watched_rates import Show, Told, Watch

if TYPE_CHECKING:
    from rich.table import Table

    from entrypoints.settings.settings import Settings
    from entrypoints.wiring.application import ApplicationContainer

MOST_PAIRS = 100

# Of the line that shows where a rate came from, one a change.
POINTS = 24
BARS = "▁▂▃▄▅▆▇█"

REDRAWS_A_SECOND = 4


def _pair(text: str) -> Pair:
    try:
        return Pair.parse(text)
    except InvalidInput as error:
        raise typer.BadParameter(str(error)) from error


def watch(
    pairs: Annotated[list[Pair], typer.Argument(parser=_pair, metavar="PAIR", help="Pairs such as BTC/USDT.")],
    *,
    rate_type: Annotated[
        RateType, typer.Option(help="mid, or executable: what selling one base brings.")
    ] = RateType.MID,
    seconds: Annotated[float | None, typer.Option(min=0, help="Stop after so many seconds.")] = None,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Show rates as they change, until interrupted.

    Fetches prices itself, like `convert`, and again each CROSSRATE_SYNC_INTERVAL_SECONDS. With --server, a running
    service streams them. In a pipe it prints a line for each change: pair, rate, exchange, and the Unix second of the
    oldest price.
    """
    if len(pairs) > MOST_PAIRS:
        raise typer.BadParameter(f"at most {MOST_PAIRS} pairs can be watched")
    chosen = list(dict.fromkeys(pairs))
    if server is None:
        asyncio.run(_shown(chosen, _exchanges_watched(chosen, rate_type, seconds), as_json=as_json))
        return
    from entrypoints.cli.watch_server import watch_server  # noqa: PLC0415 -- slow to import

    watch_server(server, chosen, rate_type, seconds, partial(_shown, chosen, as_json=as_json))


async def _shown(pairs: Sequence[Pair], watch: Watch, *, as_json: bool) -> None:
    if sys.stdout.isatty() and not as_json:
        await _in_a_table(pairs, watch)
    else:
        await watch(_print_json if as_json else _print_lines)


def _exchanges_watched(pairs: Sequence[Pair], rate_type: RateType, seconds: float | None) -> Watch:
    # Slow to import: see main.py.
    from entrypoints.cli.loading import usable_settings  # noqa: PLC0415
    from entrypoints.logging import configure_logging  # noqa: PLC0415

    settings = usable_settings()
    configure_logging("error", settings.log_format)
    return partial(_watch, settings, [WatchedPair(pair, rate_type) for pair in pairs], seconds)


async def _watch(settings: "Settings", watched: Sequence[WatchedPair], seconds: float | None, show: Show) -> None:
    from entrypoints.wiring.running import background_task, running  # noqa: PLC0415 -- slow to import

    async with running(settings, makes_secret=False) as container:
        live = container.rates().live_rates()
        async with (
            background_task(container.market_data().sync_markets().run()),
            background_task(live.run()),
            background_task(_ask_bank(container)),
        ):
            with live.watch(watched) as rates, suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while True:
                        show(list(map(told, await rates.changes(1.0))), container.core().clock().now())


async def _ask_bank(container: "ApplicationContainer") -> None:
    """Fetch the bank's rates once: no service keeps them here, and they change once a day."""
    newest = container.reference().newest()
    if newest is not None:
        with suppress(ExchangeUnavailable):  # pairs that need them say so
            newest.accept(await container.reference().source().newest())


def told(rate: LiveRate) -> Told:
    """Return what a rate of this process's own tells."""
    outcome, pair = rate.outcome, str(rate.watched.pair)
    json = partial(_written, rate)
    if isinstance(outcome, Conversion):
        return Told(pair, json, outcome.rate, outcome.route.exchange, outcome.updated_at)
    return Told(pair, json, problem=str(outcome))


def _written(rate: LiveRate) -> str:
    """Return what the API would stream."""
    from entrypoints.http.problem_pages.catalogue import PROBLEM_TABLE  # noqa: PLC0415 -- slow to import
    from entrypoints.http.rates.stream_schemas import RateWriter  # noqa: PLC0415

    return RateWriter(PROBLEM_TABLE).written(rate, include_route=False, prefix="").decode()


def _print_lines(rates: Sequence[Told], _: float) -> None:
    for each in rates:
        cells = ("", "", each.problem) if each.rate is None else (plain(each.rate), each.exchange, str(each.updated_at))
        typer.echo("\t".join((each.pair, *cells)))


def _print_json(rates: Sequence[Told], _: float) -> None:
    """Print what the API streams, a document a line."""
    for each in rates:
        typer.echo(each.json())


async def _in_a_table(pairs: Sequence[Pair], watch: Watch) -> None:
    from rich.live import Live  # noqa: PLC0415 -- slow to import

    board = Board(pairs)
    with Live(board.table(0), refresh_per_second=REDRAWS_A_SECOND) as shown:

        def show(rates: Sequence[Told], now: float) -> None:
            board.update(rates)
            shown.update(board.table(now))

        await watch(show)


@dataclass(slots=True)
class _Line:
    last: Told | None = None
    first: Decimal | None = None
    rates: deque[Decimal] = field(default_factory=lambda: deque(maxlen=POINTS))


class Board:
    """The table of the watched pairs."""

    def __init__(self, pairs: Sequence[Pair]) -> None:
        self._lines = {str(each): _Line() for each in pairs}

    def update(self, rates: Sequence[Told]) -> None:
        """Note changed rates."""
        for each in rates:
            line = self._lines[each.pair]
            line.last = each
            if each.rate is not None:
                line.first = line.first or each.rate
                line.rates.append(each.rate)

    def table(self, now: float) -> "Table":
        """Return a row a pair; `now` is in Unix seconds."""
        from rich.table import Table  # noqa: PLC0415 -- slow to import

        table = Table("pair", box=None, pad_edge=False)
        for name in ("rate", "change", "age"):
            table.add_column(name, justify="right")
        for name in ("exchange", ""):
            table.add_column(name)
        for pair, line in self._lines.items():
            table.add_row(pair, *_cells(line, now))
        return table


def _cells(line: _Line, now: float) -> tuple[str, ...]:
    last = line.last
    if last is not None and last.rate is not None and line.first is not None:
        change = f"{(last.rate / line.first - 1) * 100:+.2f}%"
        age = f"{max(0, int(now) - last.updated_at)} s"
        return plain(last.rate), change, age, last.exchange, sparkline(line.rates)
    return "-", "", "", "", "" if last is None else last.problem


def sparkline(rates: Sequence[Decimal]) -> str:
    """Draw the rates as bars between the lowest and the highest."""
    lowest, highest = min(rates), max(rates)
    if lowest == highest:
        return BARS[0] * len(rates)
    return "".join(BARS[int((rate - lowest) / (highest - lowest) * (len(BARS) - 1))] for rate in rates)
