# Made from _async/client.py by `make client`; change that file.
"""The client for threads."""

from crossrate_client._sync.orders import Orders
from crossrate_client._sync.quotes import Quotes
from crossrate_client._sync.rates import Rates
from crossrate_client._sync.streams import Streams
from crossrate_client._sync.wallets import Wallets


class Client(Rates, Streams, Quotes, Wallets, Orders):
    """Everything that the service answers, for threads.

    `url` is the address of the service, such as http://127.0.0.1:8080. Calls have the rights of `api_key`, or of the
    user whose `username` and `password` these are: the client signs in when it must, and renews its session. Each call
    ends within `timeout_seconds`, repetitions included; `retries` says how it repeats what is safe to repeat.

    Use it as a context manager, or call `close`.
    """
