"""Administrators list users, the audit log and the ledger's totals; on SQLite and on Postgres."""

import csv
from uuid import uuid4

import pytest

from tests.integration.identity.client import Client, Newcomers
from tests.integration.problems import is_problem
from tests.servers.administrators import make_admin

LISTS = {"/admin/users": "users", "/admin/audit": "events", "/admin/ledger": "assets"}


@pytest.fixture
async def root(newcomers: Newcomers, database_url: str) -> Client:
    """An administrator who has just signed in."""
    root = await newcomers.user()
    await make_admin(database_url, root.name)
    return root


async def deposited(client: Client, code: str, amount: str) -> None:
    wallet = await client.ask("POST", "/wallets", json={"name": uuid4().hex})
    body = {"wallet_id": wallet.json["id"], "code": code, "amount": amount}
    assert (await client.ask("POST", "/currency", json=body, headers={"Idempotency-Key": "1"})).status == 201


@pytest.mark.parametrize("path", LISTS)
async def test_pages_together_have_every_row_once(root: Client, ada: Client, path: str) -> None:
    for code in ("CHF", "EUR", "JPY"):
        await deposited(await ada_like(ada), code, "5")
    seen, query = [], "?limit=2"
    while query:
        page = (await root.ask("GET", path + query)).json
        assert len(page[LISTS[path]]) <= 2
        seen += page[LISTS[path]]
        query = f"?limit=2&cursor={page['next_cursor']}" if "next_cursor" in page else ""
    assert seen == (await root.ask("GET", f"{path}?limit=1000")).json[LISTS[path]]


async def ada_like(ada: Client) -> Client:
    """Return somebody new, whose registration the audit log has."""
    client = Client(ada.service, f"user-{uuid4().hex[:12]}", ada.address)
    assert (await client.register()).status == 201
    assert (await client.login()).status == 200
    return client


async def test_users_are_listed_with_their_role_and_what_locks_them(root: Client, ada: Client) -> None:
    for _ in range(5):
        await ada.login("not her password")
    users = {each["username"]: each for each in (await root.ask("GET", "/admin/users?limit=1000")).json["users"]}
    assert users[root.name]["role"] == "admin"
    of_ada = users[ada.name]
    assert of_ada.keys() == {"id", "username", "role", "state", "created_at", "lockouts"}
    assert (of_ada["role"], of_ada["state"]) == ("user", "enabled")
    assert [(each["scope"], each["address"]) for each in of_ada["lockouts"]] == [("account_at_address", ada.address)]


async def test_the_audit_log_comes_newest_first(root: Client, ada: Client) -> None:
    await ada.login("not her password")
    newest = (await root.ask("GET", "/admin/audit?limit=3")).json["events"]
    assert [(each["who"], each["action"], each["outcome"]) for each in newest] == [
        (ada.name, "login", "refused"),
        (ada.name, "login", "done"),
        (ada.name, "register", "done"),
    ]
    assert {each["address"] for each in newest} == {ada.address}


async def test_the_ledger_says_what_is_owed_and_what_must_be_there(root: Client, ada: Client, grace: Client) -> None:
    await deposited(ada, "KWD", "1.005")
    await deposited(grace, "KWD", "2")
    assets = {each["code"]: each for each in (await root.ask("GET", "/admin/ledger")).json["assets"]}
    kwd = assets["KWD"]
    assert (kwd["owed"], kwd["owned"], kwd["in_custody"]) == ("3.005", "0", "3.005")
    assert {each["kind"]: (each["accounts"], each["total"]) for each in kwd["totals"]} == {
        "user": (2, "3.005"),
        "external": (2, "-3.005"),
    }


@pytest.mark.parametrize(("path", "column"), [("users", "username"), ("audit", "who"), ("ledger", "code")])
async def test_csv_has_every_row_unless_a_limit_is_given(root: Client, ada: Client, path: str, column: str) -> None:
    await deposited(ada, "GBP", "1")
    whole = await root.ask("GET", f"/admin/{path}?format=csv")
    assert whole.headers["Content-Type"].startswith("text/csv")
    assert whole.headers["Content-Disposition"] == f'attachment; filename="crossrate-{path}.csv"'
    rows = list(csv.DictReader(whole.body.decode().splitlines()))
    listed = (await root.ask("GET", f"/admin/{path}?limit=1000")).json[LISTS[f"/admin/{path}"]]
    shown = [row[column] for row in rows]
    if path == "ledger":  # a row for each kind of account
        shown = list(dict.fromkeys(shown))
    assert shown == [each[column] for each in listed]
    part = await root.ask("GET", f"/admin/{path}?limit=1", headers={"Accept": "text/csv"})
    first = next(csv.DictReader(part.body.decode().splitlines()))
    assert first == rows[0]


@pytest.mark.parametrize("path", LISTS)
async def test_only_a_signed_in_administrator_sees_them(root: Client, ada: Client, path: str) -> None:
    assert (await root.ask("GET", path)).status == 200
    for other in (ada, await ada.new_key("convert"), await root.new_key("convert")):
        assert is_problem(await other.ask("GET", path), 403)
    assert is_problem(await Client(root.service, "", root.address).ask("GET", path), 401)
    for wrong, field in (("limit=0", "limit"), ("limit=1001", "limit"), ("cursor=x", "cursor"), ("format=x", "format")):
        assert is_problem(await root.ask("GET", f"{path}?{wrong}"), 422, field)
