"""Every code that Binance documents, and its documented answers: what they mean for an order."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from adapters.binance.trading_messages import (
    Account,
    Commission,
    Listing,
    Order,
    Trade,
    answered,
    balances_in,
    fills_of,
    placed,
    report_of,
    rules_in,
)
from adapters.rest.client import Answer
from domain.currency import Currency
from domain.orders.errors import BrokerUnavailable, NotTradable, OrderRefused, PlacementUnknown, VenueFundsTooLow
from domain.orders.venue_order import Fill, VenueOrder, VenueReport, VenueStatus
from domain.pair import Pair
from tests.unit.adapters.parsing import recorded
from tests.unit.fakes.clock import NOON

BTC, USDT = Currency("BTC"), Currency("USDT")
ORDER = VenueOrder("cr1-1", "BTCUSDT", Pair(BTC, USDT), Decimal(10), Decimal(4000), 1507725176595, 5000)

REFUSED = [
    (400, -1013, "Filter failure: LOT_SIZE"),
    (400, -1013, "Filter failure: NOTIONAL"),
    (400, -1014, "Unsupported order combination."),
    (400, -1015, "Too many new orders; current limit is 10 orders per SECOND."),
    (400, -1020, "This operation is not supported."),
    (400, -1021, "Timestamp for this request is outside of the recvWindow."),
    (400, -1022, "Signature for this request is not valid."),
    (400, -1100, "Illegal characters found in parameter 'price'."),
    (400, -1102, "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed."),
    (400, -1111, "Parameter 'quantity' has too much precision."),
    (400, -1121, "Invalid symbol."),
    (400, -2010, "Account has insufficient balance for requested action."),
    (400, -2010, "Market is closed."),
    (400, -2010, "This symbol is not permitted for this account."),
    (400, -1010, "Account has insufficient balance for requested action."),
    (401, -2014, "API-key format invalid."),
    (401, -2015, "Invalid API-key, IP, or permissions for action."),
    (401, -1002, "You are not authorized to execute this request."),
    (429, -1003, "Too much request weight used; current limit is 6000 request weight per 1 MINUTE."),
    (418, -1003, "Way too much request weight used; IP banned until 1620286253180."),
    (403, -1003, "Too many requests queued."),
]
UNKNOWN = [
    (400, -1000, "An unknown error occurred while processing the request."),
    (500, -1001, "Internal error; unable to process your request. Please try again."),
    (400, -1001, "Internal error; unable to process your request. Please try again."),
    (400, -1006, "An unexpected response was received from the message bus. Execution status unknown."),
    (408, -1007, "Timeout waiting for response from backend server. Send status unknown; execution status unknown."),
    (503, -1008, "Server is currently overloaded with other requests. Please try again in a few minutes."),
    (400, -1008, "Server is currently overloaded with other requests. Please try again in a few minutes."),
    (400, -1016, "This service is no longer available."),
    (400, -2010, "Duplicate order sent."),
    (400, -1010, "Duplicate order sent."),
    (400, -2011, "Unknown order sent."),
    (400, -2013, "Order does not exist."),
    (409, -2021, "Order cancel-replace partially failed."),
    (503, -1003, "Service Unavailable."),
    (503, -2010, "Account has insufficient balance for requested action."),
    (451, 0, "Service unavailable from a restricted location."),
    (200, -1013, "Filter failure: LOT_SIZE"),
    (302, -1013, "Filter failure: LOT_SIZE"),
    (400, -99999, "A code that nobody knows yet."),
]


def answer(document: object, status: int = 200) -> Answer:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answer(status, {}, body)


def order(**changed: object) -> dict[str, Any]:
    """The answer in full of the documentation, made that of our order."""
    return {
        "symbol": "BTCUSDT",
        "orderId": 28,
        "orderListId": -1,
        "clientOrderId": "cr1-1",
        "transactTime": 1507725176595,
        "price": "4000.00000000",
        "origQty": "10.00000000",
        "executedQty": "10.00000000",
        "origQuoteOrderQty": "0.000000",
        "cummulativeQuoteQty": "39980.00000000",
        "status": "FILLED",
        "timeInForce": "IOC",
        "type": "LIMIT",
        "side": "BUY",
        "fills": [],
    } | changed


@pytest.mark.parametrize(("status", "code", "message"), REFUSED)
def test_a_code_of_the_documentation_that_proves_a_refusal(status: int, code: int, message: str) -> None:
    with pytest.raises(OrderRefused) as caught:
        placed(answer({"code": code, "msg": message}, status), ORDER)
    assert caught.value.code == str(code)
    assert str(caught.value) == message


@pytest.mark.parametrize(("status", "code", "message"), UNKNOWN)
def test_a_code_that_leaves_the_outcome_open(status: int, code: int, message: str) -> None:
    with pytest.raises(PlacementUnknown) as caught:
        placed(answer({"code": code, "msg": message}, status), ORDER)
    if status != 200:
        assert (str(caught.value), caught.value.code) == (f"HTTP {status} {message}", str(code))


@pytest.mark.parametrize(("code", "lacks_funds"), [(-2010, True), (-1010, True), (-1013, False), (-2015, False)])
def test_only_the_matching_engine_can_say_that_funds_are_too_low(code: int, lacks_funds: bool) -> None:
    message = "Account has insufficient balance for requested action."
    with pytest.raises(OrderRefused) as caught:
        placed(answer({"code": code, "msg": message}, 400), ORDER)
    assert isinstance(caught.value, VenueFundsTooLow) is lacks_funds
    assert (str(caught.value), caught.value.code) == (message, str(code))


@pytest.mark.parametrize(
    "body",
    [b"", b"<html></html>", b"{", b"[]", b"null", b"{}", b'{"code":"soon"}', b'{"msg":1}', b"\xff", b"[" * 9999],
)
def test_an_answer_without_a_code_proves_nothing(body: bytes) -> None:
    for status in (200, 202, 301, 400, 403, 404, 418, 429, 500, 502, 503, 504):
        with pytest.raises(PlacementUnknown):
            placed(answer(body, status), ORDER)


@pytest.mark.parametrize(
    ("status", "executed", "expected"),
    [
        ("NEW", "0", VenueStatus.OPEN),
        ("PENDING_NEW", "0", VenueStatus.OPEN),
        ("PARTIALLY_FILLED", "3", VenueStatus.OPEN),
        ("FILLED", "10", VenueStatus.DONE),
        ("CANCELED", "3", VenueStatus.DONE),
        ("REJECTED", "0", VenueStatus.DONE),
        ("EXPIRED", "0", VenueStatus.DONE),
        ("EXPIRED", "3", VenueStatus.DONE),  # a partial fill: faqs/market_orders_faq.md
        ("EXPIRED_IN_MATCH", "3", VenueStatus.DONE),
    ],
)
def test_a_status_says_whether_more_can_come(status: str, executed: str, expected: VenueStatus) -> None:
    report = placed(answer(order(status=status, executedQty=executed, expiryReason="INSUFFICIENT_LIQUIDITY")), ORDER)
    assert report == VenueReport("28", expected, Decimal(executed), Decimal(39980))


@pytest.mark.parametrize(
    "changed",
    [
        {"clientOrderId": "another"},
        {"symbol": "LTCBTC"},
        {"status": "SOMETHING_NEW"},
        {"executedQty": "-1"},
        {"executedQty": "NaN"},
        {"executedQty": "10.00000001"},
        {"executedQty": None},
        {"cummulativeQuoteQty": "-1"},  # "not available at this time"
        {"cummulativeQuoteQty": "Infinity"},
        {"orderId": "28"},
    ],
)
def test_an_order_that_makes_no_sense_leaves_the_outcome_open(changed: dict[str, Any]) -> None:
    with pytest.raises(PlacementUnknown):
        placed(answer(order(**changed)), ORDER)


def test_a_question_that_is_refused_has_no_answer() -> None:
    with pytest.raises(BrokerUnavailable) as caught:
        answered(answer({"code": -1021, "msg": "Timestamp"}, 400), Order)
    assert caught.value.code == "-1021"
    for status, body in ((500, b""), (200, b"{}"), (200, b"<html>")):
        with pytest.raises(BrokerUnavailable):
            answered(answer(body, status), Order)


def trades(*rows: tuple[int, str, str, str, str]) -> list[Trade]:
    return [Trade(number, 28, Decimal(p), Decimal(q), Decimal(c), asset) for number, p, q, c, asset in rows]


def test_commissions_are_in_base_quote_or_a_third_asset() -> None:
    made = trades((56, "4000", "1", "0.001", "BTC"), (57, "3999", "5", "0.5", "BNB"), (58, "3998", "2", "8", "USDT"))
    report = VenueReport("28", VenueStatus.DONE, Decimal(8), Decimal(31991))
    assert fills_of(made, ORDER, report) == (
        Fill("56", Decimal(4000), Decimal(1), Decimal("0.001"), BTC),
        Fill("57", Decimal(3999), Decimal(5), Decimal("0.5"), Currency("BNB")),
        Fill("58", Decimal(3998), Decimal(2), Decimal(8), USDT),
    )


@pytest.mark.parametrize(
    "made",
    [[], trades((56, "4000", "1", "0", "BTC")), trades((56, "4000", "8", "NaN", "BTC"))],
    ids=["none", "too few", "no number"],
)
def test_trades_that_do_not_add_up_are_no_answer(made: list[Trade]) -> None:
    with pytest.raises(BrokerUnavailable):
        fills_of(made, ORDER, VenueReport("28", VenueStatus.DONE, Decimal(8), Decimal(31991)))


def test_a_documented_account_is_read() -> None:
    document = {
        "makerCommission": 15,
        "balances": [
            {"asset": "BTC", "free": "4723846.89208129", "locked": "0.10000000"},
            {"asset": "LTC", "free": "0.00000000", "locked": "0.00000000"},
            {"asset": "not a ticker", "free": "1", "locked": "0"},
        ],
    }
    assert balances_in(answered(answer(document), Account), NOON) == {BTC: Decimal("4723846.99208129")}


def test_fees_add_up() -> None:
    document = {
        "symbol": "BTCUSDT",
        "standardCommission": {"maker": "0.1", "taker": "0.001", "buyer": "0.0002", "seller": "0.1"},
        "specialCommission": {"maker": "0.1", "taker": "0.00003", "buyer": "0", "seller": "0"},
        "taxCommission": {"maker": "0.1", "taker": "0.000004", "buyer": "0", "seller": "0"},
        "discount": {"enabledForAccount": True, "discountAsset": "BNB", "discount": "0.75"},
    }
    assert answered(answer(document), Commission).of_a_purchase == Decimal("0.001234")


LISTED = {
    "symbol": "TUSDT",
    "status": "TRADING",
    "baseAsset": "T",
    "quoteAsset": "USDT",
    "isSpotTradingAllowed": True,
    "orderTypes": ["LIMIT", "MARKET"],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.00001", "maxPrice": "0", "tickSize": "0.00001000"},
        {"filterType": "LOT_SIZE", "minQty": "0.10000000", "maxQty": "9000.00000000", "stepSize": "0.10000000"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "5.0", "stepSize": "0.00000000"},
        {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True},
        {"filterType": "SOMETHING_NEW", "limit": 7},
    ],
}


def test_filters_become_rules() -> None:
    rules = rules_in(
        answered(answer({"symbols": [LISTED]}), Listing), Pair(Currency("T"), USDT), Decimal("0.001"), NOON
    )
    assert (rules.symbol, rules.tick_size, rules.lot_size) == ("TUSDT", Decimal("0.00001"), Decimal("0.1"))
    assert (rules.min_quantity, rules.max_quantity) == (Decimal("0.1"), Decimal(9000))
    assert (rules.min_notional, rules.taker_fee) == (Decimal(5), Decimal("0.001"))
    assert rules.max_price_ratio is None


@pytest.mark.parametrize(
    "found",
    [
        {"filterType": "PERCENT_PRICE", "multiplierUp": "1.3000", "multiplierDown": "0.7", "avgPriceMins": 5},
        {"filterType": "PERCENT_PRICE_BY_SIDE", "bidMultiplierUp": "1.3", "askMultiplierUp": "5", "avgPriceMins": 1},
    ],
)
def test_how_far_a_purchase_may_be_above_the_market_is_a_rule(found: dict[str, object]) -> None:
    listed = LISTED | {"filters": [found]}
    rules = rules_in(
        answered(answer({"symbols": [listed]}), Listing), Pair(Currency("T"), USDT), Decimal("0.001"), NOON
    )
    assert rules.max_price_ratio == Decimal("1.3")


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "BREAK"},
        {"status": "CANCEL_ONLY"},
        {"isSpotTradingAllowed": False},
        {"orderTypes": ["MARKET"]},
        {"baseAsset": "TUS", "quoteAsset": "DT"},  # the same letters, another pair
    ],
)
def test_a_pair_that_takes_no_limit_orders_now_is_not_tradable(changed: dict[str, Any]) -> None:
    listing = answered(answer({"symbols": [LISTED | changed]}), Listing)
    with pytest.raises(NotTradable):
        rules_in(listing, Pair(Currency("T"), USDT), Decimal(0), NOON)


def test_steps_of_zero_are_no_rule() -> None:
    zeros = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.0"},
        {"filterType": "LOT_SIZE", "stepSize": "0", "minQty": "0"},
    ]
    rules = rules_in(
        answered(answer({"symbols": [LISTED | {"filters": zeros}]}), Listing),
        Pair(Currency("T"), USDT),
        Decimal(0),
        NOON,
    )
    assert (rules.tick_size, rules.lot_size, rules.min_quantity, rules.min_notional) == (None, None, None, None)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-0.1", "1E-6000000"])
def test_a_limit_that_is_no_number_or_negative_is_no_rule_to_buy_by(number: str) -> None:
    listed = LISTED | {"filters": [{"filterType": "LOT_SIZE", "stepSize": number}]}
    with pytest.raises(BrokerUnavailable, match="T/USDT make no sense"):
        rules_in(answered(answer({"symbols": [listed]}), Listing), Pair(Currency("T"), USDT), Decimal(0), NOON)


def test_a_report_of_another_order_is_no_answer() -> None:
    found = answered(answer(order(clientOrderId="another")), Order)
    with pytest.raises(BrokerUnavailable):
        report_of(found, ORDER)


def test_the_recorded_answers_are_read() -> None:
    examples = json.loads(recorded("binance/trading_examples.json"))
    full = answered(answer(examples["new_order_full_response"]), Order)
    filled = replace(ORDER, client_order_id=full.client_order_id)
    assert report_of(full, filled) == VenueReport("28", VenueStatus.DONE, Decimal(10), Decimal(10))
    listed = answered(answer(examples["all_orders_response"]), list[Order])
    resting = replace(ORDER, client_order_id="myOrder1", symbol="LTCBTC")
    assert [report_of(each, resting).status for each in listed] == [VenueStatus.OPEN]
    (trade,) = answered(answer(examples["account_trades_response"]), list[Trade])
    (fill,) = fills_of([trade], ORDER, VenueReport("100234", VenueStatus.DONE, Decimal(12), trade.funds))
    assert fill == Fill("28457", Decimal("4.000001"), Decimal(12), Decimal("10.1"), Currency("BNB"))
    assert trade.funds == Decimal("48.000012")
    account = answered(answer(examples["account_response"]), Account)
    assert balances_in(account, NOON)[BTC] == Decimal("4723846.89208129")


def test_of_the_recorded_errors_only_those_that_prove_it_are_refusals() -> None:
    outcomes = {}
    for each in json.loads(recorded("binance/errors.json")):
        body = json.dumps(each["body"]) if "body" in each else each["body_text"]
        try:
            placed(Answer(each["http"], each["headers"], body.encode()), ORDER)
        except (OrderRefused, PlacementUnknown) as error:
            outcomes[each["when"]] = type(error)
    refused = {when for when, outcome in outcomes.items() if outcome is OrderRefused}
    assert refused == {
        "unknown symbol",
        "lower case or odd symbol",
        "missing parameter",
        "weight exceeded",
        "IP ban",
    }
    assert len(outcomes) == 9
