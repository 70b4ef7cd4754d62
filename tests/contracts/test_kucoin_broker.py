"""KuCoin's broker, talking to the simulated KuCoin."""

from typing import ClassVar

from adapters.kucoin import trading, trading_requests
from adapters.kucoin.signing import Credentials
from adapters.kucoin.trading import KuCoinBroker
from application.orders.ports.broker import Broker
from entrypoints.simulator.venues.account import API_KEY, API_PASSPHRASE, API_SECRET
from tests.contracts.simulated_account import AccountVenue
from tests.contracts.wire_broker_contract import WireBrokerContract


class KuCoinAccount(AccountVenue):
    exchange = "kucoin"

    def connected(self) -> Broker:
        return self.connected_with(Credentials(API_KEY, API_SECRET, API_PASSPHRASE))

    def connected_with(self, credentials: Credentials) -> Broker:
        return KuCoinBroker(base_url=self.url, session=self.session, clock=self.our_clock, credentials=credentials)


class TestKuCoinBroker(WireBrokerContract):
    kind = KuCoinAccount
    modules: ClassVar = (trading, trading_requests)
    not_found: ClassVar = {"path": "client-order", "code": 400, "error_code": 400100, "message": "order not exist"}
    duplicate: ClassVar = {"code": 400, "error_code": 400100, "message": "validation.createOrder.clientOidDuplicated"}

    def with_wrong_keys(self, venue: AccountVenue) -> Broker:
        assert isinstance(venue, KuCoinAccount)
        return venue.connected_with(Credentials("wrong-key", "wrong-secret", "wrong-passphrase"))
