"""Binance's signed endpoints: https://developers.binance.com/docs/binance-spot-api-docs/rest-api/trading-endpoints."""

import hmac
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from urllib.parse import parse_qsl

from entrypoints.simulator.market.order_book import BookSide
from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.venues.account import (
    API_KEY,
    API_SECRET,
    FEE,
    Account,
    Asked,
    Listed,
    Placed,
    Reason,
    Rejected,
    TradeMade,
)
from entrypoints.simulator.venues.payloads import BOOK_TICKER, EXCHANGE_INFO, LatestPayloads

TRADING_WEIGHTS = {
    "/api/v3/order": 4,
    "/api/v3/order/test": 1,
    "/api/v3/openOrders": 6,
    "/api/v3/allOrders": 20,
    "/api/v3/myTrades": 20,
    "/api/v3/account": 20,
    "/api/v3/account/commission": 20,
}

AHEAD_MS = 1000
RECEIVE_WINDOW_MS = 5000
LONGEST_RECEIVE_WINDOW_MS = 60_000

_SIGNATURE = re.compile(r"&?signature=([0-9A-Za-z]*)")
_CLIENT_ID = re.compile(r"[A-Za-z0-9\-_.:/]{1,36}")
_REJECTIONS = {
    Reason.CLOSED: (-2010, "Market is closed."),
    Reason.TICK: (-1013, "Filter failure: PRICE_FILTER"),
    Reason.LOT: (-1013, "Filter failure: LOT_SIZE"),
    Reason.MIN_QUANTITY: (-1013, "Filter failure: LOT_SIZE"),
    Reason.MIN_NOTIONAL: (-1013, "Filter failure: NOTIONAL"),
    Reason.BALANCE: (-2010, "Account has insufficient balance for requested action."),
    Reason.DUPLICATE: (-2010, "Duplicate order sent."),
}


class _Failure(Exception):
    def __init__(self, code: int, message: str, status: int = 400) -> None:
        self.reply = Reply.of({"code": code, "msg": message}, status)
        super().__init__(message)


class BinanceTrading:
    """Checks signatures, times and rules; takes limit orders to buy, IOC or GTC."""

    def __init__(self, payloads: LatestPayloads) -> None:
        self._payloads = payloads
        self.account = Account()

    def reply(self, call: Call) -> Reply:
        """Answer one call to a path of `TRADING_WEIGHTS`."""
        try:
            return Reply.of(self._document(call, _signed(call)))
        except _Failure as failure:
            return failure.reply

    def _document(self, call: Call, asked: dict[str, str]) -> object:
        answers: dict[tuple[str, str], Callable[[Call, dict[str, str]], object]] = {
            ("POST", "order"): self._place,
            ("POST", "order/test"): lambda *_: {},
            ("GET", "order"): self._one,
            ("DELETE", "order"): self._one,
            ("GET", "openOrders"): self._open,
            ("GET", "allOrders"): self._all,
            ("GET", "myTrades"): self._trades,
            ("GET", "account"): self._account,
            ("GET", "account/commission"): _commission,
        }
        answer = answers.get((call.method, call.path.removeprefix("/api/v3/")))
        if answer is None:
            raise _Failure(-1020, "This operation is not supported.")
        return answer(call, asked)

    def _open(self, _: Call, asked: dict[str, str]) -> list[Row]:
        return [_order(each) for each in self.account.listed(asked.get("symbol", "")) if each.is_open]

    def _all(self, _: Call, asked: dict[str, str]) -> list[Row]:
        orders = self.account.listed(asked.get("symbol", ""), _whole(asked.get("startTime", "0")))
        return [_order(each) for each in orders][: _limit(asked)]

    def _place(self, call: Call, asked: dict[str, str]) -> object:
        missing = next((name for name in ("symbol", "side", "type", "quantity", "price") if not asked.get(name)), None)
        if missing is not None:
            raise _Failure(-1102, f"Mandatory parameter '{missing}' was not sent, was empty/null, or malformed.")
        if asked["side"] != "BUY":
            raise _Failure(-1117, "Invalid side.")
        if asked["type"] != "LIMIT" or asked.get("timeInForce") not in {"IOC", "GTC"}:
            raise _Failure(-1116, "Invalid orderType.")
        client_id = asked.get("newClientOrderId") or f"web_{len(self.account.orders)}"
        if not _CLIENT_ID.fullmatch(client_id):
            raise _Failure(-1100, "Illegal characters found in parameter 'newClientOrderId'.")
        price, quantity = _number(asked, "price"), _number(asked, "quantity")
        wanted = Asked(client_id, price, quantity, rests=asked["timeInForce"] == "GTC")
        try:
            placed = self.account.place(wanted, self._listed(asked["symbol"], call.tick), call.now, call.fill_percent)
        except Rejected as rejected:
            raise _Failure(*_REJECTIONS[rejected.reason]) from rejected
        return _order(placed) | {"transactTime": placed.at_ms, "fills": [_fill(trade) for trade in placed.trades]}

    def _one(self, call: Call, asked: dict[str, str]) -> object:
        symbol, client_id = asked.get("symbol", ""), asked.get("origClientOrderId")
        if client_id is None:
            found = self.account.by_number(asked.get("orderId", ""), symbol)
        else:
            found = self.account.by_client_id(client_id, symbol)
        if call.method == "DELETE":
            if found is None or not found.is_open:
                raise _Failure(-2011, "Unknown order sent.")
            found.is_open, found.is_cancelled = False, True
        if found is None:
            raise _Failure(-2013, "Order does not exist.")
        return _order(found)

    def _trades(self, _: Call, asked: dict[str, str]) -> list[Row]:
        since, number = _whole(asked.get("startTime", "0")), asked.get("orderId")
        orders = self.account.of(asked.get("symbol", ""), since)
        first = _whole(asked.get("fromId", "0"))
        rows = [_trade(each, trade) for each in orders for trade in each.trades if number in {None, str(each.number)}]
        return [row for row in rows if row["id"] >= first][: _limit(asked)]

    def _account(self, *_: object) -> Row:
        rows = []
        for code, amount in sorted(self.account.balances.items()):
            locked = self.account.locked(code)
            rows.append({"asset": code, "free": f"{amount - locked:f}", "locked": f"{locked:f}"})
        return {"accountType": "SPOT", "canTrade": True, "balances": rows, "permissions": ["SPOT"]}

    def _listed(self, symbol: str, tick: int) -> Listed:
        listed = listed_on_binance(self._payloads, symbol, tick)
        if listed is None:
            raise _Failure(-1121, "Invalid symbol.")
        return listed


def listed_on_binance(payloads: LatestPayloads, symbol: str, tick: int) -> Listed | None:
    """Return the pair of this symbol, None if it is not listed."""
    row = payloads.by_symbol(EXCHANGE_INFO, tick).get(symbol)
    if row is None:
        return None
    book = payloads.by_symbol(BOOK_TICKER, tick).get(symbol, {})
    filters = {each["filterType"]: each for each in row["filters"]}
    lot, notional = filters["LOT_SIZE"], filters.get("NOTIONAL") or filters["MIN_NOTIONAL"]
    steps = Decimal(filters["PRICE_FILTER"]["tickSize"]), Decimal(lot["stepSize"])
    return Listed(
        symbol=symbol,
        base=row["baseAsset"],
        quote=row["quoteAsset"],
        is_tradable=row["status"] == "TRADING" and row["isSpotTradingAllowed"],
        min_quantity=Decimal(lot["minQty"]),
        min_notional=Decimal(notional["minNotional"]),
        bids=BookSide(Decimal(book.get("bidPrice") or 0), Decimal(book.get("bidQty") or 0), *steps, is_ask=False),
        asks=BookSide(Decimal(book.get("askPrice") or 0), Decimal(book.get("askQty") or 0), *steps, is_ask=True),
        fee_asset=row["baseAsset"],
    )


def _signed(call: Call) -> dict[str, str]:
    """Return the parameters of a request that is signed well and in time."""
    if call.headers.get("X-MBX-APIKEY") != API_KEY:
        raise _Failure(-2015, "Invalid API-key, IP, or permissions for action.", 401)
    body = call.body.decode(errors="replace")
    given = _SIGNATURE.search(call.raw_query) or _SIGNATURE.search(body)
    text = _SIGNATURE.sub("", call.raw_query) + _SIGNATURE.sub("", body)
    right = hmac.new(API_SECRET.encode(), text.encode(), sha256).hexdigest()
    if given is None or not hmac.compare_digest(given[1].lower(), right):
        raise _Failure(-1022, "Signature for this request is not valid.")
    asked = dict(parse_qsl(call.raw_query) + parse_qsl(body))
    _check_time(asked, call.now * 1000)
    return asked


def _check_time(asked: dict[str, str], now_ms: float) -> None:
    signed_ms = _whole(asked.get("timestamp", ""))
    window_ms = _whole(asked.get("recvWindow", str(RECEIVE_WINDOW_MS)))
    if window_ms > LONGEST_RECEIVE_WINDOW_MS:
        raise _Failure(-1131, "recvWindow must be less than 60000")
    if signed_ms >= now_ms + AHEAD_MS:
        raise _Failure(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - signed_ms > window_ms:
        raise _Failure(-1021, "Timestamp for this request is outside of the recvWindow.")


def _order(order: Placed) -> Row:
    return {
        "symbol": order.symbol,
        "orderId": order.number,
        "orderListId": -1,
        "clientOrderId": order.asked.client_id,
        "price": f"{order.asked.price:.8f}",
        "origQty": f"{order.asked.quantity:.8f}",
        "executedQty": f"{order.executed:.8f}",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": f"{order.funds:.8f}",
        "status": _status(order),
        "timeInForce": "GTC" if order.asked.rests else "IOC",
        "type": "LIMIT",
        "side": "BUY",
        "time": order.at_ms,
        "updateTime": order.at_ms,
        "workingTime": order.at_ms,
        "isWorking": True,
        "selfTradePreventionMode": "EXPIRE_MAKER",
    }


def _status(order: Placed) -> str:
    if order.is_cancelled:
        return "CANCELED"
    if order.executed == order.asked.quantity:
        return "FILLED"
    if order.is_open:
        return "PARTIALLY_FILLED" if order.executed else "NEW"
    return "EXPIRED"


def _fill(trade: TradeMade) -> Row:
    return {
        "price": f"{trade.price:.8f}",
        "qty": f"{trade.quantity:.8f}",
        "commission": f"{trade.fee:.8f}",
        "commissionAsset": trade.fee_asset,
        "tradeId": trade.number,
    }


def _trade(order: Placed, trade: TradeMade) -> Row:
    fill = _fill(trade)
    return fill | {
        "symbol": order.symbol,
        "id": fill.pop("tradeId"),
        "orderId": order.number,
        "orderListId": -1,
        "quoteQty": f"{trade.funds:.8f}",
        "time": order.at_ms,
        "isBuyer": True,
        "isMaker": False,
        "isBestMatch": True,
    }


def _commission(_: Call, asked: dict[str, str]) -> Row:
    zeros = {"maker": "0.00000000", "taker": "0.00000000", "buyer": "0.00000000", "seller": "0.00000000"}
    return {
        "symbol": asked.get("symbol", ""),
        "standardCommission": zeros | {"maker": f"{FEE:.8f}", "taker": f"{FEE:.8f}"},
        "specialCommission": zeros,
        "taxCommission": zeros,
        "discount": {"enabledForAccount": False, "enabledForSymbol": False, "discountAsset": "BNB", "discount": "0.75"},
    }


def _number(asked: dict[str, str], name: str) -> Decimal:
    try:
        number = Decimal(asked[name])
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise _Failure(-1100, f"Illegal characters found in parameter '{name}'.")
    return number


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise _Failure(-1102, "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.")
    return int(text)


def _limit(asked: dict[str, str]) -> int:
    return min(_whole(asked.get("limit", "500")), 1000)
