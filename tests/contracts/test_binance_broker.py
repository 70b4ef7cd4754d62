"""Binance's broker, talking to the simulated Binance."""

from typing import ClassVar

from adapters.binance import trading, trading_requests
from adapters.binance.signing import Credentials
from adapters.binance.trading import BinanceBroker
from application.orders.ports.broker import Broker
from entrypoints.simulator.venues.account import API_KEY, API_SECRET
from tests.contracts.simulated_account import AccountVenue
from tests.contracts.wire_broker_contract import WireBrokerContract


class BinanceAccount(AccountVenue):
    exchange = "binance"

    def connected(self) -> Broker:
        return self.connected_with(Credentials(API_KEY, API_SECRET))

    def connected_with(self, credentials: Credentials) -> Broker:
        return BinanceBroker(base_url=self.url, session=self.session, clock=self.our_clock, credentials=credentials)


class TestBinanceBroker(WireBrokerContract):
    kind = BinanceAccount
    modules: ClassVar = (trading, trading_requests)
    not_found: ClassVar = {"path": "/api/v3/order", "code": 400, "error_code": -2013}
    duplicate: ClassVar = {"code": 400, "error_code": -2010, "message": "Duplicate order sent."}

    def with_wrong_keys(self, venue: AccountVenue) -> Broker:
        assert isinstance(venue, BinanceAccount)
        return venue.connected_with(Credentials("wrong-key", "wrong-secret"))
