"""The client for asyncio."""

from crossrate_client._async.orders import AsyncOrders
from crossrate_client._async.quotes import AsyncQuotes
from crossrate_client._async.rates import AsyncRates
from crossrate_client._async.streams import AsyncStreams
from crossrate_client._async.wallets import AsyncWallets


class AsyncClient(AsyncRates, AsyncStreams, AsyncQuotes, AsyncWallets, AsyncOrders):
    """Everything that the service answers, for asyncio.

    `url` is the address of the service, such as http://127.0.0.1:8080. Calls have the rights of `api_key`, or of the
    user whose `username` and `password` these are: the client signs in when it must, and renews its session. Each call
    ends within `timeout_seconds`, repetitions included; `retries` says how it repeats what is safe to repeat.

    Use it as a context manager, or call `aclose`.
    """
