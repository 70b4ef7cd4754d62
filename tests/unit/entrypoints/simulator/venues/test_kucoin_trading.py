"""The simulated KuCoin rejects what the real one rejects, and fails at nothing."""

import orjson
import pytest

from entrypoints.simulator.reply import Call, Row
from entrypoints.simulator.venues.kucoin_trading import KuCoinTrading
from entrypoints.simulator.venues.payloads import LatestPayloads, Payloads


class NoPayloads(Payloads):
    def document(self, name: str, tick: int) -> bytes:
        raise NotImplementedError

    def rows(self, name: str, tick: int) -> list[Row]:
        raise NotImplementedError


@pytest.mark.parametrize("written", ["", "²", "١٧٠٠", "1.7e12", "1700000000000" * 1000])
def test_a_timestamp_that_is_no_number_is_rejected(written: str) -> None:
    call = Call("/api/v1/accounts", {}, tick=0, now=1_700_000_000.0, headers={"KC-API-TIMESTAMP": written})
    reply = KuCoinTrading(LatestPayloads(NoPayloads())).reply(call)
    assert (reply.status, orjson.loads(bytes(reply.body.plain))["code"]) == (400, "400002")
