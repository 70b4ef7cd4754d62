"""`crossrate watch`: rates as they change."""

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from application.rates.live_watch import LiveRate, WatchedPair
from domain.decimals import plain
from domain.errors import InvalidInput
from domain.pair import Pair
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import ExchangeUnavailable
from entrypoints.cli.output import AsJson

if TYPE_CHECKING:
    from rich.table import Table

    from entrypoints.settings.settings import Settings
    from entrypoints.wiring.application import ApplicationContainer

MOST_PAIRS = 100

# Of the line that shows where a rate came from, one a change.
POINTS = 24
BARS = "▁▂▃▄▅▆▇█"

REDRAWS_A_SECOND = 4

# Takes what has changed, and the time in Unix seconds.
Show = Callable[[Sequence[LiveRate], float], None]


def _pair(text: str) -> Pair:
    try:
        return Pair.parse(text)
    except InvalidInput as error:
        raise typer.BadParameter(str(error)) from error


def watch(
    pairs: Annotated[list[Pair], typer.Argument(parser=_pair, metavar="PAIR...", help="Pairs such as BTC/USDT.")],
    *,
    rate_type: Annotated[
        RateType, typer.Option(help="mid, or executable: what selling one base brings.")
    ] = RateType.MID,
    seconds: Annotated[float | None, typer.Option(min=0, help="Stop after so many seconds.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show rates as they change, until interrupted.

    Fetches prices itself, like `convert`, and again each CROSSRATE_SYNC_INTERVAL_SECONDS. In a pipe it prints a line
    for each change: pair, rate, exchange, and the Unix second of the oldest price.
    """
    # Slow to import: see main.py.
    from entrypoints.cli.loading import usable_settings  # noqa: PLC0415
    from entrypoints.logging import configure_logging  # noqa: PLC0415

    if len(pairs) > MOST_PAIRS:
        raise typer.BadParameter(f"at most {MOST_PAIRS} pairs can be watched")
    settings = usable_settings()
    configure_logging("error", settings.log_format)
    watched = [WatchedPair(pair, rate_type) for pair in dict.fromkeys(pairs)]
    if sys.stdout.isatty() and not as_json:
        asyncio.run(_in_a_table(settings, watched, seconds))
    else:
        show = _print_json if as_json else _print_lines
        asyncio.run(_watch(settings, watched, seconds, show))


async def _watch(settings: "Settings", watched: Sequence[WatchedPair], seconds: float | None, show: Show) -> None:
    """Show changes; with nothing new, `show` is called too, since ages move on."""
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
                        show(await rates.changes(1.0), container.core().clock().now())


async def _ask_bank(container: "ApplicationContainer") -> None:
    """Fetch the bank's rates once: no service keeps them here, and they change once a day."""
    newest = container.reference().newest()
    if newest is not None:
        with suppress(ExchangeUnavailable):  # pairs that need them say so
            newest.accept(await container.reference().source().newest())


def _print_lines(rates: Sequence[LiveRate], _: float) -> None:
    for rate in rates:
        outcome = rate.outcome
        if isinstance(outcome, Conversion):
            cells = (plain(outcome.rate), outcome.route.exchange, str(outcome.updated_at))
        else:
            cells = ("", "", str(outcome))
        typer.echo("\t".join((str(rate.watched.pair), *cells)))


def _print_json(rates: Sequence[LiveRate], _: float) -> None:
    """Print what the API would stream, a document a line."""
    from entrypoints.http.problem_pages.catalogue import PROBLEM_TABLE  # noqa: PLC0415 -- slow to import
    from entrypoints.http.rates.stream_schemas import RateWriter  # noqa: PLC0415

    writer = RateWriter(PROBLEM_TABLE)
    for rate in rates:
        typer.echo(writer.written(rate, include_route=False, prefix=""))


async def _in_a_table(settings: "Settings", watched: Sequence[WatchedPair], seconds: float | None) -> None:
    from rich.live import Live  # noqa: PLC0415 -- slow to import

    board = Board(watched)
    with Live(board.table(0), refresh_per_second=REDRAWS_A_SECOND) as shown:

        def show(rates: Sequence[LiveRate], now: float) -> None:
            board.update(rates)
            shown.update(board.table(now))

        await _watch(settings, watched, seconds, show)


@dataclass(slots=True)
class _Line:
    outcome: object = None
    first: Decimal | None = None
    rates: deque[Decimal] = field(default_factory=lambda: deque(maxlen=POINTS))


class Board:
    """The table of the watched pairs."""

    def __init__(self, watched: Sequence[WatchedPair]) -> None:
        self._lines = {each: _Line() for each in watched}

    def update(self, rates: Sequence[LiveRate]) -> None:
        """Note changed rates."""
        for rate in rates:
            line = self._lines[rate.watched]
            line.outcome = rate.outcome
            if isinstance(rate.outcome, Conversion):
                line.first = line.first or rate.outcome.rate
                line.rates.append(rate.outcome.rate)

    def table(self, now: float) -> "Table":
        """Return a row a pair; `now` is in Unix seconds."""
        from rich.table import Table  # noqa: PLC0415 -- slow to import

        table = Table("pair", box=None, pad_edge=False)
        for name in ("rate", "change", "age"):
            table.add_column(name, justify="right")
        for name in ("exchange", ""):
            table.add_column(name)
        for watched, line in self._lines.items():
            table.add_row(str(watched.pair), *_cells(line, now))
        return table


def _cells(line: _Line, now: float) -> tuple[str, ...]:
    if isinstance(line.outcome, Conversion) and line.first is not None:
        conversion = line.outcome
        change = f"{(conversion.rate / line.first - 1) * 100:+.2f}%"
        age = f"{max(0, int(now) - conversion.updated_at)} s"
        return plain(conversion.rate), change, age, conversion.route.exchange, sparkline(line.rates)
    return "-", "", "", "", "" if line.outcome is None else str(line.outcome)


def sparkline(rates: Sequence[Decimal]) -> str:
    """Draw the rates as bars between the lowest and the highest."""
    lowest, highest = min(rates), max(rates)
    if lowest == highest:
        return BARS[0] * len(rates)
    return "".join(BARS[int((rate - lowest) / (highest - lowest) * (len(BARS) - 1))] for rate in rates)
