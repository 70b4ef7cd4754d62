"""A feed at one address, which takes no key."""

from contextlib import AbstractAsyncContextManager

from adapters.rest.client import RestClient
from adapters.rest.registered_exchange import FeedParts
from adapters.websocket.socket import FeedSocket, opened
from application.market_data.ports.feed import Feed


class PublicFeed(Feed):
    """Knows its `path`, and how long to wait between the messages that it sends."""

    path: str
    spacing_seconds: float

    def __init__(self, parts: FeedParts) -> None:
        self._parts = parts
        self._rest = RestClient(self.name, parts.rest_url, parts.session, parts.clock, parts.meter, lambda _: None)

    def _opened(self) -> AbstractAsyncContextManager[FeedSocket]:
        url = f"{self._parts.url.rstrip('/')}{self.path}"
        return opened(self.name, url, self._parts.session, self._rest, self.spacing_seconds)
