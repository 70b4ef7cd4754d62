"""What is asked of Binance's trading API, signed: https://developers.binance.com/docs/binance-spot-api-docs/rest-api.

No request depends on anything but its arguments, so the same order always makes the same bytes.
"""

from urllib.parse import quote

from adapters.binance.signing import Credentials, signed
from adapters.rest.trading_client import SignedRequest
from domain.orders.venue_order import VenueOrder

# Questions are answered or rejected within this time.
RECEIVE_WINDOW_MS = 5000

# The most that one answer contains.
PAGE = 1000

# The clocks of an exchange's servers may differ.
EARLIER_MS = 10_000


class TradingRequests:
    """Makes requests for one account. Times are in Unix milliseconds."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def place(self, order: VenueOrder) -> SignedRequest:
        """Buy immediately up to the limit, and cancel the rest; signed with the order's own time and window."""
        parameters = {
            "symbol": order.symbol,
            "side": "BUY",
            "type": "LIMIT",
            "timeInForce": "IOC",
            "quantity": f"{order.quantity:f}",
            "price": f"{order.limit_price:f}",
            "newClientOrderId": order.client_order_id,
            "newOrderRespType": "FULL",
            "recvWindow": order.receive_window_ms,
            "timestamp": order.signed_at_ms,
        }
        return signed(self._credentials, "POST", "/api/v3/order", parameters)

    def by_client_id(self, order: VenueOrder, now_ms: int) -> SignedRequest:
        """Ask for the order by our id."""
        return self._get("order", now_ms, symbol=order.symbol, origClientOrderId=order.client_order_id)

    def by_order_id(self, order: VenueOrder, order_id: int, now_ms: int) -> SignedRequest:
        """Ask for an order by the exchange's id."""
        return self._get("order", now_ms, symbol=order.symbol, orderId=order_id)

    def open_orders(self, order: VenueOrder, now_ms: int) -> SignedRequest:
        """Ask for the open orders in the pair."""
        return self._get("openOrders", now_ms, symbol=order.symbol)

    def orders_since(self, order: VenueOrder, now_ms: int) -> SignedRequest:
        """Ask for all orders in the pair since this one was signed."""
        return self._get("allOrders", now_ms, symbol=order.symbol, startTime=_since(order), limit=PAGE)

    def trades_since(self, order: VenueOrder, now_ms: int) -> SignedRequest:
        """Ask for all our trades in the pair since this order was signed."""
        return self._get("myTrades", now_ms, symbol=order.symbol, startTime=_since(order), limit=PAGE)

    def trades_of(self, order: VenueOrder, order_id: str, now_ms: int, from_id: int | None) -> SignedRequest:
        """Ask for the trades of one order, the oldest first; `from_id` continues after a page."""
        further = {} if from_id is None else {"fromId": from_id}
        return self._get("myTrades", now_ms, symbol=order.symbol, orderId=order_id, limit=PAGE, **further)

    def account(self, now_ms: int) -> SignedRequest:
        """Ask for the balances."""
        return self._get("account", now_ms, omitZeroBalances="true")

    def commission(self, symbol: str, now_ms: int) -> SignedRequest:
        """Ask for the fees of the account in a pair."""
        return self._get("account/commission", now_ms, symbol=symbol)

    @staticmethod
    def time() -> SignedRequest:
        """Ask for the time, which needs no signature."""
        return SignedRequest("GET", "/api/v3/time")

    @staticmethod
    def symbol(symbol: str) -> SignedRequest:
        """Ask for one pair's rules, which needs no signature."""
        return SignedRequest("GET", f"/api/v3/exchangeInfo?symbol={quote(symbol, safe='')}&showPermissionSets=false")

    def _get(self, name: str, now_ms: int, **parameters: object) -> SignedRequest:
        asked = parameters | {"recvWindow": RECEIVE_WINDOW_MS, "timestamp": now_ms}
        return signed(self._credentials, "GET", f"/api/v3/{name}", asked)


def _since(order: VenueOrder) -> int:
    return order.signed_at_ms - EARLIER_MS
