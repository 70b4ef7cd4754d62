"""What must hold of money whatever happens at once: seen over HTTP, and in the stored rows."""

import asyncio
import random
import sqlite3
from collections import Counter
from functools import partial
from itertools import pairwise, product
from uuid import uuid4

import asyncpg
import pytest

from tests.integration.money.amounts import LARGEST, ONE, text_of, units_of
from tests.integration.money.at_once import at_once, decided
from tests.integration.money.conftest import Bank
from tests.integration.money.depositor import MOVE, Depositor, done, is_replay
from tests.integration.money.journal import Journal, by_account, unbalanced
from tests.integration.money.length import (
    CREDITS,
    DUPLICATES,
    ROUNDS_OF_DUPLICATES,
    TRANSFERS,
    UNIT_MOVEMENTS,
    WITHDRAWALS,
)
from tests.integration.money.unfinished import crediting, is_waited_for
from tests.integration.problems import is_problem
from tests.servers.command import environment, run_crossrate
from tests.waiting import eventually

FORGERIES = (
    "UPDATE ledger_postings SET recorded_at_us = 0",
    "UPDATE ledger_transactions SET reason = 'another'",
    "UPDATE ledger_assets SET scale = 0",
    "UPDATE ledger_accounts SET available = held",
    "DELETE FROM ledger_postings",
    "DELETE FROM ledger_transactions",
    "DELETE FROM ledger_accounts",
)


async def test_every_transaction_balances_in_each_asset(bank: Bank, ada: Depositor) -> None:
    coins, others = await ada.currency("BTC", "3.000000000000000007"), await ada.currency("BTC")
    done(await ada.transfer(coins, others, "1.000000000000000007"), 200)
    done(await ada.move(coins, "-0.5"), 200)
    done(await ada.move(await ada.currency("USD", "10.25"), "-0.01"), 200)
    mine = await bank.journal.postings([coins, others])
    assert len(mine) == 4
    everything = await bank.journal.postings()
    assert unbalanced(everything) == {}
    parties = Counter(posting.transaction for posting in everything)
    assert {parties[posting.transaction] for posting in mine} == {2}


async def test_what_is_recorded_stays_as_it_is(bank: Bank, ada: Depositor) -> None:
    wallet = await ada.wallet()
    dollars = await ada.currency("USD", "5", wallet)
    done(await ada.move(dollars, "-5"), 200)
    entries, rows = await ada.entries(), await bank.journal.postings()
    for method, path in product(
        ("PUT", "PATCH", "DELETE", "POST"), ("/entries", f"/entries/{entries[0]['transaction_id']}")
    ):
        assert (await ada.write(method, path, {"amount": "9"})).status in {404, 405}
    for statement in FORGERIES:
        with pytest.raises((sqlite3.IntegrityError, asyncpg.PostgresError)):
            await Journal(bank.address).run(statement)
    assert (await ada.write("DELETE", f"/wallet/{wallet}", None)).status == 204
    assert [(entry["transaction_id"], entry["amount"]) for entry in await ada.entries()] == [
        (entry["transaction_id"], entry["amount"]) for entry in entries
    ]
    assert await bank.journal.postings() == rows


async def test_each_hash_covers_the_posting_and_the_hash_before(bank: Bank, ada: Depositor) -> None:
    coins, others = await ada.currency("BTC", "3"), await ada.currency("BTC")
    for _ in range(3):
        done(await ada.transfer(coins, others, "0.5"), 200)
    chains = by_account(await bank.journal.postings()).values()
    for chain in chains:
        before = bytes(32)
        for posting in chain:
            assert posting.hash == posting.hash_after(before)
            before = posting.hash


async def test_verifying_finds_a_changed_posting(bank: Bank, ada: Depositor) -> None:
    dollars = await ada.currency("USD", "5")
    done(await ada.move(dollars, "-2"), 200)
    verify = partial(run_crossrate, "ledger", "verify", folder=bank.folder)
    settings = environment(database_url=bank.address)
    assert (await verify(environment=settings)).status == 0
    await bank.journal.forge_reason(dollars, "forged")
    found = await verify(environment=settings)
    assert (found.status, dollars in found.output + found.errors) == (1, True), found
    await bank.journal.forge_reason(dollars, "")
    assert (await verify(environment=settings)).status == 0


async def test_64_duplicates_at_once_are_one(bank: Bank, ada: Depositor) -> None:
    dollars = await ada.currency("USD")
    for times in range(1, ROUNDS_OF_DUPLICATES + 1):  # in some, two processes get the first ones at the same time
        send = partial(ada.move, dollars, "5")
        key = uuid4().hex
        answers = await at_once([decided(send, key) for _ in range(DUPLICATES)], most=DUPLICATES)
        assert {answer.body for answer in answers} == {answers[0].body}
        assert done(answers[0], 200)["amount"] == str(5 * times)
        assert sum(not is_replay(answer) for answer in answers) == 1
        assert len(await bank.journal.postings([dollars])) == times


async def test_a_repeated_write_changes_nothing_and_gets_the_same_answer(bank: Bank, ada: Depositor) -> None:
    dollars, euros = await ada.currency("USD", "7"), await ada.currency("EUR", "9")
    more = await ada.currency("USD")
    deposit = ("POST", f"{MOVE}/{dollars}", {"amount": "1"}, "deposit")
    transfer = ("POST", "/transfers", {"from_currency_id": dollars, "to_currency_id": more, "amount": "2"}, "transfer")
    opened = ("POST", "/wallets", {"name": "savings"}, "wallet")
    added = ("POST", "/currency", {"wallet_id": await ada.wallet(), "code": "USD", "amount": "4"}, "currency")
    writes = (deposit, transfer, opened, added)
    first = [await ada.write(*write) for write in writes]
    before, rows = await ada.holdings(), await bank.journal.postings()
    again = [await ada.write(*write) for write in (*writes, *reversed(writes))]
    assert [(answer.status, answer.body) for answer in again] == [
        (answer.status, answer.body) for answer in (*first, *reversed(first))
    ]
    assert ({*map(is_replay, first)}, {*map(is_replay, again)}) == ({False}, {True})
    others = [
        (method, path, {**body, "name" if "name" in body else "amount": "3"}, key) for method, path, body, key in writes
    ]
    for write in (*others, ("POST", f"{MOVE}/{euros}", deposit[2], "deposit")):
        assert is_problem(await ada.write(*write), 422, "Idempotency-Key")
    assert (await ada.holdings(), await bank.journal.postings()) == (before, rows)


async def test_a_key_is_its_users_own(bank: Bank, ada: Depositor) -> None:
    grace = await bank.depositor()
    for each in (ada, grace):
        answer = await each.move(await each.currency("USD"), "5", "the same key")
        assert done(answer, 200)["amount"] == "5"
        assert not is_replay(answer)


async def test_many_credits_at_once_on_one_account_lose_nothing(bank: Bank, ada: Depositor) -> None:
    dollars = await ada.currency("USD", "0.01")
    answers = await at_once([decided(partial(ada.move, dollars, "0.03")) for _ in range(CREDITS)])
    assert {answer.status for answer in answers} == {200}
    total = units_of("0.01") + CREDITS * units_of("0.03")
    assert await ada.amount(dollars) == total
    seen = {units_of(answer.json["amount"]) for answer in answers}
    assert len(seen) == CREDITS  # each answer has the balance after its own credit
    assert max(seen) == total
    assert len(await bank.journal.postings([dollars])) == CREDITS + 1


async def test_an_answer_has_the_balance_after_its_own_change_and_after_all_that_it_waited_for(
    bank: Bank, ada: Depositor
) -> None:
    dollars = await ada.currency("USD", "1")
    async with crediting(bank.journal.url, dollars, 300):
        answer = asyncio.create_task(decided(partial(ada.move, dollars, "5")))
        await eventually(partial(is_waited_for, bank.journal))
    assert done(await answer, 200)["amount"] == "9"
    assert await ada.amount(dollars) == 9 * ONE


async def test_transfers_among_20_accounts_conserve_every_unit_at_every_moment(ada: Depositor) -> None:
    picks = random.Random(11)  # noqa: S311 -- a seed, so that a failure comes again
    accounts = [await ada.currency("BTC", f"1.{number:018}") for number in range(20)]
    orders = [(*picks.sample(accounts, 2), text_of(picks.randint(1, ONE))) for _ in range(TRANSFERS)]
    async with ada.audited():
        moved = await at_once([decided(partial(ada.transfer, *order)) for order in orders])
    statuses = Counter(answer.status for answer in moved)
    assert set(statuses) <= {200, 409}
    assert statuses[200] > TRANSFERS / 4
    assert all(answer.json["type"] == "/problems/insufficient-funds" for answer in moved if answer.status == 409)


async def test_a_balance_is_the_sum_of_its_entries(ada: Depositor) -> None:
    coins, others = await ada.currency("BTC", text_of(LARGEST - 5 * ONE)), await ada.currency("BTC", "2")
    for amount in ("0.5", "-0.25", "-3"):
        done(await ada.move(coins, amount), 200)
    done(await ada.transfer(coins, others, "0.125"), 200)
    holdings = await ada.holdings()
    for currency in (coins, others):
        changes = [units_of(entry["amount"]) for entry in await ada.entries(currency)]
        assert sum(changes) == holdings[currency].amount


async def test_of_100_withdrawals_at_once_with_funds_for_one_exactly_one_goes_through(
    bank: Bank, ada: Depositor
) -> None:
    dollars = await ada.currency("USD", "100")
    answers = await at_once([decided(partial(ada.move, dollars, "-100")) for _ in range(WITHDRAWALS)])
    assert Counter(answer.status for answer in answers) == {200: 1, 409: WITHDRAWALS - 1}
    refused = [answer.json for answer in answers if answer.status == 409]
    seen = {(each["type"], each["available"], each["asked"]) for each in refused}
    assert seen == {("/problems/insufficient-funds", "0", "100")}
    assert await ada.amount(dollars) == 0
    assert len(await bank.journal.postings([dollars])) == 2


async def test_movements_of_one_unit_beside_a_huge_amount_do_not_drift(ada: Depositor) -> None:
    start = LARGEST - UNIT_MOVEMENTS
    coins = await ada.currency("BTC", text_of(start))
    changes = random.Random(10).choices((1, -1), (2, 1), k=UNIT_MOVEMENTS)  # noqa: S311 -- a seed, as above
    answers = await at_once([decided(partial(ada.move, coins, text_of(change))) for change in changes], most=8)
    assert {answer.status for answer in answers} == {200}
    assert await ada.amount(coins) == start + sum(changes)


async def test_assets_never_mix(bank: Bank, ada: Depositor) -> None:
    wallet = await ada.wallet()
    dollars, euros, coins = [await ada.currency(code, "5", wallet) for code in ("USD", "EUR", "BTC")]
    before, rows = await ada.totals(), await bank.journal.postings()
    for source, to in ((dollars, euros), (euros, coins), (coins, dollars)):
        assert (await ada.transfer(source, to, "1")).status in {409, 422}
    assert (await ada.totals(), await bank.journal.postings()) == (before, rows)
    assert {each.asset for each in await bank.journal.postings([euros])} == {"EUR"}
    assert {entry["code"] for entry in await ada.entries(coins)} == {"BTC"}


async def test_balances_rebuild_from_the_journal_alone(bank: Bank, ada: Depositor) -> None:
    accounts = [await ada.currency("BTC", "1") for _ in range(3)]
    await at_once([decided(partial(ada.transfer, *pair, "0.01")) for pair in list(pairwise(accounts)) * 10])
    await at_once([decided(partial(ada.move, account, "-0.001")) for account in accounts * 5])
    stored, scales, holdings = await bank.journal.balances(), await bank.journal.scales(), await ada.holdings()
    journal = by_account(await bank.journal.postings())
    for account, postings in journal.items():
        available = sum(posting.available_change for posting in postings)
        held = sum(posting.held_change for posting in postings)
        assert stored[account] == (len(postings), available, held, postings[-1].hash)
    for account in accounts:
        units = sum(posting.available_change for posting in journal[account.replace("-", "")])
        assert holdings[account].available == units * 10 ** (18 - scales["BTC"])


async def test_the_postings_of_an_account_are_in_one_order_without_a_gap(bank: Bank, ada: Depositor) -> None:
    dollars = await ada.currency("USD", "10")
    async with crediting(bank.journal.url, dollars, 100, ahead_seconds=3600):
        pass
    await at_once([decided(partial(ada.move, dollars, amount)) for amount in ("0.5", "-0.25", "1") * 10])
    postings = await bank.journal.postings([dollars])
    assert [posting.version for posting in postings] == list(range(1, 33))
    for before, after in pairwise(postings):
        assert after.available == before.available + after.available_change
        assert after.recorded_at_us > before.recorded_at_us
    entries = await ada.entries(dollars, limit=7)
    assert [entry["transaction_id"].replace("-", "") for entry in entries] == [
        posting.transaction for posting in reversed(postings)
    ]


async def test_a_duplicate_of_a_refused_write_is_never_told_that_it_was_applied(bank: Bank, ada: Depositor) -> None:
    dollars, key = await ada.currency("USD", "5"), uuid4().hex
    refused = await ada.move(dollars, "-8", key)
    assert is_problem(refused, 409)
    assert (refused.json["available"], refused.json["asked"]) == ("5", "8")
    done(await ada.move(dollars, "5"), 200)
    duplicates = await at_once([decided(partial(ada.move, dollars, "-8"), key) for _ in range(DUPLICATES)])
    assert {(answer.status, is_replay(answer)) for answer in duplicates} == {(409, True)}
    assert {answer.json["available"] for answer in duplicates} == {"5"}
    assert await ada.amount(dollars) == 10 * ONE
    assert len(await bank.journal.postings([dollars])) == 2
    assert done(await ada.move(dollars, "-8"), 200)["amount"] == "2"  # a new key is how to try again
