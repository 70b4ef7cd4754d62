"""`crossrate markets`: what the exchanges list, compared."""

import asyncio
from itertools import combinations
from typing import TYPE_CHECKING, Annotated

import typer

from domain.decimals import plain
from domain.rates.errors import ExchangeUnavailable
from entrypoints.cli.output import NO, UNAVAILABLE, AsJson, show_json, show_table, stop

if TYPE_CHECKING:
    from domain.rates.ticker_proposals import TickerProposal
    from entrypoints.settings.settings import Settings

# Without a threshold in the settings.
DEFAULT_PERCENT = 10

markets = typer.Typer(help="Compare what the exchanges list.", no_args_is_help=True)


@markets.callback()
def about() -> None:
    """Compare what the exchanges list."""


@markets.command()
def diverging(
    *,
    show_all: Annotated[bool, typer.Option("--all", help="Show also what the table of tickers knows.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find tickers that mean different coins, or units, on two exchanges.

    Fetches all prices once and compares them by two exchanges, beyond CROSSRATE_DIVERGENCE_THRESHOLD_PERCENT. Where a
    ticker looks like another coin, or like many units of one, the last column is a line for the table of tickers. It is
    a proposal: nothing applies it.

    Exit status: 0 the table knows all, 1 it does not, 2 refused settings, 3 an exchange is unavailable.
    """
    # Slow to import: see main.py.
    from domain.rates.ticker_proposals import Knowledge  # noqa: PLC0415
    from entrypoints.cli.loading import usable_settings  # noqa: PLC0415
    from entrypoints.logging import configure_logging  # noqa: PLC0415

    settings = usable_settings()
    configure_logging("error", settings.log_format)
    found, failures = asyncio.run(_compared(settings))
    shown = [each for each in found if show_all or each.knowledge is not Knowledge.KNOWN]
    if as_json:
        show_json([_fields(each) for each in shown])
    else:
        heads = ("pair", "exchanges", "mids", "ratio", "units", "table", "line to add")
        show_table(heads, [_row(each) for each in shown])
    if failures:
        stop(f"Not all are compared. {'; '.join(map(str, failures))}.", UNAVAILABLE)
    if any(each.knowledge is not Knowledge.KNOWN for each in found):
        raise typer.Exit(NO)


async def _compared(settings: "Settings") -> tuple[list["TickerProposal"], list[ExchangeUnavailable]]:
    from decimal import Decimal  # noqa: PLC0415

    from domain.rates.ticker_proposals import ticker_proposals  # noqa: PLC0415
    from entrypoints.wiring.running import running  # noqa: PLC0415 -- slow to import

    failures = []
    async with running(settings, makes_secret=False) as container:
        known = container.market_data().markets()
        for market in known.values():
            try:
                await market.refresh(0)
            except ExchangeUnavailable as failure:
                failures.append(failure)
        snapshots = [market.newest for market in known.values() if market.newest is not None]
    percent = settings.divergence_threshold_percent or Decimal(DEFAULT_PERCENT)
    return [each for pair in combinations(snapshots, 2) for each in ticker_proposals(*pair, percent)], failures


def _row(each: "TickerProposal") -> tuple[str, ...]:
    return (
        str(each.pair),
        f"{each.exchange} {each.other}",
        f"{plain(each.mid)} {plain(each.other_mid)}",
        f"{each.ratio:.4g}",
        "" if each.units is None else str(each.units),
        each.knowledge.value,
        each.line,
    )


def _fields(each: "TickerProposal") -> dict[str, object]:
    return {
        "pair": str(each.pair),
        "mids": {each.exchange: plain(each.mid), each.other: plain(each.other_mid)},
        "ratio": float(f"{each.ratio:.12g}"),
        "units": each.units,
        "table": each.knowledge.value,
        "line": each.line or None,
    }
