"""Purchase orders, and the user who gives them."""

from collections.abc import AsyncIterator
from typing import Literal

from crossrate_client._async.session import AsyncSession
from crossrate_client._calls import Amount, optional_amount, reading, segment, writing, writing_once
from crossrate_client.models import Account, Order, OrderWithLife, PriceLock

OrderStatus = Literal["queued", "batched", "placing", "settled", "refunded"]


class AsyncOrders(AsyncSession):
    """Calls about purchase orders. Each has either the `amount` to buy or the amount to `spend`."""

    async def lock_price(
        self,
        buy: str,
        pay_with: str,
        *,
        amount: Amount | None = None,
        spend: Amount | None = None,
        idempotency_key: str | None = None,
    ) -> PriceLock:
        """Fix the price of a purchase for a moment."""
        body = {
            "buy": buy,
            "pay_with": pay_with,
            "amount": optional_amount(amount),
            "spend": optional_amount(spend),
        }
        return await self._ask(writing("POST", "/price-locks", body, key=idempotency_key), PriceLock)

    async def place_order(  # noqa: PLR0913 -- what an order consists of
        self,
        wallet: str,
        buy: str,
        pay_with: str,
        *,
        amount: Amount | None = None,
        spend: Amount | None = None,
        price_lock_id: str | None = None,
        max_price: Amount | None = None,
        idempotency_key: str | None = None,
    ) -> Order:
        """Buy from a wallet: at the price of a lock, or at the current one if that is not above `max_price`."""
        body = {
            "wallet": wallet,
            "buy": buy,
            "pay_with": pay_with,
            "amount": optional_amount(amount),
            "spend": optional_amount(spend),
            "price_lock_id": price_lock_id,
            "max_price": optional_amount(max_price),
        }
        return await self._ask(writing("POST", "/orders", body, key=idempotency_key), Order)

    def orders(self, *, status: OrderStatus | None = None, page_size: int = 100) -> AsyncIterator[Order]:
        """Yield the user's orders, the newest first."""
        return self._pages(reading("/orders", status=status, limit=page_size), "orders", Order)

    async def order(self, order_id: str, *, wait_seconds: int | None = None) -> OrderWithLife:
        """Return an order and its life so far, once it has ended or `wait_seconds` have passed."""
        return await self._ask(reading(f"/orders/{segment(order_id)}", wait=wait_seconds), OrderWithLife)

    async def cancel_order(self, order_id: str) -> Order:
        """Cancel an order that no batch has taken yet. Never sent twice."""
        return await self._ask(writing_once("DELETE", f"/orders/{segment(order_id)}"), Order)

    async def register(self, username: str, password: str, *, idempotency_key: str | None = None) -> Account:
        """Make a user, where the service lets anybody register."""
        body = {"username": username, "password": password}
        return await self._ask(writing("POST", "/authenticate/register", body, key=idempotency_key), Account)

    async def me(self) -> Account:
        """Return the user whose credentials these are."""
        return await self._ask(reading("/me"), Account)
