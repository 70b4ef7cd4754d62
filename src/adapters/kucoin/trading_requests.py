"""What is asked of KuCoin's trading API, signed: https://www.kucoin.com/docs-new/rest/spot-trading/orders.

No request depends on anything but its arguments, so the same order always makes the same bytes.
"""

from adapters.kucoin.signing import Credentials, signed
from adapters.rest.trading_client import SignedRequest
from domain.orders.venue_order import VenueOrder

# The most that one answer contains.
PAGE = 100

# The clocks of an exchange's servers may differ.
EARLIER_MS = 10_000

SYMBOLS = SignedRequest("GET", "/api/v2/symbols")
TIME = SignedRequest("GET", "/api/v1/timestamp")


class TradingRequests:
    """Makes requests for one account. Times are in Unix milliseconds."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def place(self, order: VenueOrder) -> SignedRequest:
        """Buy immediately up to the limit, and cancel the rest; signed with the order's own time and window."""
        body = {
            "clientOid": order.client_order_id,
            "side": "buy",
            "symbol": order.symbol,
            "type": "limit",
            "price": f"{order.limit_price:f}",
            "size": f"{order.quantity:f}",
            "timeInForce": "IOC",
            "allowMaxTimeWindow": order.receive_window_ms,
            "clientTimestamp": order.signed_at_ms,
        }
        return signed(self._credentials, "POST", "/api/v1/hf/orders", order.signed_at_ms, body=body)

    def by_client_id(self, order: VenueOrder, now_ms: int) -> SignedRequest:
        """Ask for the order by our id."""
        return self._get(f"hf/orders/client-order/{order.client_order_id}", now_ms, symbol=order.symbol)

    def by_order_id(self, order: VenueOrder, order_id: str, now_ms: int) -> SignedRequest:
        """Ask for an order by the exchange's id."""
        return self._get(f"hf/orders/{order_id}", now_ms, symbol=order.symbol)

    def open_orders(self, order: VenueOrder, now_ms: int) -> SignedRequest:
        """Ask for the open orders in the pair."""
        return self._get("hf/orders/active", now_ms, symbol=order.symbol)

    def done_orders(self, order: VenueOrder, now_ms: int) -> SignedRequest:
        """Ask for the orders in the pair that are done, since this one was signed."""
        return self._get("hf/orders/done", now_ms, symbol=order.symbol, startAt=_since(order), limit=PAGE)

    def trades_since(self, order: VenueOrder, now_ms: int) -> SignedRequest:
        """Ask for all our trades in the pair since this order was signed."""
        return self._get("hf/fills", now_ms, symbol=order.symbol, startAt=_since(order), limit=PAGE)

    def trades_of(self, order: VenueOrder, order_id: str, now_ms: int, last_id: int | None) -> SignedRequest:
        """Ask for the trades of one order, the newest first; `last_id` continues after a page."""
        further = {} if last_id is None else {"lastId": last_id}
        return self._get("hf/fills", now_ms, symbol=order.symbol, orderId=order_id, limit=PAGE, **further)

    def accounts(self, now_ms: int) -> SignedRequest:
        """Ask for the balances in the account that trades."""
        return self._get("accounts", now_ms, type="trade")

    def trade_fees(self, symbol: str, now_ms: int) -> SignedRequest:
        """Ask for the fees of the account in a pair."""
        return self._get("trade-fees", now_ms, symbols=symbol)

    def _get(self, name: str, now_ms: int, **parameters: object) -> SignedRequest:
        return signed(self._credentials, "GET", f"/api/v1/{name}", now_ms, parameters)


def _since(order: VenueOrder) -> int:
    return order.signed_at_ms - EARLIER_MS
