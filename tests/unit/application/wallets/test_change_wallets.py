"""Wallets over the fake database: what users may do with theirs, and what becomes of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from typing import TypeVar
from uuid import UUID, uuid4

import pytest

from application.concurrency.cooperative import ITERATIONS_PER_REQUEST
from application.rates.reference_rates_at import ReferenceRatesAt
from application.wallets import find_wallets
from application.wallets.add_currency import add_currency
from application.wallets.change_wallets import ChangeWallets
from application.wallets.check_currency import CheckCurrency
from application.wallets.create_wallet import create_wallet
from application.wallets.delete_wallet import delete_wallet
from application.wallets.find_prices import FindPrices
from application.wallets.list_entries import ListEntries, WalletEntry
from application.wallets.move_funds import MovedFunds, move_funds
from application.wallets.ports.repositories import WalletsRepositories
from application.wallets.read_wallets import ReadWallets
from application.wallets.recorded_prices import RecordedPrices
from application.wallets.rename_wallet import rename_wallet
from application.wallets.transfer_funds import transfer_funds
from application.wallets.value_wallets import ValueWallets, WorthQuery
from domain.currency import Currency
from domain.errors import NoSuchObject
from domain.identity.caller import Caller
from domain.identity.errors import InvalidCredentials
from domain.identity.user import User
from domain.ledger.errors import AccountClosed, InsufficientFunds, InvalidAmount
from domain.pair import Pair
from domain.quotes.quote import Quote
from domain.rates.errors import FailureReason
from domain.rates.routing import searches_of
from domain.wallets.errors import (
    CurrencyAlreadyThere,
    CurrencyNotChecked,
    InvalidTransfer,
    InvalidWalletName,
    SecondName,
    TooManyCurrencies,
    TooManyWallets,
    UnknownCurrency,
    WalletNotEmpty,
)
from domain.wallets.large_withdrawals import LargeWithdrawals
from domain.wallets.valuation import LineStatus
from domain.wallets.wallet import MAX_CURRENCIES, MAX_WALLETS, Wallet, WalletName, asset_of
from entrypoints.http.wallets.entries_schemas import entries_body
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.accounts import user
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.exchange import failure

SAVINGS = WalletName("Savings")
T = TypeVar("T")
Change = Callable[[WalletsRepositories, User, float], Awaitable[T]]


class WalletsHarness:
    """Ada, with a wallet, and the use cases over one database and two exchanges."""

    def __init__(self) -> None:
        self.rates = ConversionHarness({"BTC/USDT": ("10", "10")}, {"KCS/USDT": ("2", "2")})
        self.clock = self.rates.clock
        self.database = FakeDatabase()
        self.ada = user()
        self.database.rows.users[self.ada.id] = self.ada
        self.change = ChangeWallets(database=self.database, clock=self.clock)
        self.read = ReadWallets(self.database)
        self.list_entries = ListEntries(self.database)
        self.check = CheckCurrency(self.rates.markets)
        find = FindPrices(convert_many=self.rates.many, markets=self.rates.markets, searches=searches_of(3))
        recorded = RecordedPrices(self.database, ReferenceRatesAt(self.database, "ecb"))
        self.value = ValueWallets(
            read=self.read,
            find_prices=find,
            recorded_prices=recorded,
            check_currency=self.check,
            exchanges=list(self.rates.markets),
        )

    async def do(self, change: Change[T], by: User | None = None) -> T:
        return await self.change(by or self.ada, change, None)

    async def wallet(self, name: str = SAVINGS) -> Wallet:
        return await self.do(lambda unit, owner, now: create_wallet(unit, owner, WalletName(name), now))

    async def currency(self, wallet: Wallet, code: str = "USD", amount: str = "0") -> MovedFunds:
        add = partial(add_currency, wallet_id=wallet.id, code=Currency(code), amount=Decimal(amount))
        return await self.do(lambda unit, owner, now: add(unit, owner, now=now))

    async def move(self, currency_id: UUID, amount: str, by: User | None = None) -> MovedFunds:
        return await self.do(
            lambda unit, owner, now: move_funds(
                unit, Caller(owner, frozenset()), currency_id, Decimal(amount), now, LargeWithdrawals()
            ),
            by,
        )

    async def delete(self, wallet: Wallet) -> None:
        await self.do(lambda unit, owner, now: delete_wallet(unit, owner, wallet.id, now))

    async def entries(self, name: WalletName | None = None) -> list[WalletEntry]:
        return [entry async for entry in self.list_entries.each(self.ada, name)]


@pytest.fixture
def harness() -> WalletsHarness:
    return WalletsHarness()


async def test_what_is_put_in_is_there_and_can_be_taken_out(harness: WalletsHarness) -> None:
    currency = await harness.currency(await harness.wallet(), amount="10.50")
    assert (await harness.move(currency.holding.id, "2")).holding.amount == Decimal("12.5")
    assert (await harness.move(currency.holding.id, "-12.5")).holding.amount == 0
    with pytest.raises(InsufficientFunds):
        await harness.move(currency.holding.id, "-0.01")
    with pytest.raises(InvalidAmount):
        await harness.move(currency.holding.id, "0.00")
    with pytest.raises(InvalidAmount, match="2 decimals"):
        await harness.move(currency.holding.id, "0.001")


async def test_nobody_reaches_what_is_not_theirs(harness: WalletsHarness) -> None:
    currency, grace = await harness.currency(await harness.wallet(), amount="1"), user("Grace")
    with pytest.raises(NoSuchObject):
        await harness.move(currency.holding.id, "1", grace)
    with pytest.raises(NoSuchObject):
        await harness.move(uuid4(), "1")
    assert await harness.read.all(grace) == []
    with pytest.raises(NoSuchObject):
        await harness.read.named(grace, SAVINGS)


async def test_a_user_who_is_gone_creates_nothing(harness: WalletsHarness) -> None:
    with pytest.raises(InvalidCredentials):
        await harness.do(lambda unit, owner, now: create_wallet(unit, owner, SAVINGS, now), user("Grace"))


async def test_a_user_has_a_hundred_wallets_and_a_wallet_five_hundred_currencies(harness: WalletsHarness) -> None:
    wallets = [await harness.wallet(f"wallet {number}") for number in range(MAX_WALLETS)]
    with pytest.raises(TooManyWallets):
        await harness.wallet("one more")
    await harness.delete(wallets[1])
    await harness.wallet("one more")

    async def fill(unit: WalletsRepositories, owner: User, now: float) -> None:
        for number in range(MAX_CURRENCIES):
            await add_currency(unit, owner, wallets[0].id, Currency(f"C{number}"), Decimal(0), now)

    await harness.do(fill)
    with pytest.raises(TooManyCurrencies):
        await harness.currency(wallets[0])


async def test_a_currency_is_added_once(harness: WalletsHarness) -> None:
    wallet = await harness.wallet()
    await harness.currency(wallet)
    with pytest.raises(CurrencyAlreadyThere):
        await harness.currency(wallet)


async def test_a_wallet_is_renamed_and_deleted_when_it_is_empty(harness: WalletsHarness) -> None:
    wallet = await harness.wallet()
    currency = await harness.currency(wallet, amount="1")
    view = await harness.do(lambda unit, owner, _: rename_wallet(unit, owner, wallet.id, WalletName("Other")))
    assert (view.wallet.name, view.holdings) == ("Other", [currency.holding])
    with pytest.raises(WalletNotEmpty, match="USD"):
        await harness.delete(wallet)
    await harness.move(currency.holding.id, "-1")
    await harness.delete(wallet)
    with pytest.raises(NoSuchObject):
        await harness.delete(wallet)
    assert harness.database.rows.ledger.accounts[currency.holding.id].closed_at_us is not None
    assert len(await harness.entries(WalletName("other"))) == 2
    with pytest.raises(NoSuchObject):
        await harness.entries(SAVINGS)


async def test_a_transfer_is_between_two_wallets_with_the_same_currency(harness: WalletsHarness) -> None:
    source = await harness.currency(await harness.wallet(), amount="10")
    destination = await harness.currency(await harness.wallet("Other"))
    euro = await harness.currency(await harness.wallet("Third"), "EUR")

    async def transfer(to: UUID, amount: str) -> Decimal:
        done = await harness.do(
            lambda unit, owner, now: transfer_funds(unit, owner, source.holding.id, to, Decimal(amount), now)
        )
        return done.destination.amount

    assert await transfer(destination.holding.id, "4") == 4
    with pytest.raises(InvalidTransfer):
        await transfer(source.holding.id, "1")
    with pytest.raises(InvalidTransfer, match="EUR"):
        await transfer(euro.holding.id, "1")
    with pytest.raises(InvalidAmount):
        await transfer(destination.holding.id, "0")
    with pytest.raises(InsufficientFunds):
        await transfer(destination.holding.id, "6.01")


async def test_pages_of_entries_go_over_every_currency(
    harness: WalletsHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_wallets, "ACCOUNTS_AT_A_TIME", 1)
    wallet = await harness.wallet()
    for number, code in enumerate(("USD", "EUR", "BTC"), start=1):
        await harness.currency(wallet, code, str(number))
        harness.clock.advance(1)
    first = await harness.list_entries(harness.ada, None, None, 2)
    last = await harness.list_entries(harness.ada, None, first.next, 2)
    assert [str(entry.currency.code) for entry in (*first.entries, *last.entries)] == ["BTC", "EUR", "USD"]
    assert last.next is None


async def test_a_long_page_is_read_and_written_in_pieces_between_which_others_are_served(
    harness: WalletsHarness,
) -> None:
    wallet = await harness.wallet()
    currency = await harness.currency(wallet, "BTC", "1000")
    for _ in range(249):
        await harness.move(currency.holding.id, "-1")
    page, turns = await turns_of_others(harness.list_entries(harness.ada, None, None, 250))
    body, more_turns = await turns_of_others(entries_body(page))
    assert [entry["version"] for entry in json.loads(body)["entries"]] == list(range(250, 0, -1))
    assert turns > ITERATIONS_PER_REQUEST
    assert more_turns >= 3 * ITERATIONS_PER_REQUEST


async def turns_of_others(work: Awaitable[T]) -> tuple[T, int]:
    """Return the result, and how often the event loop ran something else meanwhile."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(others())
    try:
        return await work, turns
    finally:
        task.cancel()


async def test_the_past_is_as_it_was(harness: WalletsHarness) -> None:
    wallet = await harness.wallet()
    currency = await harness.currency(wallet, "BTC", "3")
    then = int(harness.clock.now())
    harness.clock.advance(10)
    await harness.move(currency.holding.id, "-3")
    await harness.currency(wallet, "EUR")
    await harness.delete(wallet)
    (view,) = await harness.read.all(harness.ada, then)
    assert [(holding.code, holding.amount) for holding in view.holdings] == [("BTC", Decimal(3))]
    assert await harness.read.all(harness.ada, then - 1) == []
    assert (await harness.read.named(harness.ada, SAVINGS, then)).wallet.id == wallet.id
    async with harness.database.writing() as unit:
        await unit.quotes.add(Quote(Pair.parse("USD/BTC"), Decimal("0.5"), "alphavantage", then), then)
    worth = await harness.value.named(harness.ada, SAVINGS, WorthQuery(Currency("USD"), None, at=then))
    assert (worth.valuation.total, worth.valuation.is_complete) == (Decimal(6), True)
    for query, status in (
        (WorthQuery(Currency("USD"), 0, at=then + 5), LineStatus.STALE),
        (WorthQuery(Currency("EUR"), at=then), LineStatus.UNPRICED),
        (WorthQuery(Currency("USD"), at=then, exchange="binance"), LineStatus.UNPRICED),
    ):
        worth = await harness.value.named(harness.ada, SAVINGS, query)
        assert [line.status for line in worth.valuation.lines] == [status]


async def test_all_wallets_are_worth_the_sum_of_each(harness: WalletsHarness) -> None:
    await harness.currency(await harness.wallet(), "BTC", "3")
    await harness.currency(await harness.wallet("Other"), "KCS", "5")
    worth = await harness.value.all(harness.ada, WorthQuery(Currency("USDT")))
    assert sorted(each.valuation.total for each in worth.wallets) == [10, 30]
    assert (worth.total, worth.is_complete, worth.updated_at) == (Decimal(40), True, int(NOON))
    await harness.currency(await harness.wallet("Third"), "XOF", "5")
    assert not (await harness.value.all(harness.ada, WorthQuery(Currency("USDT")))).is_complete


async def test_a_currency_is_what_an_exchange_lists_or_iso_4217_knows(harness: WalletsHarness) -> None:
    for code in ("USD", "BTC", "KCS", "BTC"):
        await harness.check(Currency(code))
    with pytest.raises(UnknownCurrency):
        await harness.check(Currency("NEW"))
    harness.clock.advance(61)
    harness.rates.kucoin.trade({"NEW/USDT": ("1", "1")})
    await harness.check(Currency("NEW"))
    harness.clock.advance(61)
    harness.rates.kucoin.standing_failure = failure("kucoin", FailureReason.TIMEOUT, is_transient=False)
    with pytest.raises(CurrencyNotChecked) as caught:
        await harness.check(Currency("NEWER"))
    assert (list(caught.value.failures), list(caught.value.reasons)) == (["kucoin"], ["binance"])
    await harness.check(Currency("BTC"))


async def test_a_second_name_of_a_coin_is_not_added_beside_the_first(harness: WalletsHarness) -> None:
    wallet = await harness.wallet()
    with pytest.raises(SecondName, match="XBT is a second name of BTC: use BTC"):
        await harness.do(
            lambda unit, owner, now: add_currency(unit, owner, wallet.id, Currency("XBT"), Decimal(1), now)
        )


async def test_a_refused_currency_is_not_added(harness: WalletsHarness) -> None:
    wallet = await harness.wallet()
    with pytest.raises(UnknownCurrency):
        await harness.do(
            lambda unit, owner, now: add_currency(
                unit, owner, wallet.id, Currency("X"), Decimal(1), now, refusal=UnknownCurrency(Currency("X"))
            )
        )


@pytest.mark.parametrize(("code", "scale"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("BTC", 18), ("XAU", 18)])
def test_decimals_are_those_of_iso_4217_or_18(code: str, scale: int) -> None:
    assert asset_of(Currency(code)).scale == scale


@pytest.mark.parametrize("name", ["", " x", "x\t", "a/b", "a\\b", "..", "x" * 65, "\u200b"])
def test_a_name_is_part_of_a_path(name: str) -> None:
    with pytest.raises(InvalidWalletName):
        WalletName(name)


async def test_a_closed_account_takes_nothing(harness: WalletsHarness) -> None:
    currency = await harness.currency(await harness.wallet())
    async with harness.database.writing() as unit:
        await unit.ledger_accounts.close([currency.holding.id], 1)
    with pytest.raises(AccountClosed):
        await harness.move(currency.holding.id, "1")
