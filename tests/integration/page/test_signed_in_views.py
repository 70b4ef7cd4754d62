"""Wallets, Orders, Account and Operate in a real browser, by keyboard only."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Route, expect

from tests.integration.openapi.test_browser_pages import needs_chromium
from tests.integration.page.fit_for_all import assert_is_fit_for_all
from tests.integration.page.signed_in import (
    ADMIN,
    Person,
    person,
    service_to_live_in,
    service_to_outlive,
)

pytestmark = needs_chromium

FUNDS = "**/add_or_withdraw_funds/**"
HOSTILE = "Travel <img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    async with service_to_live_in() as address:
        yield address


@pytest.fixture
async def ada(browser: Browser, address: str) -> AsyncIterator[Person]:
    async with person(browser, address) as found:
        yield found


async def make_wallet(ada: Person, name: str) -> None:
    await ada.press("n")
    await expect(ada.page.get_by_role("dialog")).to_be_visible()
    await ada.type(name)
    await ada.press("Enter")
    await expect(ada.page.get_by_role("heading", name=name)).to_be_visible()


async def deposit(ada: Person, wallet: str, code: str, amount: str) -> None:
    await ada.tab_to(f"Deposit into {wallet}")
    await ada.press("Enter")
    await expect(ada.page.get_by_role("dialog")).to_be_visible()
    await ada.type(code)
    await ada.press("Enter", "Tab")
    await ada.type(amount)
    await ada.press("Enter")
    await expect(ada.page.get_by_role("dialog")).to_have_count(0)


async def test_wallets_are_made_filled_and_emptied_by_keyboard(ada: Person, address: str) -> None:
    page = ada.page
    dead: Any = {"name": "crossrate-access", "value": "abc", "url": address}
    await page.context.add_cookies([dead])  # which must not keep anybody from signing in
    await ada.open("wallets?to=USDT")
    await ada.sign_up("ada")
    await make_wallet(ada, "Savings")
    await make_wallet(ada, HOSTILE)
    await deposit(ada, "Savings", "USDT", "1000.5")
    await deposit(ada, HOSTILE, "USDT", "0")
    await ada.tab_to("Transfer USDT of Savings", backwards=True)
    await ada.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await ada.type("25.5")
    await ada.press("Enter")
    await expect(page.get_by_text(f"Transfer 25.5 USDT from Savings to {HOSTILE}?")).to_be_visible()
    await expect(page.get_by_role("button", name="Yes, transfer")).to_be_focused()
    await ada.press("Enter")
    await expect(page.get_by_role("row", name="transfer Savings −25.5 USDT 975")).to_be_visible()
    assert len(ada.changes("transfers")) == 1
    await ada.tab_to("Withdraw USDT of Savings", backwards=True)
    await ada.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await ada.type("5000")
    await ada.press("Enter")
    await expect(page.get_by_role("button", name="Yes, withdraw")).to_be_focused()
    await ada.press("Enter")
    await expect(page.get_by_role("alert").get_by_text("nsufficient funds")).to_be_visible()
    await ada.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_label("Worth of everything")).to_contain_text("1,000.5 USDT")
    await expect(page.locator("img")).to_have_count(0)  # the name of the wallet is text, and nothing else
    await assert_is_fit_for_all(page)


async def test_a_change_is_made_once_whatever_happens_to_its_answer(ada: Person) -> None:
    page = ada.page
    await ada.open("wallets?to=USDT")
    await ada.sign_up("grace")
    await make_wallet(ada, "Savings")
    await deposit(ada, "Savings", "USDT", "5")
    lost: list[str] = []

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        lost.append(route.request.headers["idempotency-key"])
        await route.abort()

    async def put_70_in() -> None:
        await ada.tab_to("Deposit USDT of Savings")
        await ada.press("Enter")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await ada.type("70")

    await page.route(FUNDS, lose_the_answer)
    await put_70_in()
    await asyncio.gather(ada.press("Enter"), ada.press("Enter"), ada.press("Enter"))
    await expect(page.get_by_text("It is not known whether the change was made")).to_be_visible()
    assert len(lost) == 2  # however often the key was pressed: once, and once more by itself
    await page.unroute(FUNDS)
    await page.reload()
    await put_70_in()
    await ada.press("Enter")
    await expect(page.get_by_role("alert").get_by_text("This was already done on")).to_be_visible()
    await expect(page.get_by_role("row", name="+70 USDT")).to_have_count(1)
    assert {each.headers["idempotency-key"] for each in ada.sent if "add_or_withdraw" in each.url} == set(lost)
    await ada.press("Enter")  # once more, and meant
    await expect(page.get_by_role("row", name="+70 USDT")).to_have_count(2)
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_sign_turns_no_deposit_into_a_withdrawal(ada: Person) -> None:
    page = ada.page
    await ada.open("wallets?to=USDT")
    await ada.sign_up("emmy")
    await make_wallet(ada, "Savings")
    await deposit(ada, "Savings", "USDT", "70")
    for kind in ("Deposit", "Withdraw"):
        await page.get_by_role("button", name=f"{kind} USDT of Savings").click()
        amount = page.get_by_role("dialog").get_by_label("Amount in USDT")
        for text in ("-7", "0", "0.00", "seven"):
            await amount.fill(text)
            await ada.press("Enter")
            assert not await amount.evaluate("(field) => field.validity.valid")
        await expect(page.get_by_role("button", name="Yes, withdraw")).to_have_count(0)
        await ada.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
    assert [each.method for each in ada.sent if "add_or_withdraw" in each.url] == []


async def test_an_order_is_placed_at_a_price_that_counts_down_and_followed_to_its_end(ada: Person) -> None:
    page = ada.page
    await ada.open("wallets?to=USDT")
    await ada.sign_up("mary")
    await make_wallet(ada, "main")
    await deposit(ada, "main", "USDT", "100000")
    await ada.tab_to("Orders", backwards=True)
    await ada.press("Enter")
    await expect(page.get_by_role("heading", name="Buy")).to_be_visible()
    await ada.press("/")
    await ada.type("0.5")
    await ada.press("Enter")
    await expect(page.get_by_role("timer")).to_contain_text("Kept for")
    await assert_is_fit_for_all(page)
    await ada.press("Enter")  # the focus is on the button that buys
    await ada.tab_to("Details of the order of 0.5 BTC")
    await ada.press("Enter")
    await expect(page.locator(".life")).to_contain_text("settled")
    await expect(page.get_by_role("row", name="Bought, and in the wallet")).to_be_visible()
    assert len(ada.changes("orders")) == 1
    await assert_is_fit_for_all(page)


async def test_a_price_that_has_expired_buys_nothing(ada: Person) -> None:
    page = ada.page
    await ada.open("wallets")
    await ada.sign_up("late")
    await make_wallet(ada, "main")
    await deposit(ada, "main", "USDT", "1000")
    await page.clock.install()
    await ada.open("orders")
    await page.get_by_label("Amount of BTC").fill("0.001")
    await ada.press("Enter")
    await expect(page.get_by_role("timer")).to_be_visible()
    await page.clock.fast_forward(120_000)
    await expect(page.get_by_text("This price has expired.")).to_be_visible()
    await expect(page.get_by_role("button", name="Buy BTC")).to_have_count(0)
    assert ada.changes("orders") == []


async def test_old_prices_missing_ones_cancelled_orders_and_older_entries_are_shown(browser: Browser) -> None:
    async with service_to_outlive() as (address, exchanges, clock), person(browser, address) as ada:
        page = ada.page
        await ada.open("orders")
        await ada.sign_up("ada")
        wallet = await ada.changes_elsewhere("wallets", {"name": "main"})
        usdt, *_ = [
            await ada.changes_elsewhere("currency", {"wallet_id": wallet["id"], "code": code, "amount": "500"})
            for code in ("USDT", "BTC", "KPW")
        ]
        for _ in range(19):
            await ada.changes_elsewhere(f"currency/add_or_withdraw_funds/{usdt['id']}", {"amount": "1"})
        order = {"wallet": "main", "buy": "BTC", "pay_with": "USDT"}
        await ada.changes_elsewhere("orders", {**order, "amount": "0.001"})
        other = await ada.changes_elsewhere("orders", {**order, "amount": "0.002"})
        await page.reload()
        await expect(page.get_by_role("row").get_by_text("queued")).to_have_count(2)
        await ada.changes_elsewhere(f"orders/{other['id']}", {}, "DELETE")
        await ada.tab_to("Details of the order of 0.002 BTC")
        await ada.press("Enter")  # the list learns what became of it since
        refunded = page.get_by_role("row", name="refunded cancelled by its owner")
        await expect(refunded).to_have_count(1)
        await ada.press("Enter")
        await ada.tab_to("Details of the order of 0.001 BTC")
        await ada.press("Enter")
        await expect(page.locator(".life")).to_contain_text("queued")
        await ada.tab_to("Cancel the order")
        await ada.press("Enter")
        await expect(refunded).to_have_count(2)
        await expect(page.get_by_role("button", name="Cancel the order")).to_have_count(0)

        await ada.open("wallets?to=USDT")
        await expect(page.get_by_role("row", name="BTC 500").get_by_text("priced", exact=True)).to_be_visible()
        for exchange in ("binance", "kucoin"):
            await exchanges.commit(exchange, "status", code=500)
        clock.ahead_seconds = 70  # a minute old is accepted
        await page.reload()
        worth = page.get_by_label("Worth of everything")
        await expect(worth).to_contain_text("1 stale")
        await expect(worth).to_contain_text("1 unpriced, not in the total")
        await expect(page.get_by_role("row", name="BTC 500").get_by_text("stale", exact=True)).to_be_visible()
        unpriced = page.get_by_role("row", name="KPW 500").get_by_text("unpriced", exact=True)
        await expect(unpriced).to_be_visible()
        entries = page.get_by_role("table", name="Entries, the newest first").get_by_role("row")
        await expect(entries).to_have_count(1 + 20)
        await ada.tab_to("Show more")
        await ada.press("Enter")
        await expect(entries).to_have_count(1 + 26)  # the deposits, and two of each order
        await expect(entries.last).to_contain_text("+500 USDT")
        await expect(page.get_by_role("button", name="Show more")).to_have_count(0)
        await assert_is_fit_for_all(page, [320])


async def test_a_key_is_shown_once_and_sessions_end_by_keyboard(ada: Person, browser: Browser, address: str) -> None:
    page = ada.page
    await ada.open("account")
    await ada.sign_up("joan")
    await expect(page.get_by_text("None yet.")).to_be_visible()
    await ada.tab_to("New key")
    await ada.press("Enter")
    await ada.tab_to("Name of the key")
    await ada.type("report")
    await ada.tab_to("See wallets")
    await ada.press("Space")
    await ada.tab_to("Make a key")
    await ada.press("Enter")
    shown = page.get_by_role("alert").locator("code")
    await expect(shown).to_contain_text("crk_")
    await assert_is_fit_for_all(page)
    async with person(browser, address) as elsewhere:
        await elsewhere.open("account")
        await elsewhere.sign_in("joan")
        await page.reload()
        await expect(shown).to_have_count(0)
        await ada.tab_to("Sign out everywhere else")
        await ada.press("Enter")
        await expect(page.get_by_role("table", name="Sessions").get_by_role("row")).to_have_count(2)
        await elsewhere.page.reload()
        await expect(elsewhere.page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_an_administrator_sees_the_books_and_halts_buying_by_keyboard(ada: Person) -> None:
    page = ada.page
    await ada.open("operate")
    await ada.sign_in(ADMIN)
    await expect(page.get_by_text("Everything agrees")).to_be_visible()
    await expect(page.get_by_role("table", name="Audit log").get_by_role("row").nth(1)).to_be_visible()
    await ada.press("h")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await ada.type("the venue is being moved")
    await ada.press("Enter")
    await expect(page.get_by_text("the venue is being moved")).to_be_visible()
    await assert_is_fit_for_all(page)
    await ada.press("h")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await ada.tab_to("Resume all buying")
    await ada.press("Enter")
    await expect(page.get_by_text("the venue is being moved")).to_have_count(0)
    await expect(page.get_by_role("link", name="Operate")).to_be_visible()


async def test_nobody_else_is_shown_what_administrators_see(ada: Person) -> None:
    await ada.open("operate")
    await ada.sign_up("curious")
    await expect(ada.page.get_by_text("For administrators")).to_be_visible()
    await expect(ada.page.get_by_role("link", name="Operate")).to_have_count(0)
