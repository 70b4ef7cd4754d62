"""Wallets.

What changes something takes an `idempotency_key`: without one, the call makes its own and keeps it while it repeats.
"""

from collections.abc import AsyncIterator
from datetime import datetime

from crossrate_client._async.rates import SimpleRateType
from crossrate_client._async.session import AsyncSession
from crossrate_client._calls import Amount, amount_text, negated, positive_text, reading, segment, writing
from crossrate_client.models import Balance, Entry, NewWallet, TotalWorth, Transfer, Wallet, WalletWorth


class AsyncWallets(AsyncSession):
    """Calls about the user's wallets."""

    async def wallets(self) -> list[Wallet]:
        """Return all wallets."""
        return await self._items(reading("/wallets"), "wallets", Wallet)

    async def wallet(self, name: str) -> Wallet:
        """Return the wallet of this name."""
        return await self._ask(reading(f"/wallets/{segment(name)}"), Wallet)

    async def create_wallet(self, name: str, *, idempotency_key: str | None = None) -> NewWallet:
        """Make an empty wallet."""
        return await self._ask(writing("POST", "/wallets", {"name": name}, key=idempotency_key), NewWallet)

    async def rename_wallet(self, wallet_id: str, name: str, *, idempotency_key: str | None = None) -> Wallet:
        """Give a wallet another name."""
        return await self._ask(
            writing("PUT", f"/wallet/{segment(wallet_id)}", {"name": name}, key=idempotency_key), Wallet
        )

    async def delete_wallet(self, wallet_id: str, *, idempotency_key: str | None = None) -> None:
        """Delete an empty wallet."""
        await self._value(writing("DELETE", f"/wallet/{segment(wallet_id)}", key=idempotency_key))

    async def add_currency(
        self, wallet_id: str, code: str, amount: Amount = 0, *, idempotency_key: str | None = None
    ) -> Balance:
        """Add a currency to a wallet, with a first deposit."""
        body = {"wallet_id": wallet_id, "code": code, "amount": amount_text(amount)}
        return await self._ask(writing("POST", "/currency", body, key=idempotency_key), Balance)

    async def deposit(self, currency_id: str, amount: Amount, *, idempotency_key: str | None = None) -> Balance:
        """Add an amount above 0 to a currency of a wallet."""
        return await self._move(currency_id, positive_text(amount), idempotency_key)

    async def withdraw(self, currency_id: str, amount: Amount, *, idempotency_key: str | None = None) -> Balance:
        """Take an amount above 0 from a currency of a wallet."""
        return await self._move(currency_id, negated(amount), idempotency_key)

    async def _move(self, currency_id: str, amount: str, key: str | None) -> Balance:
        path = f"/currency/add_or_withdraw_funds/{segment(currency_id)}"
        return await self._ask(writing("POST", path, {"amount": amount}, key=key), Balance)

    async def transfer(
        self, from_currency_id: str, to_currency_id: str, amount: Amount, *, idempotency_key: str | None = None
    ) -> Transfer:
        """Move an amount between wallets of the same currency."""
        body = {
            "from_currency_id": from_currency_id,
            "to_currency_id": to_currency_id,
            "amount": amount_text(amount),
        }
        return await self._ask(writing("POST", "/transfers", body, key=idempotency_key), Transfer)

    async def wallet_worth(
        self,
        name: str,
        to: str | None = None,
        *,
        cache_max_seconds: int | None = None,
        rate_type: SimpleRateType | None = None,
        exchange: str | None = None,
        include_route: bool = False,
        at: datetime | None = None,
    ) -> WalletWorth:
        """Return what a wallet is worth in the currency `to`, or in the user's own; `at` a moment in the past."""
        call = reading(
            f"/wallets/{segment(name)}/currencies_converted",
            to=to,
            cache_max_seconds=cache_max_seconds,
            rate_type=rate_type,
            exchange=exchange,
            include_route=include_route,
            at=at,
        )
        return await self._ask(call, WalletWorth)

    async def worth(
        self,
        to: str | None = None,
        *,
        cache_max_seconds: int | None = None,
        rate_type: SimpleRateType | None = None,
        exchange: str | None = None,
        include_route: bool = False,
        at: datetime | None = None,
    ) -> TotalWorth:
        """Return what all wallets are worth."""
        call = reading(
            "/currencies_converted",
            to=to,
            cache_max_seconds=cache_max_seconds,
            rate_type=rate_type,
            exchange=exchange,
            include_route=include_route,
            at=at,
        )
        return await self._ask(call, TotalWorth)

    def entries(self, wallet: str | None = None, *, page_size: int = 1000) -> AsyncIterator[Entry]:
        """Yield what has changed in one wallet, or in all, the newest first."""
        path = "/entries" if wallet is None else f"/wallets/{segment(wallet)}/entries"
        return self._pages(reading(path, limit=page_size), "entries", Entry)

    async def wallets_at(self, moment: datetime, wallet: str | None = None) -> list[Wallet]:
        """Return one wallet, or all, as they were at a moment."""
        path = "/entries" if wallet is None else f"/wallets/{segment(wallet)}/entries"
        return await self._items(reading(path, at=moment), "wallets", Wallet)
