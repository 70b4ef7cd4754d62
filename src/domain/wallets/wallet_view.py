"""A wallet and what is in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.wallets.holding import Holding
from domain.wallets.wallet import Wallet


@dataclass(frozen=True, slots=True)
class WalletView:
    """A wallet with its holdings, by code."""

    wallet: Wallet
    holdings: Sequence[Holding]
