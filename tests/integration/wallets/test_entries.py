"""Entries and past balances, over a real socket."""

import csv
from typing import Any

from tests.integration.identity.client import Client
from tests.integration.problems import is_problem
from tests.integration.wallets.asking import funded, move, new_wallet, transfer
from tests.unit.fakes.clock import TickingClock


async def entries(client: Client, path: str = "/entries") -> list[dict[str, Any]]:
    answer = await client.ask("GET", path)
    assert answer.status == 200, answer.body
    found: list[dict[str, Any]] = answer.json["entries"]
    return found


async def test_entries_come_newest_first_with_what_they_changed_and_left(ada: Client) -> None:
    source, destination = await funded(ada, "10"), await funded(ada, "0", name="Other")
    await move(ada, source, "-2.5")
    transaction_id = (await transfer(ada, source, destination, "3")).json["transaction_id"]
    (out,) = await entries(ada, "/wallets/Savings/entries?limit=1")
    assert (out["kind"], out["amount"], out["available"], out["version"]) == ("transfer", "-3", "4.5", 3)
    assert (out["transaction_id"], out["wallet"], out["currency_id"]) == (transaction_id, "Savings", source)
    found = await entries(ada)
    assert [(each["wallet"], each["amount"]) for each in found[2:]] == [("Savings", "-2.5"), ("Savings", "10")]
    assert {each["wallet"]: each["amount"] for each in found[:2]} == {"Savings": "-3", "Other": "3"}


async def test_pages_together_have_every_entry_once(ada: Client) -> None:
    currency_id = await funded(ada, "1")
    for number in range(6):
        await move(ada, currency_id, number + 1)
    seen, query = [], "?limit=2"
    while query:
        page = (await ada.ask("GET", f"/entries{query}")).json
        await move(ada, currency_id, 100)  # which moves no other entry to another page
        seen += [each["amount"] for each in page["entries"]]
        query = f"?limit=2&cursor={page['next_cursor']}" if "next_cursor" in page else ""
    assert seen == ["6", "5", "4", "3", "2", "1", "1"]


async def test_csv_has_all_entries(ada: Client) -> None:
    currency_id = await funded(ada, "10")
    await move(ada, currency_id, "-2.5")
    answer = await ada.ask("GET", "/entries?format=csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(answer.body.decode().splitlines()))
    assert [(row["amount"], row["available"], row["wallet"]) for row in rows] == [
        ("-2.5", "7.5", "Savings"),
        ("10", "10", "Savings"),
    ]
    assert {row["related_id"] for row in rows} == {""}
    again = await ada.ask("GET", "/entries?format=csv", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304
    await move(ada, currency_id, "1")
    again = await ada.ask("GET", "/entries?format=csv", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 200


async def test_plain_text_accounts_balance(ada: Client) -> None:
    source, destination = await funded(ada, "10"), await funded(ada, "0", name="my other one")
    await move(ada, source, "-2.5")
    await transfer(ada, source, destination, "3")
    for written_as in ("beancount", "hledger"):
        answer = await ada.ask("GET", f"/entries?format={written_as}")
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        text = answer.body.decode()
        postings = [line.split() for line in text.splitlines() if line.startswith((" ", "\t")) and "id:" not in line]
        assert sum(float(amount) for _, amount, _ in postings) == 0
        assert sorted(amount for account, amount, _ in postings if account.startswith("Assets")) == [
            "-2.5",
            "-3",
            "10",
            "3",
        ]
        assert sorted(amount for account, amount, _ in postings if account == "Equity:Outside") == ["-10", "2.5"]
        alone = (await ada.ask("GET", f"/wallets/Savings/entries?format={written_as}")).body.decode()
        assert "Equity:Outside  3 USD" in alone
    assert is_problem(await ada.ask("GET", "/wallets/none/entries?format=hledger"), 404)
    assert is_problem(await ada.ask("GET", "/entries?format=hledger&limit=1"), 422, "limit")


async def test_a_past_moment_has_the_balances_of_then(ada: Client, wallets_clock: TickingClock) -> None:
    currency_id = await funded(ada, "10")
    wallets_clock.advance(10)
    then = int(wallets_clock.now())
    wallets_clock.advance(10)
    await move(ada, currency_id, "-10")
    wallet_id = (await ada.ask("GET", "/wallets/Savings")).json["id"]
    assert (await ada.ask("DELETE", f"/wallet/{wallet_id}")).status == 204
    for path in ("/entries", "/wallets/savings/entries"):
        answer = (await ada.ask("GET", f"{path}?at={then}")).json
        assert answer["at"] == then
        (wallet,) = answer["wallets"]
        assert (wallet["name"], wallet["currencies"][0]["amount"]) == ("Savings", "10")
    assert (await ada.ask("GET", f"/entries?at={then - 3600}")).json["wallets"] == []
    assert is_problem(await ada.ask("GET", f"/wallets/Savings/entries?at={then - 3600}"), 404)
    for moment in ("2999-01-01", str(int(wallets_clock.now()))):
        assert is_problem(await ada.ask("GET", f"/entries?at={moment}"), 422, "at")
    assert is_problem(await ada.ask("GET", f"/entries?at={then}&format=csv"), 422, "at")


async def test_an_empty_wallet_has_no_entries(ada: Client) -> None:
    await new_wallet(ada)
    assert (await ada.ask("GET", "/wallets/Savings/entries")).json == {"entries": []}
    assert is_problem(await ada.ask("GET", "/wallets/none/entries"), 404)
    assert is_problem(await ada.ask("GET", "/entries?cursor=x"), 422, "cursor")
    assert is_problem(await ada.ask("GET", "/entries?format=xml"), 422, "format")
