"""How a conversion is shown, from what the API answers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import typer

from domain.decimals import plain
from entrypoints.cli.output import Row, show_facts, show_table

Body = Mapping[str, Any]

LEGS = ("leg", "symbol", "side", "price", "age")


def show_conversion(body: Body, amount: Decimal, now: float, *, with_route: bool) -> None:
    """Print the facts, and the legs or the trades if they are asked for. `now` is in Unix seconds.

    `units` are those of the legs' prices, where they are known; the API leaves them to the market's symbol.
    """
    sold, bought = body["currency_from"], body["currency_to"]
    show_facts(
        ("rate", f"1 {sold} = {body['rate']} {bought}"),
        ("result", f"{plain(amount)} {sold} = {body['result']} {bought}"),
        *_at_depth(body, bought),
        ("exchange", body["exchange"]),
        *_of_others(body),
    )
    legs = body.get("trades") or body.get("route") or ()
    if with_route and legs:
        typer.echo()
        show_table(LEGS, _legs(legs, body.get("units", [""] * len(legs)), now))


def _at_depth(body: Body, bought: str) -> list[Row]:
    if "received" not in body:
        return []
    return [
        ("received", f"{body['received']} {bought}"),
        ("fee", f"{body['fee']} {bought}"),
        ("slippage", f"{body['slippage_percent']}%"),
        *(("left over", f"{each['amount']} {each['currency']}") for each in body.get("left_over", ())),
    ]


def _of_others(body: Body) -> list[Row]:
    """Return what other exchanges gave, of a best conversion, or what the median is of."""
    considered = ((each["exchange"], each.get("rate") or each.get("reason", "")) for each in body.get("considered", ()))
    providers = ((each["exchange"], each["rate"]) for each in body.get("providers", ()))
    return [*considered, *providers, *body.get("left_out", {}).items()]


def _legs(legs: Sequence[Body], units: Sequence[str], now: float) -> list[Row]:
    return [
        (
            str(number),
            leg["symbol"],
            leg["side"],
            f"{leg['price']} {unit}".rstrip(),
            f"{max(0.0, now - leg['observed_at']):.1f} s",
        )
        for number, (leg, unit) in enumerate(zip(legs, units, strict=True), start=1)
    ]
