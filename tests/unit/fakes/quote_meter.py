"""A meter that keeps the moment of each pair's newest quote."""

from application.quotes.ports.quote_meter import QuoteMeter
from domain.quotes.quote import Quote


class FakeQuoteMeter(QuoteMeter):
    def __init__(self) -> None:
        self.moments: dict[str, int] = {}

    def quote_recorded(self, quote: Quote) -> None:
        self.moments[str(quote.pair)] = quote.observed_at
