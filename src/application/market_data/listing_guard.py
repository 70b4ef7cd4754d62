"""Hold back pairs that only the cache has, until the exchange itself has told them to this process."""

from dataclasses import replace

import structlog

from application.market_data.outlier_guard import FIRST_PROOF_SECONDS
from domain.rates.instruments import Instruments

log = structlog.get_logger()


class ListingGuard:
    """Compares each list of pairs of one exchange with the last one that this process fetched from the exchange itself.

    Whoever says what a symbol trades sets prices. So a list from the cache may lack pairs, but neither add nor change
    one: until this process has fetched the list itself, it uses the one before. Before its first fetch it compares with
    the first list that it saw.
    """

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on
        self._known: Instruments | None = None
        self._is_proven = False
        self._is_withholding = False

    @property
    def own_fetch_within_seconds(self) -> float | None:
        """How long after its last fetch from the exchange itself this process needs another; None for never."""
        if self._is_withholding:
            return 0.0
        return FIRST_PROOF_SECONDS if self._is_on and not self._is_proven else None

    def screened(self, value: Instruments, *, is_own: bool) -> Instruments:
        """Return what to use instead of this list; `is_own` if it comes from the exchange itself."""
        known = self._known
        if not self._is_on:
            return value
        if is_own or known is None:
            self._known = value
            self._is_proven |= is_own
            self._is_withholding = False
            return value
        was_withholding, self._is_withholding = self._is_withholding, not _adds_nothing(value, known)
        if not self._is_withholding:
            return value
        if not was_withholding:
            log.info("listed_pairs_held_back", exchange=value.exchange)
        return replace(known, observed_at=value.observed_at, lag_seconds=value.lag_seconds)


def _adds_nothing(value: Instruments, known: Instruments) -> bool:
    if value.aliases.items() - known.aliases.items():
        return False
    return value.pairs is known.pairs or value.pairs.ends.items() <= known.pairs.ends.items()
