"""Every code that KuCoin documents, and its documented answers: what they mean for an order."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from adapters.kucoin.trading_messages import (
    Account,
    Order,
    OrderPage,
    Symbol,
    Trade,
    TradePage,
    answered,
    balances_in,
    fills_of,
    order_in,
    placed,
    report_of,
    rules_of,
    symbol_of,
)
from adapters.rest.client import Answer
from domain.currency import Currency
from domain.orders.errors import BrokerUnavailable, NotTradable, OrderRefused, PlacementUnknown
from domain.orders.venue_order import Fill, VenueOrder, VenueReport, VenueStatus
from domain.pair import Pair
from tests.unit.adapters.parsing import recorded
from tests.unit.fakes.clock import NOON

BTC, USDT = Currency("BTC"), Currency("USDT")
CLIENT_OID = "5c52e11203aa677f33e493fb"
ORDER = VenueOrder(CLIENT_OID, "BTC-USDT", Pair(BTC, USDT), Decimal("0.00001"), Decimal(70000), 1729577515444, 5000)

# The exchange's own example of an order that is done.
DONE = {
    "id": "6717422bd51c29000775ea03",
    "clientOid": CLIENT_OID,
    "symbol": "BTC-USDT",
    "opType": "DEAL",
    "type": "limit",
    "side": "buy",
    "price": "70000",
    "size": "0.00001",
    "funds": "0.7",
    "dealSize": "0.00001",
    "dealFunds": "0.677176",
    "remainSize": "0",
    "fee": "0.000677176",
    "feeCurrency": "USDT",
    "stp": None,
    "timeInForce": "GTC",
    "cancelExist": False,
    "inOrderBook": False,
    "active": False,
    "tax": "0",
}

REFUSED = [
    (200, "200004", "Balance insufficient!"),
    (200, "210021", "Balance insufficient"),
    (200, "230003", "Balance insufficient!"),
    (200, "300000", "request parameter illegal"),
    (400, "400001", "Please check the header of your request for KC-API-KEY"),
    (400, "400002", "Invalid KC-API-TIMESTAMP"),
    (400, "400003", "KC-API-KEY not exists"),
    (400, "400004", "Invalid KC-API-PASSPHRASE"),
    (400, "400005", "Invalid KC-API-SIGN"),
    (400, "400006", "The requested ip address is not in the api whitelist"),
    (403, "400007", "Access denied --> Require more permission."),
    (200, "400100", "Order size below the minimum requirement."),
    (200, "400200", "Forbidden to place an order"),
    (200, "400350", "Upper limit for holding: 10,000USDT."),
    (200, "400370", "Max. price: 0.02500000000000000000"),
    (200, "400500", "Your located country/region is currently not supported for the trading of this token"),
    (200, "400600", "validation.createOrder.symbolNotAvailable"),
    (200, "400760", "order price should be more than XX"),
    (200, "411100", "User are frozen."),
    (429, "429000", "Too Many Requests"),
    (200, "429000", "Too Many Requests"),
    (200, "600100", "Order size increment invalid."),
    (200, "600100", "Funds below the minimum requirement."),
    (200, "600101", "The order funds should more then 0.1 USDT."),
    (200, "900001", "symbol not exists"),
]
UNKNOWN = [
    (200, "408000", "timeout"),
    (200, "500000", "Internal Server Error"),
    (500, "500000", "Internal Server Error"),
    (500, "200004", "Balance insufficient!"),
    (503, "503000", "Service Unavailable"),
    (429, "429000", "Too many requests. System-level rate limit exceeded."),
    (200, "400100", "validation.createOrder.clientOidDuplicated"),
    (200, "200001", "Order creation for this pair suspended"),
    (200, "999999", "A code that nobody knows yet."),
    (400, "200000", "success"),
]


def answer(document: object, status: int = 200) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answer(status, {}, body)


def success(data: object) -> Answer:
    return answer({"code": "200000", "data": data})


def test_an_accepted_order_is_not_yet_filled() -> None:
    report = placed(success({"orderId": "670fd33bf9406e0007ab3945", "clientOid": CLIENT_OID}), ORDER)
    assert report == VenueReport("670fd33bf9406e0007ab3945", VenueStatus.OPEN)


@pytest.mark.parametrize(("status", "code", "message"), REFUSED)
def test_a_code_of_the_documentation_that_proves_a_refusal(status: int, code: str, message: str) -> None:
    with pytest.raises(OrderRefused) as caught:
        placed(answer({"code": code, "msg": message}, status), ORDER)
    assert caught.value.code == code


@pytest.mark.parametrize(("status", "code", "message"), UNKNOWN)
def test_a_code_that_leaves_the_outcome_open(status: int, code: str, message: str) -> None:
    with pytest.raises(PlacementUnknown):
        placed(answer({"code": code, "msg": message}, status), ORDER)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"error code: 1015",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"code":200000}',
        b'{"code":"200000"}',
        b'{"code":"200000","data":null}',
        b'{"code":"200000","data":{"orderId":"1","clientOid":"another"}}',
        b"\xff",
        b"[" * 9999,
    ],
)
def test_an_answer_that_says_nothing_clear_proves_nothing(body: bytes) -> None:
    for status in (200, 202, 301, 400, 403, 404, 429, 500, 502, 503, 504):
        with pytest.raises(PlacementUnknown):
            placed(answer(body, status), ORDER)


def test_the_documented_order_is_done() -> None:
    report = order_in(success(DONE), ORDER)
    assert report == VenueReport("6717422bd51c29000775ea03", VenueStatus.DONE, Decimal("0.00001"), Decimal("0.677176"))


def test_an_order_that_was_cancelled_after_a_part_is_done_with_that_part() -> None:
    part = DONE | {"dealSize": "0.000004", "dealFunds": "0.27", "cancelExist": True, "cancelledSize": "0.000006"}
    report = order_in(success(part), ORDER)
    assert report is not None
    assert (report.status, report.quantity, report.funds) == (
        VenueStatus.DONE,
        Decimal("0.000004"),
        Decimal("0.27"),
    )
    still = order_in(success(part | {"active": True}), ORDER)
    assert still is not None
    assert still.status is VenueStatus.OPEN


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (200, "400100", "order_not_exist_or_not_allow_to_cancel"),
        (400, "400100", "order not exist"),
        (200, "100001", "error.getOrder.orderNotExist order not exist"),
        (400, "400100", "The order does not exist."),
    ],
)
def test_an_order_that_is_not_known_is_none(status: int, code: str, message: str) -> None:
    assert order_in(answer({"code": code, "msg": message}, status), ORDER) is None


def test_an_order_without_data_is_none() -> None:
    assert order_in(success(None), ORDER) is None


@pytest.mark.parametrize(
    "found",
    [
        answer({"code": "400100", "msg": "order not exist"}, 500),
        answer({"code": "400100", "msg": "symbol not exists"}, 400),
        answer({"code": "400100", "msg": "Invalid parameter"}, 400),
        answer({"code": "429000", "msg": "Too Many Requests"}, 429),
        answer({"code": "500000", "msg": "order not exist"}),
        answer(b"<html>"),
        success(DONE | {"clientOid": "another"}),
        success(DONE | {"symbol": "ETH-USDT"}),
        success(DONE | {"dealSize": "-1"}),
        success(DONE | {"dealSize": "1"}),
        success(DONE | {"dealFunds": "NaN"}),
        success({}),
        success([]),
    ],
)
def test_anything_else_is_no_answer(found: Answer) -> None:
    with pytest.raises(BrokerUnavailable):
        order_in(found, ORDER)


def trade(**changed: object) -> Trade:
    row = {
        "id": 19814995255305,
        "orderId": "6717422bd51c29000775ea03",
        "tradeId": 11029373945659392,
        "price": "67717.6",
        "size": "0.00001",
        "fee": "0.000677176",
        "feeCurrency": "USDT",
        "tax": "0",
    } | changed
    return answered(success(row), Trade)


REPORT = VenueReport("6717422bd51c29000775ea03", VenueStatus.DONE, Decimal("0.00001"), Decimal("0.677176"))


def test_the_documented_trade_is_a_fill() -> None:
    assert fills_of([trade()], ORDER, REPORT) == (
        Fill("11029373945659392", Decimal("67717.6"), Decimal("0.00001"), Decimal("0.000677176"), USDT),
    )


def test_a_tax_comes_on_top_of_the_fee_which_may_be_in_a_third_asset() -> None:
    (fill,) = fills_of([trade(fee="0.5", tax="0.1", feeCurrency="KCS")], ORDER, REPORT)
    assert (fill.fee, fill.fee_asset) == (Decimal("0.6"), "KCS")


@pytest.mark.parametrize("rows", [[], [trade(size="0.000009")], [trade(fee="NaN")]], ids=["none", "too few", "NaN"])
def test_trades_that_do_not_add_up_are_no_answer(rows: list[Trade]) -> None:
    with pytest.raises(BrokerUnavailable):
        fills_of(rows, ORDER, REPORT)


def test_accounts_are_read() -> None:
    rows = [
        {"id": "1", "currency": "BTC", "type": "trade", "balance": "1.5", "available": "1", "holds": "0.5"},
        {"id": "2", "currency": "USDT", "type": "trade", "balance": "0", "available": "0", "holds": "0"},
        {"id": "3", "currency": "no ticker", "type": "trade", "balance": "1", "available": "1", "holds": "0"},
    ]
    assert balances_in(answered(success(rows), list[Account]), NOON) == {BTC: Decimal("1.5")}


LISTED = {
    "symbol": "LYXe-USDT",
    "name": "LYX-USDT",
    "baseCurrency": "LYXe",
    "quoteCurrency": "USDT",
    "feeCurrency": "USDT",
    "baseMinSize": "0.00001",
    "quoteMinSize": "0.1",
    "baseMaxSize": "10000000000",
    "baseIncrement": "0.00000001",
    "quoteIncrement": "0.000001",
    "priceIncrement": "0.1",
    "minFunds": "0.2",
    "enableTrading": True,
    "callauctionIsEnabled": False,
}
LYXE = Pair(Currency("LYXE"), USDT)


def test_a_symbol_becomes_rules() -> None:
    row = symbol_of(answered(success([LISTED]), list[Symbol]), LYXE, NOON)
    rules = rules_of(row, LYXE, Decimal(0))
    assert (rules.symbol, rules.tick_size, rules.lot_size) == ("LYXe-USDT", Decimal("0.1"), Decimal("0.00000001"))
    assert (rules.min_quantity, rules.max_quantity) == (Decimal("0.00001"), Decimal(10**10))
    assert (rules.min_notional, rules.taker_fee) == (Decimal("0.2"), Decimal(0))
    assert not row.takes_fee_from_purchase


@pytest.mark.parametrize(
    "changed", [{"enableTrading": False}, {"callauctionIsEnabled": True}, {"quoteCurrency": "USDC"}]
)
def test_a_pair_that_does_not_trade_now_is_not_tradable(changed: dict[str, Any]) -> None:
    with pytest.raises(NotTradable):
        symbol_of(answered(success([LISTED | changed]), list[Symbol]), LYXE, NOON)


@pytest.mark.parametrize("changed", [{"priceIncrement": "NaN"}, {"baseMinSize": "Infinity"}, {"minFunds": "-1"}])
def test_a_limit_that_is_no_number_or_negative_is_no_rule_to_buy_by(changed: dict[str, str]) -> None:
    row = symbol_of(answered(success([LISTED | changed]), list[Symbol]), LYXE, NOON)
    with pytest.raises(BrokerUnavailable, match="LYXE/USDT make no sense"):
        rules_of(row, LYXE, Decimal(0))


@pytest.mark.parametrize("fee", ["NaN", "-0.001", "1"])
def test_a_fee_that_is_no_share_of_a_purchase_is_no_rule_to_buy_by(fee: str) -> None:
    row = symbol_of(answered(success([LISTED]), list[Symbol]), LYXE, NOON)
    with pytest.raises(BrokerUnavailable):
        rules_of(row, LYXE, Decimal(fee))


def example(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(recorded("kucoin/official_examples.json.gz"))
    found: dict[str, Any] = document[f"api_order_test.py:{name}"]["example"]
    return found


def test_the_exchange_s_own_examples_are_read() -> None:
    accepted = example("add_order_resp_model")
    order = replace(ORDER, client_order_id=accepted["data"]["clientOid"])
    assert placed(answer(accepted), order) == VenueReport("670fd33bf9406e0007ab3945", VenueStatus.OPEN)
    report = order_in(answer(example("get_order_by_client_oid_resp_model")), ORDER)
    assert report == REPORT
    assert order_in(answer(example("get_order_by_order_id_resp_model")), ORDER) == REPORT
    (done,) = answered(answer(example("get_closed_orders_resp_model")), OrderPage).items
    assert report_of(done, ORDER) == REPORT
    (active,) = answered(answer(example("get_open_orders_resp_model")), list[Order])
    assert report_of(active, ORDER).status is VenueStatus.OPEN
    trades = answered(answer(example("get_trade_history_resp_model")), TradePage).items
    (fill,) = fills_of(trades, ORDER, REPORT)
    assert (fill.trade_id, fill.fee_asset, fill.fee) == ("11029373945659392", "USDT", Decimal("0.000677176"))


def test_of_the_recorded_errors_only_those_that_prove_it_are_refusals() -> None:
    refused = set()
    for each in json.loads(recorded("kucoin/errors.json")):
        body = json.dumps(each["body"]) if "body" in each else each["body_text"]
        try:
            placed(Answer(each["http"], each["headers"], body.encode()), ORDER)
        except OrderRefused as error:
            refused.add(error.code)
        except PlacementUnknown:
            continue
    assert refused == {"900001", "429000", "400100"}
