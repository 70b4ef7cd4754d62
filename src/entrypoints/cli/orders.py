"""`crossrate orders`: an operator looks at what users have bought, or are buying."""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from domain.decimals import plain
from domain.identity.user import Username
from domain.orders.order import OrderStatus
from entrypoints.cli.output import AsJson, show_json, show_table, stop
from entrypoints.cli.user_commands import Name, moment, run_in_application

if TYPE_CHECKING:
    from application.orders.read_orders import OrdersPage, OrderView
    from domain.orders.order import Order
    from entrypoints.wiring.application import ApplicationContainer

MOST = 500
HEADS = ("id", "ordered", "status", "buy", "amount", "filled", "pay with", "price", "cost", "fee", "refunded")

orders = typer.Typer(help="Show what users have bought, or are buying.", no_args_is_help=True)


@orders.command(name="list")
def list_(
    name: Name,
    *,
    status: Annotated[OrderStatus | None, typer.Option(help="Only orders with this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="How many at most, the newest.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List a user's orders, newest first."""

    async def read(container: "ApplicationContainer") -> "OrdersPage":
        user = await container.identity().find_user()(username=Username(name))
        return await container.orders().read_orders().page(user, status, None, limit)

    page = run_in_application(read)
    if as_json:
        from entrypoints.http.orders.schemas import OrdersAnswer  # noqa: PLC0415 -- slow to import

        show_json({"orders": OrdersAnswer.of_page(page).model_dump(mode="json")["orders"]})
    elif page.orders:
        show_table(HEADS, [_row(order) for order in page.orders])
    else:
        stop("There are no such orders of this user.", 0)


@orders.command()
def show(
    name: Name,
    order_id: Annotated[UUID, typer.Argument(metavar="ORDER_ID", help="The order's id.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show a user's order with each status that it had, and when."""

    async def read(container: "ApplicationContainer") -> "OrderView":
        user = await container.identity().find_user()(username=Username(name))
        return await container.orders().read_orders().one(user, order_id)

    view = run_in_application(read)
    if as_json:
        from entrypoints.http.orders.schemas import OrderWithLife  # noqa: PLC0415 -- slow to import

        show_json(OrderWithLife.with_life(view).model_dump(mode="json"))
        return
    about = [*zip(HEADS, _row(view.order), strict=True), ("venue", view.order.exchange or "")]
    show_table(("", ""), [*about, ("reason", view.order.reason or "")])
    typer.echo()
    show_table(
        ("status", "since", "batch"),
        [(event.status.value, moment(event.at), str(event.batch_id or "")) for event in view.life],
    )


def _row(order: "Order") -> tuple[str, ...]:
    terms = order.terms
    bought = [plain(terms.buy.amount_of(units)) for units in (terms.amount, order.filled)]
    cost, fee, refunded = [plain(terms.pay_with.amount_of(units)) for units in (terms.cost, terms.fee, order.refunded)]
    begins = (str(order.id), moment(order.created_at), order.status.value, str(terms.buy.code), *bought)
    return (*begins, str(terms.pay_with.code), plain(terms.price), cost, fee, refunded)
