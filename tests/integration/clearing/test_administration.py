"""An administrator says what may be bought, halts and resumes, and all of it is in the audit log."""

from uuid import uuid4

import pytest

from entrypoints.http.orders.schemas import order_cursor
from tests.integration.clearing.stuck import leave_stuck
from tests.integration.identity.client import Client
from tests.integration.problems import is_problem
from tests.servers.service_client import Answer
from tests.unit.fakes.clock import NOON

BTC = {"code": "BTC", "venues": ["simulated"], "threshold": "10.50", "after_wait": "buy", "max_wait_seconds": 60}


async def of_btc(answer: Answer) -> dict[str, object]:
    assert answer.status == 200, answer.body
    (found,) = [each for each in answer.json["assets"] if each["code"] == "BTC"]
    terms: dict[str, object] = found
    return terms


async def audited(root: Client) -> list[tuple[str, str]]:
    events = (await root.ask("GET", "/admin/audit?limit=20")).json["events"]
    return [(each["action"], each["detail"]) for each in events if each["who"] == root.name]


async def test_what_may_be_bought_is_stored_listed_and_replaced(root: Client) -> None:
    made = await of_btc(await root.ask("POST", "/admin/assets", json=BTC))
    assert made.items() >= {"clear_with": "USDT", "threshold": "10.5", "after_wait": "buy", "rest": "requeue"}.items()
    assert await of_btc(await root.ask("GET", "/admin/assets")) == made
    replaced = await of_btc(await root.ask("POST", "/admin/assets", json=BTC | {"threshold": 7, "rest": "refund"}))
    assert replaced == made | {"threshold": "7", "rest": "refund"}
    assert ("set_asset", "BTC: 7 USDT at simulated") in await audited(root)


@pytest.mark.parametrize("venues", [{}, {"venues": None}])
async def test_without_venues_it_is_bought_at_all_brokers(root: Client, venues: dict[str, object]) -> None:
    made = await of_btc(await root.ask("POST", "/admin/assets", json={"code": "BTC", "threshold": "500"} | venues))
    assert (made["venues"], made["threshold"]) == (["simulated"], "500")


async def test_an_asset_and_all_are_halted_and_resumed_apart(root: Client) -> None:
    await root.ask("POST", "/admin/assets", json=BTC)
    halted = await root.ask("POST", "/admin/clearing/halt", json={"asset": "BTC", "reason": "moving"})
    shown = (await of_btc(halted))["halt"]
    assert isinstance(shown, dict)
    assert (shown["reason"], shown["by"]) == ("moving", root.name)
    of_all = await root.ask("POST", "/admin/clearing/halt", json={"reason": "an incident"})
    assert of_all.json["halt"]["reason"] == "an incident"
    again = await root.ask("POST", "/admin/clearing/halt", json={"reason": "a second reason"})
    assert again.json["halt"]["reason"] == "an incident"
    resumed = await root.ask("POST", "/admin/clearing/resume", json={})
    assert "halt" not in resumed.json
    assert "halt" in await of_btc(resumed)
    assert "halt" not in await of_btc(await root.ask("POST", "/admin/clearing/resume", json={"asset": "BTC"}))
    assert (await root.ask("POST", "/admin/clearing/resume", json={"asset": "BTC"})).status == 200
    halts = [(action, detail) for action, detail in await audited(root) if action != "set_asset"]
    assert [each for each in halts if each[0].endswith("_clearing")] == [
        ("resume_clearing", "BTC"),
        ("resume_clearing", "all"),
        ("halt_clearing", "all: an incident"),
        ("halt_clearing", "BTC: moving"),
    ]


async def test_the_simulated_venue_agrees_with_the_ledger(root: Client) -> None:
    answer = await root.ask("GET", "/admin/reconciliation")
    assert answer.status == 200, answer.body
    assert answer.json["differences"] == 0
    (venue,) = answer.json["venues"]
    assert venue["venue"] == "simulated"
    assert {each["difference"] for each in venue["assets"]} <= {"0"}


async def test_cursors_of_batches_are_checked(root: Client) -> None:
    assert (await root.ask("GET", "/admin/batches?limit=1")).status == 200
    assert is_problem(await root.ask("GET", "/admin/batches?cursor=AAAA"), 422, "cursor")
    assert is_problem(await root.ask("GET", f"/admin/batches?cursor={order_cursor(uuid4())}"), 422, "cursor")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (BTC | {"code": "USD"}, "code"),
        (BTC | {"code": "NOPE"}, "code"),
        (BTC | {"clear_with": "BTC"}, "clear_with"),
        (BTC | {"clear_with": "EUR"}, "clear_with"),
        (BTC | {"venues": ["nowhere"]}, "venues"),
        (BTC | {"venues": []}, "venues"),
        (BTC | {"venues": ["simulated"] * 11}, "venues"),
        (BTC | {"venues": ["simulated", "simulated"]}, "venues"),
        (BTC | {"threshold": "-1"}, "threshold"),
        (BTC | {"threshold": "NaN"}, "threshold"),
        (BTC | {"after_wait": "keep"}, "after_wait"),
        (BTC | {"max_wait_seconds": 0}, "max_wait_seconds"),
        (BTC | {"max_wait_seconds": 1.5}, "max_wait_seconds"),
        (BTC | {"max_wait_seconds": None}, "max_wait_seconds"),
        (BTC | {"is_halted": True}, "is_halted"),
    ],
)
async def test_terms_that_do_not_work_are_refused(root: Client, body: dict[str, object], field: str) -> None:
    before = (await root.ask("GET", "/admin/assets")).json
    assert is_problem(await root.ask("POST", "/admin/assets", json=body), 422, field)
    assert (await root.ask("GET", "/admin/assets")).json == before


@pytest.mark.parametrize("reason", ["", " x", "x" * 256, "two\nlines", 7, None])
async def test_a_halt_has_a_reason(root: Client, reason: object) -> None:
    assert is_problem(await root.ask("POST", "/admin/clearing/halt", json={"reason": reason}), 422, "reason")


async def test_what_cannot_be_bought_cannot_be_halted(root: Client) -> None:
    assert is_problem(await root.ask("POST", "/admin/clearing/halt", json={"asset": "DOGE", "reason": "x"}), 404)
    assert is_problem(await root.ask("POST", "/admin/clearing/resume", json={"asset": "DOGE"}), 404)


async def test_a_stuck_batch_is_shown_and_resolved_once(root: Client, database_url: str) -> None:
    batch_id = uuid4()
    await leave_stuck(database_url, batch_id, now=NOON)
    path = f"/admin/batches/{batch_id}/resolve"
    (shown,) = [each for each in (await root.ask("GET", "/admin/batches")).json["batches"] if "stuck_since" in each]
    assert (shown["id"], shown["attempts"][0]["outcome"]) == (str(batch_id), "pending")
    trade = {"trade_id": "7", "price": "99.5", "quantity": "1.5", "fee_asset": "ETH"}
    assert is_problem(await root.ask("POST", path, json={"fills": [trade], "reason": "x"}), 422, "")
    executed = await root.ask("POST", path, json={"fills": [trade | {"quantity": "0.5"}], "reason": "seen there"})
    assert executed.status == 200, executed.body
    assert (executed.json["received"], executed.json["paid"]) == ("0.5", "49.75")
    assert is_problem(await root.ask("POST", path, json={"fills": [], "reason": "again"}), 409)
    assert ("resolve_batch", f"{batch_id}: 1 trades; seen there") in await audited(root)


async def test_only_administrators_may(ada: Client) -> None:
    for method, path, body in (
        ("GET", "/admin/assets", None),
        ("POST", "/admin/assets", BTC),
        ("POST", "/admin/clearing/halt", {"reason": "x"}),
        ("POST", "/admin/clearing/resume", {}),
        ("GET", "/admin/batches", None),
        ("GET", "/admin/reconciliation", None),
    ):
        assert is_problem(await ada.ask(method, path, json=body), 403)
