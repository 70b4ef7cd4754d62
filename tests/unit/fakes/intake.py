"""What accepting an order depends on, from the other repositories."""

from uuid import UUID

from application.orders.form_batches import is_halted
from application.orders.house import asset_in_ledger
from application.orders.ports.intake import Intake, Payer
from application.orders.ports.repositories import OrderingRepositories
from application.webhooks.ports.webhooks import Webhooks
from domain.currency import Currency
from domain.orders.sale import Sale
from domain.wallets.wallet import WalletName


class FakeIntake(Intake):
    def __init__(self, unit: OrderingRepositories, webhooks: Webhooks) -> None:
        self._unit = unit
        self._webhooks = webhooks

    async def sale(self, buy: Currency, pay_with: Currency) -> Sale | None:
        unit = self._unit
        asset = await unit.clearing_assets.find(buy)
        if asset is None:
            return None
        counted = [await asset_in_ledger(unit, code) for code in (buy, pay_with, asset.clear_with)]
        return Sale(asset, is_halted(await unit.clearing_halts.all(), buy), *counted)

    async def hold_sale(
        self, user_id: UUID, wallet: WalletName, buy: Currency, pay_with: Currency
    ) -> tuple[Sale | None, Payer | None]:
        named = await self._unit.wallets.list_by_name(user_id, wallet)
        kept = next((each for each in named if each.deleted_at is None), None)
        payer = None
        if kept is not None:
            ids = {each.code: each.id for each in await self._unit.wallets.list_currencies([kept.id])}
            webhooks = await self._webhooks.list_by_user(user_id)
            has_webhooks = any(each.disabled_at is None for each in webhooks)
            payer = Payer(kept.id, ids.get(pay_with), ids.get(buy), has_webhooks)
        return await self.sale(buy, pay_with), payer
