"""Purchase orders over a real socket."""

import asyncio
import csv
from decimal import Decimal
from uuid import uuid4

import pytest

from entrypoints.http.orders.schemas import order_cursor
from tests.integration.identity.client import Client
from tests.integration.problems import is_problem
from tests.integration.wallets.asking import Json, post
from tests.unit.fakes.clock import TickingClock

FUNDS = Decimal(1_000_000)


def purchase(amount: str | None = "0.5", **more: object) -> Json:
    return {"wallet": "main", "buy": "BTC", "pay_with": "USDT", "amount": amount, **more}


async def amounts(client: Client, code: str) -> tuple[Decimal, Decimal]:
    """Return what is available and held of a currency."""
    (wallet,) = (await client.ask("GET", "/wallets")).json["wallets"]
    found = [each for each in wallet["currencies"] if each["code"] == code]
    return (Decimal(found[0]["available"]), Decimal(found[0]["held"])) if found else (Decimal(0), Decimal(0))


async def ended(client: Client, order_id: str) -> Json:
    order: Json = {}
    for _ in range(20):
        order = (await client.ask("GET", f"/orders/{order_id}?wait=2")).json
        if order["status"] in {"settled", "refunded"}:
            return order
    raise AssertionError(order)


@pytest.mark.parametrize("path", ["/api/v1/orders", "/api/orders"])
async def test_an_order_is_accepted_bought_and_in_the_wallet(ada: Client, path: str) -> None:
    made = await post(ada, path, purchase())
    assert made.status == 201, made.body
    order = made.json
    assert order | {"status": "queued", "filled": "0", "refunded": "0", "batch_id": None, "reason": None} == order
    cost, fee = Decimal(order["cost"]), Decimal(order["fee"])
    assert cost == Decimal(order["price"]) * Decimal("0.5")
    done = await ended(ada, order["id"])
    assert (done["status"], done["filled"], done["exchange"]) == ("settled", "0.5", "simulated")
    assert [each["status"] for each in done["life"]] == ["queued", "batched", "placing", "settled"]
    assert all(isinstance(each["at"], int) for each in done["life"])
    assert (done["life"][0]["at"], done["life"][-1]["at"]) == (done["created_at"], done["updated_at"])
    assert await amounts(ada, "BTC") == (Decimal("0.5"), Decimal(0))
    assert await amounts(ada, "USDT") == (FUNDS - cost - fee, Decimal(0))


async def test_a_small_order_waits_and_is_cancelled_with_all_its_money(ada: Client) -> None:
    order = (await post(ada, "/orders", purchase("0.0001"))).json
    total = Decimal(order["cost"]) + Decimal(order["fee"])
    assert await amounts(ada, "USDT") == (FUNDS - total, total)
    shown = (await ada.ask("GET", f"/orders/{order['id']}?wait=1")).json
    assert (shown["status"], [each["status"] for each in shown["life"]]) == ("queued", ["queued"])
    cancelled = await ada.ask("DELETE", f"/orders/{order['id']}")
    assert (cancelled.status, cancelled.json["status"]) == (200, "refunded")
    assert Decimal(cancelled.json["refunded"]) == total
    assert (await ada.ask("DELETE", f"/orders/{order['id']}")).status == 200
    assert await amounts(ada, "USDT") == (FUNDS, Decimal(0))
    entries = (await ada.ask("GET", "/entries")).json["entries"]
    rows = list(csv.DictReader((await ada.ask("GET", "/entries?format=csv")).body.decode().splitlines()))
    assert [row["related_id"] for row in rows] == [each.get("related_id", "") for each in entries]
    assert entries[0]["related_id"] == entries[1]["transaction_id"]


async def test_spending_buys_as_much_as_it_is_enough_for(ada: Client) -> None:
    order = (await post(ada, "/orders", purchase(None, spend="1000"))).json
    assert Decimal("999.99") < Decimal(order["cost"]) + Decimal(order["fee"]) <= 1000
    assert (await ended(ada, order["id"]))["status"] == "settled"


async def test_a_repeated_request_is_one_order(ada: Client) -> None:
    key = uuid4().hex
    first = await post(ada, "/orders", purchase("0.0001"), key=key)
    again = await asyncio.gather(*(post(ada, "/orders", purchase("0.0001"), key=key) for _ in range(5)))
    assert {answer.json["id"] for answer in again} == {first.json["id"]}
    assert len((await ada.ask("GET", "/orders")).json["orders"]) == 1


async def test_a_locked_price_is_accepted_once(ada: Client) -> None:
    body = {"buy": "BTC", "pay_with": "USDT", "amount": "0.0001"}
    lock = (await post(ada, "/price-locks", body)).json
    assert isinstance(lock["expires_at"], int)
    order = await post(ada, "/orders", purchase(None, price_lock_id=lock["id"]))
    assert order.status == 201, order.body
    assert [order.json[name] for name in ("amount", "price", "cost", "fee")] == [
        lock[name] for name in ("amount", "price", "cost", "fee")
    ]
    assert is_problem(await post(ada, "/orders", purchase(None, price_lock_id=lock["id"])), 409)


async def test_a_price_lock_expires_is_its_owners_and_for_one_purchase(
    ada: Client, grace: Client, orders_clock: TickingClock
) -> None:
    body = {"buy": "BTC", "pay_with": "USDT", "amount": "0.0001"}
    lock = (await post(ada, "/price-locks", body)).json
    assert is_problem(await post(grace, "/orders", purchase(None, price_lock_id=lock["id"])), 404)
    assert is_problem(await post(ada, "/orders", purchase("0.0002", price_lock_id=lock["id"])), 409)
    assert is_problem(await post(ada, "/orders", purchase(None, price_lock_id=lock["id"], buy="ETH")), 409)
    orders_clock.advance(11)
    assert is_problem(await post(ada, "/orders", purchase(None, price_lock_id=lock["id"])), 409)


async def test_a_refused_order_changes_nothing(ada: Client) -> None:
    too_dear = await post(ada, "/orders", purchase(max_price="1"))
    assert is_problem(too_dear, 409)
    assert (too_dear.json["type"], Decimal(too_dear.json["price"]) > 1) == ("/problems/price-above-max", True)
    poor = await post(ada, "/orders", purchase("1000000"))
    assert is_problem(poor, 409)
    assert poor.json["type"] == "/problems/insufficient-funds"
    assert is_problem(await post(ada, "/orders", purchase(wallet="other")), 404)
    assert is_problem(await post(ada, "/orders", purchase(pay_with="ETH")), 409)
    assert (await ada.ask("GET", "/orders")).json == {"orders": [], "next_cursor": None}
    assert await amounts(ada, "USDT") == (FUNDS, Decimal(0))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "0.000000001"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1", "spend": "1"}, "amount"),
        ({"amount": None}, "amount"),
        ({"buy": "DOGE"}, "buy"),
        ({"buy": "USDT"}, "pay_with"),
        ({"max_price": "x"}, "max_price"),
        ({"price_lock_id": "x"}, "price_lock_id"),
        ({"wallet": ""}, "wallet"),
        ({"more": 1}, "more"),
    ],
)
async def test_what_is_no_purchase_is_refused(ada: Client, more: Json, field: str) -> None:
    assert is_problem(await post(ada, "/orders", purchase() | more), 422, field)


@pytest.mark.parametrize(
    "more",
    [{"amount": "0"}, *({"amount": None, name: given} for name in ("amount", "spend") for given in ("-0", -1, "-0.5"))],
)
async def test_what_is_bought_or_spent_is_more_than_0(ada: Client, more: Json) -> None:
    refused = await post(ada, "/orders", purchase() | more)
    assert [error["detail"] for error in refused.json["errors"]] == ["must be more than 0"]


async def test_an_idempotency_key_is_required(ada: Client) -> None:
    assert is_problem(await ada.ask("POST", "/orders", json=purchase()), 422, "Idempotency-Key")


async def test_a_price_lock_for_what_to_spend_is_accepted_for_that_alone(ada: Client) -> None:
    lock = (await post(ada, "/price-locks", {"buy": "BTC", "pay_with": "USDT", "spend": "10"})).json
    for spend in ("5000", "9", "11"):
        refused = await post(ada, "/orders", purchase(None, spend=spend, price_lock_id=lock["id"]))
        assert is_problem(refused, 409)
    accepted = await post(ada, "/orders", purchase(None, spend="10", price_lock_id=lock["id"]))
    assert (accepted.status, accepted.json["amount"]) == (201, lock["amount"])


async def test_orders_are_listed_in_pages_and_by_status(ada: Client) -> None:
    ids = [(await post(ada, "/orders", purchase("0.0001"))).json["id"] for _ in range(3)]
    await ada.ask("DELETE", f"/orders/{ids[0]}")
    page = (await ada.ask("GET", "/orders?limit=2")).json
    assert [each["id"] for each in page["orders"]] == [ids[2], ids[1]]
    last = (await ada.ask("GET", f"/orders?limit=2&cursor={page['next_cursor']}")).json
    assert ([each["id"] for each in last["orders"]], last["next_cursor"]) == ([ids[0]], None)
    refunded = (await ada.ask("GET", "/orders?status=refunded")).json["orders"]
    assert [each["id"] for each in refunded] == [ids[0]]
    for query, field in (
        ("status=lost", "status"),
        ("cursor=x", "cursor"),
        (f"cursor={order_cursor(uuid4())}", "cursor"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
    ):
        assert is_problem(await ada.ask("GET", f"/orders?{query}"), 422, field)
    assert is_problem(await ada.ask("GET", f"/orders/{ids[1]}?wait=11"), 422, "wait")


async def test_orders_are_their_owners(ada: Client, grace: Client) -> None:
    order_id = (await post(ada, "/orders", purchase("0.0001"))).json["id"]
    assert is_problem(await grace.ask("GET", f"/orders/{order_id}"), 404)
    assert is_problem(await grace.ask("DELETE", f"/orders/{order_id}"), 404)
    assert (await grace.ask("GET", "/orders")).json["orders"] == []
    for method, path in (("GET", "/orders"), ("POST", "/orders"), ("POST", "/price-locks")):
        assert is_problem(await Client(ada.service, "nobody", ada.address).ask(method, path), 401)


async def test_a_key_needs_the_scope(ada: Client) -> None:
    reader, writer = await ada.new_key("orders:read"), await ada.new_key("orders:write")
    assert (await reader.ask("GET", "/orders")).status == 200
    assert is_problem(await post(reader, "/orders", purchase("0.0001")), 403)
    assert (await post(writer, "/orders", purchase("0.0001"))).status == 201
    assert is_problem(await writer.ask("GET", "/orders"), 403)


async def test_simultaneous_orders_never_spend_more_than_there_is(ada: Client) -> None:
    price = Decimal((await post(ada, "/price-locks", {"buy": "BTC", "pay_with": "USDT", "amount": "1"})).json["price"])
    third = str((FUNDS / price / 3).quantize(Decimal("0.01")))
    answers = await asyncio.gather(*(post(ada, "/orders", purchase(third)) for _ in range(8)))
    accepted = [answer.json for answer in answers if answer.status == 201]
    assert 2 <= len(accepted) <= 3
    for order in accepted:
        assert (await ended(ada, order["id"]))["status"] == "settled"
    spent = sum(Decimal(order["cost"]) + Decimal(order["fee"]) for order in accepted)
    assert await amounts(ada, "USDT") == (FUNDS - spent, Decimal(0))
    assert await amounts(ada, "BTC") == (Decimal(third) * len(accepted), Decimal(0))
