"""`crossrate convert`."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from domain.currency import Currency
from domain.decimals import plain
from domain.errors import InvalidInput
from domain.rates.book import RateType
from domain.rates.conversion import Conversion, parse_amount
from domain.rates.errors import ConversionUnavailable, ExchangeUnavailable, NoRoute
from entrypoints.cli.output import NO, REFUSED, UNAVAILABLE, AsJson, show_facts, show_json, show_table, stop

if TYPE_CHECKING:
    from entrypoints.settings.settings import Settings

T = TypeVar("T")


def _argument(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return a parser for typer, so that typer names the argument that `read` rejects."""

    def parser(text: str) -> T:
        try:
            return read(text)
        except InvalidInput as error:
            raise typer.BadParameter(str(error)) from error

    return parser


def convert(
    amount: Annotated[Decimal, typer.Argument(parser=_argument(parse_amount), help="How much, such as 100 or 0.5.")],
    currency_from: Annotated[str, typer.Argument(parser=_argument(Currency), help="Ticker to convert from.")],
    currency_to: Annotated[str, typer.Argument(parser=_argument(Currency), help="Ticker to convert to.")],
    *,
    exchange: Annotated[
        str | None, typer.Option(metavar="NAME", help="Ask only this exchange; by default all, in order.")
    ] = None,
    rate_type: Annotated[
        RateType, typer.Option(help="mid, or executable: sell at the bid and buy at the ask.")
    ] = RateType.MID,
    route: Annotated[bool, typer.Option("--route", help="Show the legs with their prices and ages.")] = False,
    as_json: AsJson = False,
) -> None:
    """Convert an amount.

    Fetches prices itself, and the bank's rates where they are needed; no service needs to run.

    Exit status: 0 converted, 1 no route, 2 refused input or settings, 3 exchanges unavailable.
    """
    # Slow to import: see main.py.
    from entrypoints.cli.loading import usable_settings  # noqa: PLC0415
    from entrypoints.logging import configure_logging  # noqa: PLC0415

    settings = usable_settings()
    configure_logging("error", settings.log_format)
    try:
        conversion, now = asyncio.run(
            _convert_once(settings, amount, Currency(currency_from), Currency(currency_to), exchange, rate_type)
        )
    except NoRoute as error:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in error.reasons.items())
        stop(f"No route from {error.currency_from} to {error.currency_to}. {reasons}.", NO)
    except InvalidInput as error:
        stop(f"{exchange} {error}", REFUSED)
    except ConversionUnavailable as error:
        stop(f"Could not ask every exchange that might have a route. {error}.", UNAVAILABLE)
    if as_json:
        _show_json(conversion, with_route=route)
    else:
        _show(conversion, now, with_route=route)


async def _convert_once(
    settings: "Settings",
    amount: Decimal,
    currency_from: Currency,
    currency_to: Currency,
    exchange: str | None,
    rate_type: RateType,
) -> tuple[Conversion, float]:
    from entrypoints.wiring.running import running  # noqa: PLC0415 -- slow to import

    async with running(settings, makes_secret=False) as container:
        convert, newest = container.rates().convert(), container.reference().newest()
        ask = partial(
            convert,
            amount=amount,
            currency_from=currency_from,
            currency_to=currency_to,
            exchange=exchange,
            rate_type=rate_type,
        )
        try:
            conversion = await ask(arrival=convert.arrival())
        except ConversionUnavailable as error:
            if newest is None or newest.source not in error.failures:
                raise
            with suppress(ExchangeUnavailable):  # then the second attempt fails like the first
                newest.accept(await container.reference().source().newest())
            conversion = await ask(arrival=convert.arrival())
        return conversion, container.core().clock().now()


def _show_json(conversion: Conversion, *, with_route: bool) -> None:
    """Print what the API would answer."""
    import orjson  # noqa: PLC0415 -- slow to import, as is the next

    from entrypoints.http.rates.schemas import conversion_body  # noqa: PLC0415

    show_json(orjson.loads(conversion_body(conversion, include_route=with_route)))


def _show(conversion: Conversion, now: float, *, with_route: bool) -> None:
    route = conversion.route
    sold, bought = route.currency_from, route.currency_to
    show_facts(
        ("rate", f"1 {sold} = {plain(conversion.rate)} {bought}"),
        ("result", f"{plain(conversion.amount)} {sold} = {plain(conversion.result)} {bought}"),
        ("exchange", route.exchange),
    )
    if not (with_route and route.legs):
        return
    typer.echo()
    legs = []
    for number, leg in enumerate(route.legs, start=1):
        price = f"{plain(leg.price(conversion.rate_type))} {leg.pair.quote}"
        legs.append((str(number), leg.symbol, leg.side.value, price, f"{max(0.0, now - leg.observed_at):.1f} s"))
    show_table(("leg", "symbol", "side", "price", "age"), legs)
