"""Rules of pairs, asked for again after a minute: clearing looks at them every second."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from cachetools import TTLCache

from application.ports.clock import Clock
from domain.orders.errors import OrderRefused, VenueFundsTooLow
from domain.orders.venue_order import MarketRules
from domain.pair import Pair

MAX_AGE_SECONDS = 60.0
MOST_PAIRS = 1000


class RulesCache:
    """Keeps the rules of pairs that trade."""

    def __init__(self, clock: Clock) -> None:
        self._rules: TTLCache[Pair, MarketRules] = TTLCache(MOST_PAIRS, MAX_AGE_SECONDS, clock.now)

    async def get(self, pair: Pair, fetch: Callable[[Pair], Awaitable[MarketRules]]) -> MarketRules:
        """Return the rules, fetched if need be. Raises what `fetch` raises."""
        rules = self._rules.get(pair)
        if rules is None:
            rules = self._rules[pair] = await fetch(pair)
        return rules

    @contextmanager
    def forgotten_after_refusal(self, pair: Pair) -> Iterator[None]:
        """Ask for the pair's rules anew if an order is refused inside: it may be halted, or have another lot."""
        try:
            yield
        except VenueFundsTooLow:
            raise  # which the rules have nothing to do with
        except OrderRefused:
            self._rules.pop(pair, None)
            raise
