"""KuCoin's signed endpoints: https://www.kucoin.com/docs-new/rest/spot-trading/orders."""

import hmac
from base64 import b64encode
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

import orjson

from entrypoints.simulator.market.order_book import BookSide
from entrypoints.simulator.reply import Call, Reply, Row
from entrypoints.simulator.venues.account import (
    API_KEY,
    API_PASSPHRASE,
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
from entrypoints.simulator.venues.payloads import ALL_TICKERS, SYMBOLS, LatestPayloads

TOLERANCE_MS = 5000
PAGE = 100

_PREFIXES = ("/api/v1/hf/orders", "/api/v1/hf/fills", "/api/v1/accounts", "/api/v1/trade-fees")
_ORDERS = "/api/v1/hf/orders"
_BY_CLIENT = "/api/v1/hf/orders/client-order/"
_REJECTIONS = {
    Reason.CLOSED: ("400600", "validation.createOrder.symbolNotAvailable"),
    Reason.TICK: ("600100", "Price increment invalid."),
    Reason.LOT: ("600100", "Order size increment invalid."),
    Reason.MIN_QUANTITY: ("400100", "Order size below the minimum requirement."),
    Reason.MIN_NOTIONAL: ("600101", "The order funds should more then 0.1 USDT."),
    Reason.BALANCE: ("200004", "Balance insufficient!"),
    Reason.DUPLICATE: ("400100", "validation.createOrder.clientOidDuplicated"),
}


class _Failure(Exception):
    def __init__(self, code: str, message: str, status: int = 200) -> None:
        self.reply = Reply.of({"code": code, "msg": message}, status)
        super().__init__(message)


class KuCoinTrading:
    """Checks signatures, times and rules; takes limit orders to buy, IOC or GTC."""

    def __init__(self, payloads: LatestPayloads) -> None:
        self._payloads = payloads
        self.account = Account()

    @staticmethod
    def answers(call: Call) -> bool:
        """Tell whether this is a path for accounts."""
        return call.path.startswith(_PREFIXES)

    def reply(self, call: Call) -> Reply:
        """Answer one call."""
        try:
            _check_signature(call)
            return Reply.of({"code": "200000", "data": self._data(call)})
        except _Failure as failure:
            return failure.reply

    def _data(self, call: Call) -> object:
        answers: dict[tuple[str, str], Callable[[Call], object]] = {
            ("POST", _ORDERS): self._accepted,
            ("POST", f"{_ORDERS}/sync"): self._matched,
            ("GET", f"{_ORDERS}/active"): self._active,
            ("GET", f"{_ORDERS}/done"): self._done,
            ("GET", "/api/v1/hf/fills"): self._fills,
            ("GET", "/api/v1/accounts"): self._accounts,
            ("GET", "/api/v1/trade-fees"): _fees,
        }
        answer = answers.get((call.method, call.path))
        if answer is None and call.method != "POST" and call.path.startswith(f"{_ORDERS}/"):
            answer = self._one
        if answer is None:
            raise _Failure("404000", "Url Not Found", 404)
        return answer(call)

    def _active(self, call: Call) -> list[Row]:
        return [_order(each) for each in self.account.listed(_symbol(call)) if each.is_open]

    def _done(self, call: Call) -> Row:
        done = [each for each in self.account.listed(_symbol(call), _since(call)) if not each.is_open]
        return {"lastId": 0, "items": [_order(each) for each in reversed(done)][:PAGE]}

    def _accepted(self, call: Call) -> Row:
        placed = self._place(call)
        return {"orderId": _id(placed), "clientOid": placed.asked.client_id}

    def _matched(self, call: Call) -> Row:
        placed = self._place(call)
        left = placed.asked.quantity - placed.executed
        return {
            "orderId": _id(placed),
            "clientOid": placed.asked.client_id,
            "orderTime": placed.at_ms,
            "originSize": f"{placed.asked.quantity:f}",
            "dealSize": f"{placed.executed:f}",
            "remainSize": f"{left if placed.is_open else 0:f}",
            "canceledSize": f"{0 if placed.is_open else left:f}",
            "status": "open" if placed.is_open else "done",
            "matchTime": placed.at_ms,
        }

    def _place(self, call: Call) -> Placed:
        asked = _body(call)
        symbol = str(asked.get("symbol"))
        if asked.get("side") != "buy" or asked.get("type", "limit") != "limit":
            raise _Failure("400100", "only limit orders to buy are simulated")
        _check_window(asked, call.now * 1000)
        client_id = str(asked.get("clientOid", ""))
        if not 0 < len(client_id) <= 40:
            raise _Failure("400100", "clientOid length limit is 40")
        rests = asked.get("timeInForce", "GTC") not in {"IOC", "FOK"}
        wanted = Asked(client_id, _number(asked.get("price")), _number(asked.get("size")), rests=rests)
        try:
            return self.account.place(wanted, self._listed(symbol, call.tick), call.now, call.fill_percent)
        except Rejected as rejected:
            raise _Failure(*_REJECTIONS[rejected.reason]) from rejected

    def _one(self, call: Call) -> object:
        symbol = _symbol(call)
        if call.path.startswith(_BY_CLIENT):
            found = self.account.by_client_id(call.path.removeprefix(_BY_CLIENT), symbol)
        else:
            found = self.account.by_number(call.path.removeprefix(f"{_ORDERS}/").lstrip("0"), symbol)
        if call.method == "DELETE":
            if found is None or not found.is_open:
                raise _Failure("400100", "order_not_exist_or_not_allow_to_cancel")
            found.is_open, found.is_cancelled = False, True
            return {"orderId": _id(found), "clientOid": found.asked.client_id}
        if found is None:
            raise _Failure("400100", "order not exist", 400)
        return _order(found)

    def _fills(self, call: Call) -> Row:
        number, last = call.query.get("orderId"), _whole(call.query.get("lastId", "")) or 10**15
        orders = [each for each in self.account.of(_symbol(call), _since(call)) if number in {None, _id(each)}]
        rows = [_fill(each, trade) for each in orders for trade in each.trades if trade.number < last]
        items = sorted(rows, key=lambda row: -int(row["id"]))[: _whole(call.query.get("limit", "")) or PAGE]
        return {"items": items, "lastId": items[-1]["id"] if items else 0}

    def _accounts(self, _: Call) -> list[Row]:
        rows = []
        for number, (code, amount) in enumerate(sorted(self.account.balances.items())):
            held = self.account.locked(code)
            row = {"id": str(number), "currency": code, "type": "trade", "balance": f"{amount:f}"}
            rows.append(row | {"available": f"{amount - held:f}", "holds": f"{held:f}"})
        return rows

    def _listed(self, symbol: str, tick: int) -> Listed:
        listed = listed_on_kucoin(self._payloads, symbol, tick)
        if listed is None:
            raise _Failure("900001", "symbol not exists")
        return listed


def listed_on_kucoin(payloads: LatestPayloads, symbol: str, tick: int) -> Listed | None:
    """Return the pair of this symbol, None if it is not listed."""
    row = payloads.by_symbol(SYMBOLS, tick).get(symbol)
    if row is None:
        return None
    ticker = payloads.by_symbol(ALL_TICKERS, tick).get(symbol, {})
    return Listed(
        symbol=symbol,
        base=row["baseCurrency"],
        quote=row["quoteCurrency"],
        is_tradable=row["enableTrading"],
        min_quantity=Decimal(row["baseMinSize"]),
        min_notional=Decimal(row.get("minFunds") or row["quoteMinSize"]),
        bids=_side(row, ticker.get("buy"), ticker.get("bestBidSize"), is_ask=False),
        asks=_side(row, ticker.get("sell"), ticker.get("bestAskSize"), is_ask=True),
        fee_asset=row["feeCurrency"],
    )


def _side(row: Row, price: str | None, size: str | None, *, is_ask: bool) -> BookSide:
    best = Decimal(price or 0)
    quantity = Decimal(size or (10_000 / best if best else 0))
    return BookSide(best, quantity, Decimal(row["priceIncrement"]), Decimal(row["baseIncrement"]), is_ask=is_ask)


def _check_signature(call: Call) -> None:
    signed_at = call.headers.get("KC-API-TIMESTAMP", "")
    if abs(call.now * 1000 - _whole(signed_at)) > TOLERANCE_MS:
        raise _Failure("400002", "Invalid KC-API-TIMESTAMP", 400)
    if call.headers.get("KC-API-KEY") != API_KEY:
        raise _Failure("400003", "KC-API-KEY not exists", 400)
    if not _is_equal(call.headers.get("KC-API-PASSPHRASE", ""), API_PASSPHRASE.encode()):
        raise _Failure("400004", "Invalid KC-API-PASSPHRASE", 400)
    query = "&".join(f"{name}={value}" for name, value in call.query.items())  # decoded, unlike Binance's
    path = call.path + (f"?{query}" if query else "")
    if not _is_equal(call.headers.get("KC-API-SIGN", ""), f"{signed_at}{call.method}{path}".encode() + call.body):
        raise _Failure("400005", "Invalid KC-API-SIGN", 400)


def _is_equal(given: str, text: bytes) -> bool:
    right = b64encode(hmac.digest(API_SECRET.encode(), text, sha256))
    return hmac.compare_digest(given.encode(), right)


def _check_window(asked: Row, now_ms: float) -> None:
    window, signed_at = asked.get("allowMaxTimeWindow"), asked.get("clientTimestamp")
    if window is None:
        return
    if not (isinstance(window, int) and isinstance(signed_at, int)) or now_ms - signed_at > window:
        raise _Failure("400100", "the order is older than allowMaxTimeWindow")


def _body(call: Call) -> Row:
    try:
        document: Any = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise _Failure("400100", "Invalid parameter", 400)
    return document


def _order(order: Placed) -> Row:
    left = order.asked.quantity - order.executed
    return {
        "id": _id(order),
        "clientOid": order.asked.client_id,
        "symbol": order.symbol,
        "opType": "DEAL",
        "type": "limit",
        "side": "buy",
        "price": f"{order.asked.price:f}",
        "size": f"{order.asked.quantity:f}",
        "funds": f"{order.asked.price * order.asked.quantity:f}",
        "dealSize": f"{order.executed:f}",
        "dealFunds": f"{order.funds:f}",
        "remainSize": f"{left if order.is_open else 0:f}",
        "remainFunds": f"{order.locked:f}",
        "cancelledSize": f"{0 if order.is_open else left:f}",
        "cancelledFunds": "0",
        "fee": f"{sum((trade.fee for trade in order.trades), Decimal(0)):f}",
        "feeCurrency": order.trades[0].fee_asset if order.trades else order.quote,
        "stp": None,
        "timeInForce": "GTC" if order.asked.rests else "IOC",
        "cancelExist": not order.is_open and left > 0,
        "tradeType": "TRADE",
        "inOrderBook": order.is_open,
        "active": order.is_open,
        "tax": "0",
        "createdAt": order.at_ms,
        "lastUpdatedAt": order.at_ms,
    }


def _fill(order: Placed, trade: TradeMade) -> Row:
    return {
        "id": trade.number,
        "orderId": _id(order),
        "counterOrderId": "0",
        "tradeId": trade.number,
        "symbol": order.symbol,
        "side": "buy",
        "liquidity": "taker",
        "type": "limit",
        "forceTaker": False,
        "price": f"{trade.price:f}",
        "size": f"{trade.quantity:f}",
        "funds": f"{trade.funds:f}",
        "fee": f"{trade.fee:f}",
        "feeRate": f"{FEE:f}",
        "feeCurrency": trade.fee_asset,
        "stop": "",
        "tradeType": "TRADE",
        "taxRate": "0",
        "tax": "0",
        "createdAt": order.at_ms,
    }


def _id(order: Placed) -> str:
    return f"{order.number:024d}"


def _fees(call: Call) -> list[Row]:
    rates = {"takerFeeRate": f"{FEE:f}", "makerFeeRate": f"{FEE:f}"}
    return [{"symbol": symbol} | rates for symbol in call.query.get("symbols", "").split(",")]


def _number(text: object) -> Decimal:
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise _Failure("400100", "Invalid parameter")
    return number


def _since(call: Call) -> int:
    return _whole(call.query.get("startAt", ""))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else 0


def _symbol(call: Call) -> str:
    return call.query.get("symbol", "")
