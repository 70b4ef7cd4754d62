"""Move funds from one of a user's wallets to another."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID, uuid4

from application.ledger.post_transaction import post_transaction
from application.wallets.find_wallets import holding_of
from application.wallets.move_funds import account_of
from application.wallets.ports.repositories import WalletsRepositories
from application.webhooks.record_events import record_event
from domain.decimals import plain
from domain.identity.user import User
from domain.ledger.errors import InvalidAmount
from domain.ledger.movements.transfer import transfer
from domain.wallets.errors import InvalidTransfer
from domain.wallets.holding import Holding
from domain.webhooks.event import EventType


@dataclass(frozen=True, slots=True)
class Transferred:
    """What both currencies have after the transfer."""

    transaction_id: UUID
    amount: Decimal
    source: Holding
    destination: Holding


async def transfer_funds(
    unit: WalletsRepositories, user: User, source_id: UUID, destination_id: UUID, amount: Decimal, now: float
) -> Transferred:
    """Move `amount` between two wallets' accounts of one currency.

    Raises `NoSuchObject`, `InvalidTransfer`, `InvalidAmount` and `InsufficientFunds`.
    """
    source_currency, source = await account_of(unit, user, source_id)
    destination_currency, destination = await account_of(unit, user, destination_id)
    if source.id == destination.id:
        raise InvalidTransfer("must be another one than `from_currency_id`")
    if source.asset != destination.asset:
        raise InvalidTransfer(f"must have the same currency: this is {destination.asset.code}, not {source.asset.code}")
    units = source.asset.units_of(amount)
    if units <= 0:
        raise InvalidAmount("must be more than 0")
    posted = await post_transaction(unit, transfer(uuid4(), units, source=source.ref, to=destination.ref), now)
    transferred = Transferred(
        posted.header.id,
        amount,
        holding_of(source_currency, source, posted.posting_of(source.id).balance),
        holding_of(destination_currency, destination, posted.posting_of(destination.id).balance),
    )
    await record_event(unit, EventType.WALLET_TRANSFER, user.id, _told(transferred), now)
    return transferred


def _told(transferred: Transferred) -> dict[str, object]:
    return {
        "transaction_id": str(transferred.transaction_id),
        "from_currency_id": str(transferred.source.id),
        "to_currency_id": str(transferred.destination.id),
        "code": transferred.source.code,
        "amount": plain(transferred.amount),
    }
