"""Tell webhooks of deposits and withdrawals."""

from application.webhooks.ports.repositories import EventRepositories
from application.webhooks.record_events import record_event
from domain.decimals import plain
from domain.identity.user import User
from domain.ledger.account import Account
from domain.ledger.posted import PostedTransaction
from domain.wallets.wallet import WalletCurrency
from domain.webhooks.event import EventType


async def tell_of_moved(
    unit: EventRepositories,
    user: User,
    posted: PostedTransaction,
    account: Account,
    currency: WalletCurrency,
    now: float,
) -> None:
    """Record the event of a posted deposit or withdrawal."""
    posting = posted.posting_of(account.id)
    change = account.asset.amount_of(posting.available_change)
    data = {
        "transaction_id": str(posted.header.id),
        "wallet_id": str(currency.wallet_id),
        "currency_id": str(currency.id),
        "code": currency.code,
        "amount": plain(abs(change)),
        "available": plain(account.asset.amount_of(posting.balance.available)),
    }
    kind = EventType.WALLET_DEPOSIT if change > 0 else EventType.WALLET_WITHDRAWAL
    await record_event(unit, kind, user.id, data, now)
