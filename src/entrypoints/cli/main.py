"""`crossrate`: serve the API, convert once, or stand in for the exchanges."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Column, Table

from domain.currency import Currency
from domain.decimals import plain
from domain.errors import DatabaseUnavailable, RefusedInput
from domain.rates.book import RateType
from domain.rates.conversion import Conversion, parse_amount
from domain.rates.errors import ConversionUnavailable, NoRoute
from entrypoints.cli.users import users
from entrypoints.http.server.serving import serve as serve_http
from entrypoints.logging import configure_logging
from entrypoints.settings.jwt_secret import jwt_secret
from entrypoints.settings.settings import Settings, load_settings
from entrypoints.simulator import serving
from entrypoints.simulator.market.simulated import DEFAULT_BINANCE_PAIRS, DEFAULT_KUCOIN_PAIRS, DEFAULT_SEED
from entrypoints.simulator.venues.recorded import UnusableRecording
from entrypoints.wiring.running import migrate_database, running

# Exit statuses beside 0, so that scripts can tell them apart; 2 is also typer's own for a wrong command line.
NO_ROUTE = 1
REFUSED = 2
UNAVAILABLE = 3

T = TypeVar("T")

app = typer.Typer(
    help="What an amount is worth in another currency, right now, over Binance and KuCoin.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(users, name="users")


def main() -> None:
    """Run the command line."""
    app()


@app.command()
def serve() -> None:
    """Serve the API in one process, as the CROSSRATE_ settings say."""
    settings = _settings()
    configure_logging(settings.log_level, settings.log_format)
    _refusing(lambda: jwt_secret(settings))
    try:
        serve_http(settings)
    except OSError as error:
        _stop(f"Cannot listen on {settings.host}:{settings.port}: {error.strerror or error}", UNAVAILABLE)


@app.command()
def simulate(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = serving.DEFAULT_HOST,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65535)] = (
        serving.DEFAULT_PORT
    ),
    seed: Annotated[int, typer.Option(help="The same seed makes the same market.")] = DEFAULT_SEED,
    binance_pairs: Annotated[int, typer.Option(help="Pairs that Binance lists.")] = DEFAULT_BINANCE_PAIRS,
    kucoin_pairs: Annotated[int, typer.Option(help="Pairs that KuCoin lists.")] = DEFAULT_KUCOIN_PAIRS,
    data: Annotated[Path | None, typer.Option(help="Serve recorded payloads from this folder instead.")] = None,
) -> None:
    """Stand in for Binance and KuCoin: their own wire formats, a market from a seed, faults on demand."""
    try:
        serving.run_simulator(
            host=host, port=port, seed=seed, binance_pairs=binance_pairs, kucoin_pairs=kucoin_pairs, data=data
        )
    except (serving.CannotServe, UnusableRecording, ValueError) as error:
        _stop(str(error), REFUSED)


@app.command()
def worker() -> None:
    """Do work in the background: record the quotes that schedulers ask for, through CROSSRATE_REDIS_URL."""
    from entrypoints.worker.processes import run_worker  # noqa: PLC0415 -- its libraries are slow to import

    _in_the_background(run_worker)


@app.command()
def scheduler() -> None:
    """Ask workers for what is due, each hour on the hour. Several of them do no harm."""
    from entrypoints.worker.processes import run_scheduler  # noqa: PLC0415 -- its libraries are slow to import

    _in_the_background(run_scheduler)


def _in_the_background(run: Callable[[Settings], None]) -> None:
    settings = _settings()
    if settings.redis_url is None:
        _stop("CROSSRATE_REDIS_URL is not set: without Redis, `crossrate serve` does this work itself.", REFUSED)
    configure_logging(settings.log_level, settings.log_format)
    try:
        run(settings)
    except OSError as error:
        _stop(f"Cannot listen on {settings.host}:{settings.jobs_port}: {error.strerror or error}", UNAVAILABLE)


@app.command()
def migrate() -> None:
    """Make the database's tables, or bring them up to date; done with them is done.

    Exit status: 0 up to date, 2 refused settings, 3 database unavailable.
    """
    settings = _settings()
    configure_logging(settings.log_level, settings.log_format)
    try:
        asyncio.run(migrate_database(settings))
    except DatabaseUnavailable as error:
        _stop(f"Cannot migrate the database: {error}.", UNAVAILABLE)


def _settings() -> Settings:
    return _refusing(load_settings)


def _refusing(make: Callable[[], T]) -> T:
    try:
        return make()
    except SystemExit as unusable:
        _stop(str(unusable), REFUSED)  # its own status would be 1, which here says that there is no route


def _argument(read: Callable[[str], T]) -> Callable[[str], T]:
    """Have typer name the argument that `read` refuses."""

    def parser(text: str) -> T:
        try:
            return read(text)
        except RefusedInput as error:
            raise typer.BadParameter(str(error)) from error

    return parser


@app.command()
def convert(
    amount: Annotated[Decimal, typer.Argument(parser=_argument(parse_amount), help="How much, such as 100 or 0.5.")],
    currency_from: Annotated[str, typer.Argument(parser=_argument(Currency), help="Ticker to convert from.")],
    currency_to: Annotated[str, typer.Argument(parser=_argument(Currency), help="Ticker to convert to.")],
    *,
    exchange: Annotated[str | None, typer.Option(help="The one exchange to ask; all in order when left out.")] = None,
    rate_type: Annotated[
        RateType, typer.Option(help="mid, or executable: sell at the bid and buy at the ask.")
    ] = RateType.MID,
    route: Annotated[bool, typer.Option("--route", help="Show the legs with their prices and ages.")] = False,
) -> None:
    """Convert an amount once, at prices fetched now.

    Exit status: 0 converted, 1 no route, 2 refused input or settings, 3 exchanges unavailable.
    """
    settings = _settings()
    configure_logging("error", settings.log_format)
    try:
        conversion, now = asyncio.run(
            _convert_once(settings, amount, Currency(currency_from), Currency(currency_to), exchange, rate_type)
        )
    except NoRoute as error:
        told = "; ".join(f"{name}: {reason}" for name, reason in error.reasons.items())
        _stop(f"No route from {error.currency_from} to {error.currency_to}. {told}.", NO_ROUTE)
    except RefusedInput as error:
        _stop(f"{exchange} {error}", REFUSED)
    except ConversionUnavailable as error:
        _stop(f"Could not ask every exchange that might have a route. {error}.", UNAVAILABLE)
    _show(conversion, now, with_route=route)


async def _convert_once(
    settings: Settings,
    amount: Decimal,
    currency_from: Currency,
    currency_to: Currency,
    exchange: str | None,
    rate_type: RateType,
) -> tuple[Conversion, float]:
    async with running(settings) as container:
        conversion = await container.rates().convert()(
            amount=amount,
            currency_from=currency_from,
            currency_to=currency_to,
            exchange=exchange,
            rate_type=rate_type,
        )
        return conversion, container.core().clock().now()


def _show(conversion: Conversion, now: float, *, with_route: bool) -> None:
    route = conversion.route
    answer = _table("", "", show_header=False)
    answer.add_row("rate", f"1 {route.currency_from} = {plain(conversion.rate)} {route.currency_to}")
    answer.add_row(
        "result", f"{plain(conversion.amount)} {route.currency_from} = {plain(conversion.result)} {route.currency_to}"
    )
    answer.add_row("exchange", route.exchange)
    console = Console()
    console.print(answer)
    if not (with_route and route.legs):
        return
    legs = _table("leg", "symbol", "side", "price", "age")
    for number, leg in enumerate(route.legs, start=1):
        price = f"{plain(leg.price(conversion.rate_type))} {leg.pair.quote}"
        legs.add_row(str(number), leg.symbol, leg.side.value, price, f"{max(0.0, now - leg.observed_at):.1f} s")
    console.print(legs)


def _table(*columns: str, show_header: bool = True) -> Table:
    # Folded where the terminal is narrow: rich would cut a long number, and half a number is a wrong one.
    return Table(*(Column(name, overflow="fold") for name in columns), show_header=show_header)


def _stop(message: str, status: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(status)
