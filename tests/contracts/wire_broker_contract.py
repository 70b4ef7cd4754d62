"""What a broker makes of everything that an exchange and the network may do wrong, on a real socket."""

from abc import abstractmethod
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import ROUND_DOWN, Decimal
from types import ModuleType
from typing import ClassVar

import pytest

from adapters.rest import trading_client
from application.orders.ports.broker import Broker
from domain.currency import Currency
from domain.orders.errors import BrokerUnavailable, OrderRefused, PlacementUnknown
from domain.orders.venue_order import VenueStatus
from entrypoints.simulator.venues.account import Account, Placed
from tests.contracts.broker_contract import (
    FUNDS,
    PAIR,
    USDT,
    BookDepthContract,
    BrokerContract,
    BrokerVenue,
    done,
    spoilt,
    stepped,
)
from tests.contracts.simulated_account import AccountVenue, account_at
from tests.unit.fakes.clock import NOON, FakeClock

UNKNOWN: dict[str, dict[str, object]] = {
    "reset": {"kind": "reset"},
    "closed": {"kind": "drop"},
    "silent": {"kind": "hang"},
    "a stalled body": {"kind": "slow", "milliseconds": 100, "stalls": True},
    "a body cut off": {"kind": "truncated_body"},
    "half a document": {"kind": "truncated_json"},
    "a page": {"kind": "html"},
    "nothing": {"kind": "empty"},
    "nonsense": {"kind": "nonsense"},
    "500": {"kind": "status", "code": 500},
    "502": {"kind": "status", "code": 502},
    "503": {"kind": "status", "code": 503},
    "504": {"kind": "status", "code": 504},
    "a firewall": {"kind": "status", "code": 403},
    "Cloudflare": {"kind": "cloudflare_1015"},
    "an unknown 4xx": {"kind": "status", "code": 409},
}


class LaggingAccount(Account):
    """Its lists and the question for a client id do not know some orders yet; their trades are known."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self.balances, self.orders = account.balances, account.orders
        self._hidden = ""

    def hide(self, client_id: str) -> None:
        self._hidden = client_id

    def forget_trades(self) -> None:
        self.orders = deque(each for each in self.orders if each.asked.client_id != self._hidden)

    def by_client_id(self, client_id: str, symbol: str) -> Placed | None:
        return None if client_id == self._hidden else super().by_client_id(client_id, symbol)

    def listed(self, symbol: str, since_ms: int = 0) -> list[Placed]:
        return [each for each in super().listed(symbol, since_ms) if each.asked.client_id != self._hidden]


class WireBrokerContract(BrokerContract, BookDepthContract):
    kind: ClassVar[type[AccountVenue]]
    duplicate: ClassVar[dict[str, object]]
    """The exchange's answer that an order with this id is there already."""
    modules: ClassVar[tuple[ModuleType, ...]]
    """Those that know the size of a page."""
    not_found: ClassVar[dict[str, object]]
    """Its answer to the question for an order by our id, while it does not know it yet."""

    @pytest.fixture
    async def venue(self) -> AsyncIterator[AccountVenue]:
        async with account_at(self.kind) as venue:
            yield venue

    def fund(self, venue: BrokerVenue, currency: Currency, amount: Decimal) -> None:
        assert isinstance(venue, AccountVenue)
        venue.fund(currency, amount)

    @pytest.mark.parametrize("fault", UNKNOWN.values(), ids=UNKNOWN.keys())
    async def test_an_executed_order_without_a_clear_answer_is_unknown_and_then_found(
        self, venue: AccountVenue, fault: dict[str, object]
    ) -> None:
        order = await venue.order()
        venue.fault(**fault, method="POST", executes_after_milliseconds=0)
        with pytest.raises(PlacementUnknown):
            await venue.broker.place(order)
        venue.recover()
        venue.clock.advance(60)  # a firewall and a rate limit ask for a pause
        report = await venue.broker.find(order)
        assert report is not None
        assert (report.status, report.quantity) == (VenueStatus.DONE, order.quantity)
        state = venue.simulated.exchange.trading_state()
        assert state is not None
        assert len(state["orders"]) == 1

    @pytest.mark.parametrize("fault", UNKNOWN.values(), ids=UNKNOWN.keys())
    async def test_a_question_without_a_clear_answer_is_not_a_no(
        self, venue: AccountVenue, fault: dict[str, object]
    ) -> None:
        order = await venue.order()
        await done(venue.broker, order)
        venue.fault(**fault, times=1)
        with pytest.raises(BrokerUnavailable):
            await venue.broker.find(order)

    @pytest.mark.parametrize("fault", UNKNOWN.values(), ids=UNKNOWN.keys())
    async def test_an_answer_without_a_time_is_none(self, venue: AccountVenue, fault: dict[str, object]) -> None:
        venue.fault(**fault, times=1)
        with pytest.raises(BrokerUnavailable):
            await venue.broker.time_ms()

    @pytest.mark.parametrize("time", [NOON / 1000, NOON * 1000, 0.0], ids=["seconds", "microseconds", "none"])
    async def test_a_time_that_cannot_be_one_is_no_answer(self, venue: AccountVenue, time: float) -> None:
        venue.clock.time = time
        with pytest.raises(BrokerUnavailable, match="unreadable"):
            await venue.broker.time_ms()

    @pytest.mark.parametrize("error_seconds", [-3600, -70, 70, 3600])
    async def test_a_broker_whose_clock_is_wrong_buys_and_asks_by_the_venue_s(
        self, venue: AccountVenue, error_seconds: float
    ) -> None:
        venue.our_clock = FakeClock(venue.clock.now() + error_seconds)
        venue.restart()
        order = replace(await venue.order(), signed_at_ms=await venue.broker.time_ms())
        report = await done(venue.broker, order)
        fills = await venue.broker.fills(order, report)
        assert sum(fill.quantity for fill in fills) == order.quantity
        venue.our_clock.advance(-2 * error_seconds)
        await venue.broker.time_ms()
        assert await venue.broker.find(order) == report
        assert (await venue.broker.balances())[PAIR.base] > 0

    async def test_an_order_that_is_executed_after_its_503_is_found_then(self, venue: AccountVenue) -> None:
        order = await venue.order()
        venue.fault(kind="status", code=503, method="POST", times=1, executes_after_milliseconds=60)
        with pytest.raises(PlacementUnknown):
            await venue.broker.place(order)
        found = await venue.broker.find(order)
        while found is None:
            found = await venue.broker.find(order)
        assert found.quantity == order.quantity

    async def test_an_order_that_would_be_executed_after_its_window_never_is(self, venue: AccountVenue) -> None:
        order = await venue.order()
        venue.fault(kind="status", code=503, method="POST", times=1, executes_after_milliseconds=30)
        with pytest.raises(PlacementUnknown):
            await venue.broker.place(order)
        venue.clock.advance(order.receive_window_ms / 1000 + 0.001)
        for _ in range(3):
            assert await venue.broker.find(order) is None

    async def test_an_order_that_is_not_found_by_its_id_yet_is_found_in_the_lists(self, venue: AccountVenue) -> None:
        order = await venue.order()
        report = await done(venue.broker, order)
        venue.fault(kind="status", method="GET", times=1, **self.not_found)
        assert await venue.broker.find(order) == report

    async def test_an_order_in_no_list_yet_is_found_by_its_trades(self, venue: AccountVenue) -> None:
        order, other = await venue.order(), await venue.order()
        report = await done(venue.broker, order)
        await done(venue.broker, other)
        account = self.account(venue)
        account.hide(order.client_order_id)
        assert await venue.broker.find(order) == report
        account.forget_trades()
        assert await venue.broker.find(order) is None

    async def test_the_news_that_an_order_is_there_already_is_no_refusal(self, venue: AccountVenue) -> None:
        order = await venue.order()
        venue.fault(kind="status", method="POST", times=1, **self.duplicate)
        with pytest.raises(PlacementUnknown):
            await venue.broker.place(order)

    async def test_a_rate_limit_turns_an_order_away_and_stops_everything_for_as_long_as_it_says(
        self, venue: AccountVenue
    ) -> None:
        order = await venue.order()
        venue.fault(kind="status", code=429, retry_after=7, times=1)
        with pytest.raises(OrderRefused):
            await venue.broker.place(order)
        before = venue.simulated.state()["calls"]
        with pytest.raises(BrokerUnavailable, match="pause of 7 s"):
            await venue.broker.find(order)
        with pytest.raises(BrokerUnavailable, match="pause"):
            await venue.broker.rules(order.pair)
        with pytest.raises(OrderRefused, match="pause") as caught:
            await venue.broker.place(order)
        assert caught.value.code == "not_sent"
        assert venue.simulated.state()["calls"] == before
        venue.clock.advance(7.001)
        assert await venue.broker.find(order) is None

    async def test_rules_are_asked_for_anew_after_a_refusal_which_they_may_have_caused(
        self, venue: AccountVenue
    ) -> None:
        order = spoilt(await venue.order(), await venue.broker.rules(PAIR), "quantity between lots")
        before = venue.simulated.state()["calls"]
        await venue.broker.rules(PAIR)
        assert venue.simulated.state()["calls"] == before
        with pytest.raises(OrderRefused):
            await venue.broker.place(order)
        await venue.broker.rules(PAIR)
        assert venue.simulated.state()["calls"] > before + 1

    async def test_fills_are_read_page_by_page(self, venue: AccountVenue, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in self.modules:
            monkeypatch.setattr(module, "PAGE", 2)
        venue.fund(USDT, FUNDS * 100)
        rules = await venue.broker.rules(PAIR)
        order = await venue.order(quantity=stepped(FUNDS / venue.ask, rules.lot_size, ROUND_DOWN))
        report = await done(venue.broker, order)
        fills = await venue.broker.fills(order, report)
        assert len({fill.trade_id for fill in fills}) == len(fills) > 2
        assert sum(fill.quantity for fill in fills) == report.quantity

    async def test_a_question_of_many_requests_ends_in_time(
        self, venue: AccountVenue, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = await venue.order()
        monkeypatch.setattr(trading_client, "QUESTION_TIMEOUT_SECONDS", 0.3)
        venue.fault(kind="latency", milliseconds=120)  # of four requests, none is slow
        with pytest.raises(BrokerUnavailable, match=r"within 0\.3 s"):
            await venue.broker.find(order)

    async def test_no_request_is_sent_twice_when_a_kept_connection_was_closed(self, venue: AccountVenue) -> None:
        order = await venue.order()
        await venue.broker.balances()
        before = venue.simulated.state()["calls"]
        venue.fault(kind="drop")
        with pytest.raises(BrokerUnavailable):
            await venue.broker.find(order)
        with pytest.raises(PlacementUnknown):
            await venue.broker.place(order)
        assert venue.simulated.state()["calls"] == before + 2

    async def test_wrong_keys_are_refused_without_being_repeated(self, venue: AccountVenue) -> None:
        order = await venue.order()
        broker = self.with_wrong_keys(venue)
        with pytest.raises(OrderRefused) as caught:
            await broker.place(order)
        with pytest.raises(BrokerUnavailable) as unanswered:
            await broker.balances()
        for error in (caught.value, unanswered.value):
            assert "wrong-" not in f"{error!r} {error} {error.__cause__!r} {error.code}"
        assert "wrong-" not in repr(vars(broker))

    def account(self, venue: AccountVenue) -> "LaggingAccount":
        """Give the exchange an account that lags behind."""
        trading = venue.simulated.exchange._trading  # type: ignore[attr-defined] # both exchanges have one
        account = LaggingAccount(trading.account)
        trading.account = account
        return account

    @abstractmethod
    def with_wrong_keys(self, venue: AccountVenue) -> Broker: ...
