"""The query for the newest quotes of the tracked pairs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from application.quotes.ports.repositories import QuotesRepositories
from domain.pair import Pair
from domain.quotes.quote import RecordedQuote

NewestQuotes = Mapping[Pair, RecordedQuote]


def newest_quotes_of(pairs: Sequence[Pair]) -> Callable[[QuotesRepositories], Awaitable[NewestQuotes]]:
    """Return a query for the newest quote of each of these pairs that has any."""

    async def ask(unit: QuotesRepositories) -> NewestQuotes:
        return await unit.quotes.find_newest(pairs)

    return ask
