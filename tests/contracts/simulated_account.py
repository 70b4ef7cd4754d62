"""A broker that talks to a simulated exchange over HTTP, in the real wire form."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import aiohttp
from aiohttp import web

from application.orders.ports.broker import Broker
from domain.currency import Currency
from entrypoints.simulator.app import VENUES, simulator_app
from entrypoints.simulator.faults.kinds import ANY_FAULT
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.contracts.broker_contract import FUNDS, PAIR, BrokerVenue
from tests.servers.serving import serving
from tests.unit.fakes.clock import FakeClock

MARKET = SimulatedMarket(binance_pairs=50, kucoin_pairs=50)
TIMEOUT = aiohttp.ClientTimeout(total=0.5)


class AccountVenue(BrokerVenue):
    """`url` is the exchange's. `our_clock` is the broker's, which is right unless a test says otherwise."""

    exchange: str

    def __init__(self, url: str, session: aiohttp.ClientSession, app: web.Application, clock: FakeClock) -> None:
        super().__init__()
        self.url = url
        self.session = session
        self.clock = self.our_clock = clock
        self.simulated = app[VENUES][self.exchange]
        self.fund(Currency("USDT"), FUNDS)
        self.restart()

    @abstractmethod
    def connected(self) -> Broker:
        """Return a new broker."""

    @property
    def ask(self) -> Decimal:
        books = self.simulated.exchange.books(int(self.clock.now())).values()
        book = next(each for each in books if (each["base"], each["quote"]) == (PAIR.base, PAIR.quote))
        return Decimal(book["ask"])

    def restart(self) -> None:
        self.broker = self.connected()

    def break_down(self) -> None:
        self.fault(kind="reset")

    def recover(self) -> None:
        self.simulated.set_fault(None)

    def lose_next_answer(self) -> None:
        self.fault(kind="reset", method="POST", times=1, executes_after_milliseconds=0)

    def fault(self, **fault: object) -> None:
        """From now on, the exchange fails like this."""
        self.simulated.set_fault(ANY_FAULT.validate_python(fault))

    def fund(self, currency: Currency, amount: Decimal) -> None:
        self.simulated.exchange.set_balances({currency: amount})


@asynccontextmanager
async def account_at(kind: type[AccountVenue]) -> AsyncIterator[AccountVenue]:
    """Yield a broker with its account at a simulated exchange of its own."""
    clock = FakeClock()
    app = simulator_app(MARKET, clock=clock.now)
    async with serving(app) as url, aiohttp.ClientSession(timeout=TIMEOUT) as session:
        yield kind(f"{url}/{kind.exchange}", session, app, clock)
