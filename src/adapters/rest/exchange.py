"""What exchanges over REST share: one request for all pairs, one for all best prices, one for an order book."""

from abc import abstractmethod
from collections.abc import Callable, Generator
from decimal import Decimal
from typing import ClassVar, NamedTuple

from adapters.rest.age_headers import as_old_as_headers_tell
from adapters.rest.client import Answer, RestClient
from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.exchange import Exchange, Quota, Usage
from application.market_data.ports.order_books import OrderBooks
from application.ports.clock import Clock
from domain.rates.lag import T

MOST_CODE_CHARACTERS = 20


class Codes(NamedTuple):
    """What the codes mean that answers with status 200 have in their bodies; any other refuses the request."""

    read: Callable[[bytes], object]
    success: object
    rate_limited: frozenset[object]
    out_of_order: frozenset[object]


class RestExchange(Exchange, OrderBooks):
    """The base of those adapters. Each names its calls and parses their answers; this dates and translates them."""

    NAME: ClassVar[str]
    ORDER_BOOK_WEIGHT: ClassVar[int]
    TAKER_FEE: ClassVar[Decimal]
    CODES: ClassVar[Codes | None] = None

    def __init__(self, client: RestClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    @property
    def name(self) -> str:
        """The name in lower case."""
        return self.NAME

    @property
    def usage(self) -> Usage | None:
        """The last reported use of the rate limit, None where no answer tells it."""
        return self._client.last_usage

    @property
    @abstractmethod
    def quota(self) -> Quota:
        """What the exchange allows."""

    @property
    def order_books(self) -> OrderBooks:
        """Its own."""
        return self

    @property
    def order_book_weight(self) -> int:
        """The weight of one order book."""
        return self.ORDER_BOOK_WEIGHT

    @property
    def standard_taker_fee(self) -> Decimal:
        """A regular account's."""
        return self.TAKER_FEE

    async def _get(self, path: str) -> Answer:
        """Return an answer that says success. Raises `ExchangeUnavailable`; a failure may have status 200."""
        answer, codes = await self._client.get(path), self.CODES
        if codes is None:
            return answer
        with self._client.reading(answer):
            code = codes.read(answer.body)
        if code in codes.rate_limited:
            raise self._client.limited(answer)
        detail = f"HTTP 200 with code {str(code)[:MOST_CODE_CHARACTERS]}"
        if code in codes.out_of_order:
            raise self._client.out_of_order(detail)
        if code != codes.success:
            raise self._client.refused(detail)
        return answer

    async def _fetched(self, path: str, parse: Callable[[bytes, float], Generator[None, None, T]]) -> T:
        """Return what `parse` makes of the body and the moment before the request, as old as the headers tell."""
        observed_at = self._clock.now()
        answer = await self._get(path)
        return await self._parsed(answer, observed_at, parse)

    async def _parsed(
        self, answer: Answer, observed_at: float, parse: Callable[[bytes, float], Generator[None, None, T]]
    ) -> T:
        with self._client.reading(answer):
            value = await run_cooperatively(parse(answer.body, observed_at))
        return as_old_as_headers_tell(value, answer)
