"""`crossrate wallets`: an operator looks at what users have."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from domain.currency import Currency
from domain.decimals import plain
from domain.errors import InvalidInput
from domain.identity.user import Username
from domain.rates.errors import ExchangeUnavailable
from entrypoints.cli.ledger import verify
from entrypoints.cli.output import AsJson, show_json, show_table, stop
from entrypoints.cli.user_commands import Name, run_in_application

if TYPE_CHECKING:
    from application.wallets.value_wallets import TotalWorth
    from domain.wallets.valuation import ValuedLine
    from domain.wallets.wallet_view import WalletView
    from entrypoints.wiring.application import ApplicationContainer

# Of the wallet's largest line.
BAR_CHARACTERS = 20

wallets = typer.Typer(help="Show what users have in their wallets, and verify it.", no_args_is_help=True)
wallets.command()(verify)


def _currency(text: str) -> Currency:
    try:
        return Currency(text)
    except InvalidInput as error:
        raise typer.BadParameter(str(error)) from error


@wallets.command(name="list")
def list_(name: Name, *, as_json: AsJson = False) -> None:
    """List a user's wallets with their currencies."""

    async def read(container: "ApplicationContainer") -> "list[WalletView]":
        user = await container.identity().find_user()(username=Username(name))
        return await container.wallets().read_wallets().all(user)

    views = run_in_application(read)
    if as_json:
        from entrypoints.http.wallets.schemas import WalletsAnswer  # noqa: PLC0415 -- slow to import

        show_json(WalletsAnswer.of(views).model_dump(mode="json"))
        return
    rows = [
        (view.wallet.name, holding.code, *map(plain, (holding.amount, holding.available, holding.held)))
        for view in views
        for holding in view.holdings
    ]
    _show_or_say(("wallet", "currency", "amount", "available", "held"), rows)


@wallets.command()
def show(
    name: Name,
    *,
    to: Annotated[
        str | None,
        typer.Option(parser=_currency, metavar="CODE", help="The currency to value in; by default the user's, or USD."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a user's wallets are worth: each currency with a bar and its status.

    Fetches prices itself, as `convert` does.
    """

    async def value(container: "ApplicationContainer") -> "TotalWorth":
        from application.wallets.value_wallets import WorthQuery, default_to  # noqa: PLC0415 -- slow to import

        await _look_up_reference_rates(container)
        user = await container.identity().find_user()(username=Username(name))
        query = WorthQuery(default_to(user) if to is None else Currency(to))
        return await container.wallets().value_wallets().all(user, query)

    worth = run_in_application(value)
    if as_json:
        _show_worth_as_json(worth)
        return
    rows = [(each.wallet.name, *row) for each in worth.wallets for row in _rows(each.valuation.lines)]
    if rows:
        rows.append(("total", "", "", plain(worth.total), "", "complete" if worth.is_complete else "incomplete"))
    _show_or_say(("wallet", "currency", "amount", f"in {worth.to}", "bar", "status"), rows)


async def _look_up_reference_rates(container: "ApplicationContainer") -> None:
    """Take the newest ones of the database, or, where it has none yet, ask the bank."""
    newest = container.reference().newest()
    if newest is None:
        return
    await container.reference().follow().look()
    if newest.of_any_age is None:
        with suppress(ExchangeUnavailable):  # then the lines say so
            newest.accept(await container.reference().source().newest())


def _rows(lines: "Sequence[ValuedLine]") -> list[tuple[str, ...]]:
    largest = max((line.converted for line in lines if line.converted), default=None)
    return [
        (
            line.holding.code,
            plain(line.holding.amount),
            "" if line.converted is None else plain(line.converted),
            "" if not line.converted or not largest else "█" * max(1, round(BAR_CHARACTERS * line.converted / largest)),
            str(line.status) if line.reason is None else f"{line.status}: {line.reason}",
        )
        for line in lines
    ]


def _show_worth_as_json(worth: "TotalWorth") -> None:
    """Print what the API would answer."""
    import orjson  # noqa: PLC0415 -- slow to import, as are the next

    from domain.rates.book import RateType  # noqa: PLC0415
    from entrypoints.http.wallets.worth_schemas import total_worth_body  # noqa: PLC0415

    show_json(orjson.loads(asyncio.run(total_worth_body(worth, RateType.MID, include_route=False))))


def _show_or_say(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if rows:
        show_table(heads, rows)
    else:
        stop("There is nothing in this user's wallets.", 0)
