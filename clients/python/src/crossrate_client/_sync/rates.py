# Made from _async/rates.py by `make client`; change that file.
"""Convert, and what can be converted."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from crossrate_client._answers import items, problem
from crossrate_client._calls import Amount, amount_text, calculating, moment_text, reading
from crossrate_client._decoding import decode
from crossrate_client._sync.session import Session
from crossrate_client.errors import Problem
from crossrate_client.models import Conversion, Currency, Exchange, Pair, RateTable
from crossrate_client.questions import Question

# Units of one currency for one of another: of the mids; of what selling and buying at the best prices brings; of what
# this very amount brings by the order books, with fees; or the median of the mids of all exchanges.
RateType = Literal["mid", "executable", "depth", "median"]
SimpleRateType = Literal["mid", "executable"]


class Rates(Session):
    """Calls about rates."""

    def convert(  # noqa: PLR0913 -- what a conversion consists of
        self,
        currency_from: str,
        currency_to: str,
        amount: Amount,
        *,
        exchange: str | None = None,
        cache_max_seconds: int | None = None,
        rate_type: RateType = "mid",
        include_route: bool = False,
        at: datetime | None = None,
    ) -> Conversion:
        """Convert an amount.

        `exchange` is the only one to ask, or "best" for the one that gives most; None asks all in order. No price is
        older than `cache_max_seconds`; None fetches new ones. `at` a past moment, it is what was
        recorded near it that counts.
        """
        body = {
            "currency_from": currency_from,
            "currency_to": currency_to,
            "amount": amount_text(amount),
            "exchange": exchange,
            "cache_max_seconds": cache_max_seconds,
            "rate_type": rate_type,
            "include_route": include_route,
            "at": None if at is None else moment_text(at),
        }
        return self._ask(calculating("/convert", body), Conversion)

    def convert_many(
        self,
        questions: Sequence[Question],
        *,
        exchange: str | None = None,
        cache_max_seconds: int | None = None,
        rate_type: SimpleRateType = "mid",
        include_route: bool = False,
    ) -> list[Conversion | Problem]:
        """Convert up to 1000 amounts at once, from the same market.

        Each has its conversion or the problem that it alone would have had. The options hold for those that have none
        of their own.
        """
        body = {
            "conversions": [question.fields() for question in questions],
            "exchange": exchange,
            "cache_max_seconds": cache_max_seconds,
            "rate_type": rate_type,
            "include_route": include_route,
        }
        lines = items(self._value(calculating("/convert/batch", body)), "conversions")
        return [
            problem(line["problem"]) if isinstance(line, dict) and "problem" in line else decode(Conversion, line)
            for line in lines
        ]

    def rates(
        self,
        base: str,
        symbols: Sequence[str] | None = None,
        *,
        rate_type: SimpleRateType = "mid",
        cache_max_seconds: int | None = None,
    ) -> RateTable:
        """Return the rates of one currency in many others: in all, if `symbols` name none."""
        chosen = None if symbols is None else list(symbols)
        call = reading("/rates", base=base, symbols=chosen, rate_type=rate_type, cache_max_seconds=cache_max_seconds)
        return self._ask(call, RateTable)

    def exchanges(self) -> list[Exchange]:
        """Return the exchanges of the service, and the bank, with their health."""
        return self._items(reading("/exchanges"), "exchanges", Exchange)

    def currencies(self, *, search: str | None = None, page_size: int = 1000) -> Iterator[Currency]:
        """Yield every currency, or those whose code or name contains `search`."""
        return self._pages(reading("/currencies", search=search, limit=page_size), "currencies", Currency)

    def pairs(
        self,
        *,
        exchange: str | None = None,
        base: str | None = None,
        quote: str | None = None,
        search: str | None = None,
        include_prices: bool = False,
        page_size: int = 1000,
    ) -> Iterator[Pair]:
        """Yield every pair that trades now and has a price."""
        call = reading(
            "/pairs",
            exchange=exchange,
            base=base,
            quote=quote,
            search=search,
            include_prices=include_prices,
            limit=page_size,
        )
        return self._pages(call, "pairs", Pair)
