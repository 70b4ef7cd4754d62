"""`crossrate convert`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from domain.currency import Currency
from domain.errors import InvalidInput
from domain.rates.book import FurtherRateType, RateType
from domain.rates.conversion import Conversion, parse_amount
from domain.rates.errors import (
    BookTooThin,
    ConversionUnavailable,
    ExchangeUnavailable,
    MedianOfOne,
    NoOrderBooks,
    NoRoute,
    OrderTooSmall,
    TooFewProviders,
)
from entrypoints.cli.conversion_shown import show_conversion
from entrypoints.cli.output import NO, REFUSED, UNAVAILABLE, AsJson, Server, show_json, stop

if TYPE_CHECKING:
    from application.rates.convert_further import FurtherConversion
    from entrypoints.settings.settings import Settings
    from entrypoints.wiring.application import ApplicationContainer

T = TypeVar("T")


class RateKind(StrEnum):
    """Every rate type; the last two ask further than the best prices of one exchange."""

    MID = "mid"
    EXECUTABLE = "executable"
    DEPTH = "depth"
    MEDIAN = "median"


def _argument(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return a parser for typer, so that typer names the argument that `read` rejects."""

    def parser(text: str) -> T:
        try:
            return read(text)
        except InvalidInput as error:
            raise typer.BadParameter(str(error)) from error

    return parser


def convert(  # noqa: PLR0913 -- one for each argument and option
    amount: Annotated[Decimal, typer.Argument(parser=_argument(parse_amount), help="How much, such as 100 or 0.5.")],
    currency_from: Annotated[str, typer.Argument(parser=_argument(Currency), help="Ticker to convert from.")],
    currency_to: Annotated[str, typer.Argument(parser=_argument(Currency), help="Ticker to convert to.")],
    *,
    exchange: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Ask only this exchange; `best` asks all for the one that gives most. By default all, in order.",
        ),
    ] = None,
    rate_type: Annotated[
        RateKind,
        typer.Option(
            help="mid; executable: sell at the bid and buy at the ask; depth: what this amount brings by the order "
            "books, with fees; median: of the mids of all exchanges."
        ),
    ] = RateKind.MID,
    route: Annotated[bool, typer.Option("--route", help="Show the legs with their prices and ages.")] = False,
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """Convert an amount.

    Fetches prices itself, and the bank's rates where they are needed; no service needs to run. With --server, a running
    service answers.

    Exit status: 0 converted, 1 no route, 2 refused input or settings, 3 exchanges or the service unavailable.
    """
    asked = Asked(amount, Currency(currency_from), Currency(currency_to), exchange, rate_type, route)
    body = _from_exchanges(asked) if server is None else _from_service(asked, server)
    if as_json:
        show_json({name: member for name, member in body.items() if name != "units"})
    else:
        show_conversion(body, amount, time.time(), with_route=route)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for."""

    amount: Decimal
    currency_from: Currency
    currency_to: Currency
    exchange: str | None
    rate_type: RateKind
    with_route: bool


def _from_service(asked: Asked, server: str) -> dict[str, Any]:
    from entrypoints.cli.remote import as_json, asking  # noqa: PLC0415 -- slow to import

    async def ask() -> dict[str, Any]:
        async with client:
            conversion = await client.convert(
                asked.currency_from,
                asked.currency_to,
                asked.amount,
                exchange=asked.exchange,
                rate_type=asked.rate_type.value,
                include_route=asked.with_route,
            )
        body: dict[str, Any] = as_json(conversion)
        return body

    with asking(server) as client:
        return asyncio.run(ask())


def _from_exchanges(asked: Asked) -> dict[str, Any]:
    # Slow to import: see main.py.
    from entrypoints.cli.loading import usable_settings  # noqa: PLC0415
    from entrypoints.logging import configure_logging  # noqa: PLC0415

    settings = usable_settings()
    configure_logging("error", settings.log_format)
    try:
        return _body(asyncio.run(_convert_once(settings, asked)), with_route=asked.with_route)
    except NoRoute as error:
        stop(f"No route from {error.currency_from} to {error.currency_to}. {_reasons(error.reasons)}.", NO)
    except TooFewProviders as error:
        stop(f"Too few exchanges: {error}. {_reasons(error.reasons)}.", NO)
    except (BookTooThin, OrderTooSmall) as error:
        stop(f"{str(error).capitalize()}.", NO)
    except MedianOfOne:
        stop("A median is of all exchanges: leave --exchange out.", REFUSED)
    except NoOrderBooks as error:
        stop(f"{error}.", REFUSED)
    except InvalidInput as error:
        stop(f"{asked.exchange} {error}", REFUSED)
    except ConversionUnavailable as error:
        stop(f"Could not ask every exchange that might have a route. {error}.", UNAVAILABLE)


def _reasons(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())


async def _convert_once(settings: "Settings", asked: Asked) -> "Conversion | FurtherConversion":
    from entrypoints.wiring.running import running  # noqa: PLC0415 -- slow to import

    async with running(settings, makes_secret=False) as container:
        newest = container.reference().newest()
        ask = _use_case(container, asked)
        arrival = container.rates().convert().arrival
        try:
            return await ask(arrival=arrival())
        except ConversionUnavailable as error:
            if newest is None or newest.source not in error.failures:
                raise
            with suppress(ExchangeUnavailable):  # then the second attempt fails like the first
                newest.accept(await container.reference().source().newest())
            return await ask(arrival=arrival())


def _use_case(
    container: "ApplicationContainer", asked: Asked
) -> "Callable[..., Awaitable[Conversion | FurtherConversion]]":
    from application.rates.convert_further import is_best  # noqa: PLC0415 -- few ask for it

    rates = container.rates()
    common: dict[str, Any] = {
        "amount": asked.amount,
        "currency_from": asked.currency_from,
        "currency_to": asked.currency_to,
        "exchange": asked.exchange,
    }
    if asked.rate_type in {RateKind.DEPTH, RateKind.MEDIAN}:
        return partial(rates.convert_further(), rate_type=FurtherRateType(asked.rate_type), **common)
    use_case = rates.convert_further() if is_best(asked.exchange) else rates.convert()
    return partial(use_case, rate_type=RateType(asked.rate_type), **common)


def _body(conversion: "Conversion | FurtherConversion", *, with_route: bool) -> dict[str, Any]:
    """Return what the API would answer, and the units of the prices of a plain conversion."""
    import orjson  # noqa: PLC0415 -- slow to import, as are the next

    from entrypoints.http.rates.further_bodies import further_body  # noqa: PLC0415
    from entrypoints.http.rates.schemas import conversion_body  # noqa: PLC0415

    if not isinstance(conversion, Conversion):
        further: dict[str, Any] = orjson.loads(further_body(conversion, include_route=with_route))
        return further
    body: dict[str, Any] = orjson.loads(conversion_body(conversion, include_route=with_route))
    return body | {"units": [leg.pair.quote for leg in conversion.route.legs]}
