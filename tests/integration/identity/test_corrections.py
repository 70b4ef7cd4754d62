"""An administrator mends a mistake by its opposite; on SQLite and on Postgres."""

from uuid import uuid4

import pytest

from tests.integration.identity.client import PASSWORD, Client, Newcomers
from tests.integration.problems import is_problem
from tests.servers.administrators import make_admin
from tests.servers.service_client import Answer
from tests.unit.fakes.clock import TickingClock

CORRECTIONS = "/admin/ledger/corrections"


@pytest.fixture
async def root(newcomers: Newcomers, database_url: str) -> Client:
    """An administrator who has just signed in."""
    root = await newcomers.user()
    await make_admin(database_url, root.name)
    return root


async def deposited(client: Client, amount: str) -> Answer:
    wallet = await client.ask("POST", "/wallets", json={"name": uuid4().hex})
    body = {"wallet_id": wallet.json["id"], "code": "USD", "amount": amount}
    return await client.ask("POST", "/currency", json=body, headers={"Idempotency-Key": uuid4().hex})


async def corrected(client: Client, transaction_id: str, reason: str = "paid in twice", *, key: str = "") -> Answer:
    body = {"transaction_id": transaction_id, "reason": reason}
    return await client.ask("POST", CORRECTIONS, json=body, headers={"Idempotency-Key": key or uuid4().hex})


async def test_a_correction_is_the_opposite_once_with_its_reason_and_in_the_audit_log(
    root: Client, ada: Client
) -> None:
    mistake = (await deposited(ada, "5")).json
    made = await corrected(root, mistake["transaction_id"], key="once")
    assert made.status == 201, made.body
    assert (made.json["corrects"], made.json["reason"]) == (mistake["transaction_id"], "paid in twice")
    assert mistake["id"] in made.json["account_ids"]
    again = await corrected(root, mistake["transaction_id"], key="once")
    assert (again.json, again.headers["Idempotency-Replayed"]) == (made.json, "true")
    assert is_problem(await corrected(root, mistake["transaction_id"]), 409)
    newest, oldest = (await ada.ask("GET", "/entries")).json["entries"]
    assert (newest["kind"], newest["amount"], newest["available"]) == ("correction", "-5", "0")
    assert (newest["related_id"], newest["reason"]) == (mistake["transaction_id"], "paid in twice")
    assert (oldest["kind"], oldest["amount"]) == ("deposit", "5")
    events = (await root.ask("GET", "/admin/audit?limit=20")).json["events"]
    (event,) = [each for each in events if each["action"] == "correct_transaction" and each["who"] == root.name]
    assert event["detail"] == f"transaction {mistake['transaction_id']}, by {made.json['transaction_id']}"


async def test_money_that_was_spent_is_not_taken_back(root: Client, ada: Client) -> None:
    mistake = (await deposited(ada, "5")).json
    withdraw = f"/currency/add_or_withdraw_funds/{mistake['id']}"
    assert (await ada.ask("POST", withdraw, json={"amount": "-2"}, headers={"Idempotency-Key": "1"})).status == 200
    refused = await corrected(root, mistake["transaction_id"])
    assert is_problem(refused, 409)
    assert (refused.json["type"], refused.json["available"]) == ("/problems/insufficient-funds", "3")
    events = (await root.ask("GET", "/admin/audit?limit=20")).json["events"]
    assert not [each for each in events if mistake["transaction_id"] in each["detail"]]


async def test_what_is_asked_for_must_be_whole(root: Client) -> None:
    assert is_problem(await corrected(root, str(uuid4())), 404)
    assert is_problem(await corrected(root, "x"), 422, "transaction_id")
    for reason in ("", " ", "a\nb", "x" * 256, "\u200b"):
        assert is_problem(await corrected(root, str(uuid4()), reason), 422, "reason"), reason
    body = {"transaction_id": str(uuid4()), "reason": "x"}
    assert is_problem(await root.ask("POST", CORRECTIONS, json=body), 422, "Idempotency-Key")


async def test_a_correction_takes_an_administrator_and_a_recent_password(
    root: Client, ada: Client, accounts_clock: TickingClock
) -> None:
    transaction_id = (await deposited(ada, "5")).json["transaction_id"]
    for other in (ada, await root.new_key("wallets:write")):
        assert is_problem(await corrected(other, transaction_id), 403)
    accounts_clock.advance(301)
    late = await corrected(root, transaction_id, key="kept")
    assert is_problem(late, 403)
    assert late.json["type"] == "/problems/password-needed"
    assert (await root.ask("POST", "/me/confirm", json={"password": PASSWORD})).status == 200
    assert (await corrected(root, transaction_id, key="kept")).status == 201
