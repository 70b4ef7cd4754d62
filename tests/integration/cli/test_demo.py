"""`make demo`: what a newcomer sees, whatever the environment says."""

import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
from redis import Redis

from tests.servers.command import Ended, environment, run_python
from tests.servers.source import free_port

DEMO = ("-m", "entrypoints.cli.demo")
WITHIN_SECONDS = 60.0  # other work on the machine slows it; alone it takes three
SIX_FIELDS = ["currency_from", "currency_to", "exchange", "rate", "result", "updated_at"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One example as it is printed: what it shows, what was asked, what was answered."""

    title: str
    request: dict[str, Any]
    status: int
    answer: dict[str, Any]

    @property
    def pair(self) -> tuple[str, str]:
        return self.request["currency_from"], self.request["currency_to"]


def examples(ended: Ended) -> list[Shown]:
    """Read what was printed: an introduction, blocks of four lines, those of the wallet, and what comes next."""
    assert (ended.status, ended.errors) == (0, "")
    introduction, *blocks, ending = ended.output.strip().split("\n\n")
    assert "make run" in ending
    assert "Nothing leaves this machine" in introduction
    assert is_a_wallet(blocks[6:11])
    assert is_a_purchase(blocks[11:])
    found = []
    for block in blocks[:6]:
        title, call, request, answered = block.splitlines()
        assert call == "  POST /api/v1/convert"
        status, _, body = answered.partition(" ")
        found.append(Shown(title, orjson.loads(request), int(status), orjson.loads(body)))
    return found


def is_a_wallet(blocks: list[str]) -> bool:
    """Assert that it is made, valued in dollars with the bank, not overdrawn, and that a repeat changes nothing."""
    answers = [block.splitlines()[-1] for block in blocks]
    made, deposited, worth, refused, repeated = (orjson.loads(answer[answer.index("{") :]) for answer in answers)
    assert made["name"] == "Savings"
    assert deposited["amount"] == "0.25"
    (bitcoin,) = worth["currencies"]
    assert Decimal(worth["total"]) == Decimal("0.25") * Decimal(bitcoin["rate"])
    assert (worth["complete"], bitcoin["status"], bitcoin["exchange"]) == (True, "priced", "binance+ecb")
    assert (refused["status"], refused["available"], refused["asked"]) == (409, "0.25", "5")
    assert answers[-1].startswith("201 Idempotency-Replayed: true ")
    assert repeated == deposited
    return True


def is_a_purchase(blocks: list[str]) -> bool:
    """Assert that an order is accepted, and bought in full."""
    paid, accepted, bought = (orjson.loads(block[block.rindex("\n") :].partition(" ")[2]) for block in blocks)
    assert (paid["code"], paid["available"]) == ("USDT", "100")
    assert Decimal(49) < Decimal(accepted["cost"]) + Decimal(accepted["fee"]) <= 50
    assert (bought["id"], bought["status"], bought["filled"]) == (accepted["id"], "settled", accepted["amount"])
    return True


def are_the_six(shown: list[Shown]) -> bool:
    """Assert that each of the examples is there, in order, and rightly answered."""
    direct, inverse, indirect, kucoin_only, failover, unknown = shown
    for example in (direct, inverse, kucoin_only, failover):
        assert (example.status, list(example.answer)) == (200, SIX_FIELDS)
        amount = Decimal(str(example.request["amount"]))
        assert Decimal(example.answer["result"]) == amount * Decimal(example.answer["rate"])
    assert (direct.pair, inverse.pair) == (("TRX", "USDT"), ("USDT", "TRX"))
    assert abs(Decimal(direct.answer["rate"]) * Decimal(inverse.answer["rate"]) - 1) < Decimal("1e-11")
    assert direct.answer["updated_at"] == inverse.answer["updated_at"]
    assert {example.answer["exchange"] for example in (direct, inverse, indirect)} == {"binance"}
    assert is_a_route(indirect)
    assert (kucoin_only.pair, kucoin_only.answer["exchange"]) == (("KCS", "USDT"), "kucoin")
    assert "Binance goes down" in failover.title
    assert (failover.pair, failover.answer["exchange"]) == (("BTC", "USDT"), "kucoin")
    assert (unknown.status, list(unknown.answer["reasons"])) == (404, ["binance", "kucoin"])
    return True


def is_a_route(indirect: Shown) -> bool:
    """Assert that it goes over legs which are shown."""
    assert list(indirect.answer) == [*SIX_FIELDS, "route"]
    legs = indirect.answer["route"]
    assert len(legs) == 2
    assert "TRX" in legs[0]["symbol"]
    assert "ADA" in legs[1]["symbol"]
    return True


async def test_the_six_examples_are_shown_and_answered_within_a_minute_whatever_is_set_outside(
    tmp_path: Path,
) -> None:
    invalid = {"CROSSRATE_PORT": "http", "CROSSRATE_REDIS_URL": "nowhere", "COLUMNS": "20"}
    began = time.monotonic()
    ended = await run_python(*DEMO, folder=tmp_path, environment=environment() | invalid)
    assert time.monotonic() - began < WITHIN_SECONDS
    assert are_the_six(examples(ended))


async def test_settings_from_outside_neither_change_it_nor_reach_a_redis(tmp_path: Path, redis_url: str) -> None:
    odd = {
        "CROSSRATE_REDIS_URL": redis_url,
        "CROSSRATE_EXCHANGES": "kucoin",
        "CROSSRATE_BINANCE_URL": f"http://127.0.0.1:{free_port()}",
        "CROSSRATE_PORT": "1",
        "CROSSRATE_MAX_LEGS": "1",
        "CROSSRATE_LOG_LEVEL": "debug",
        "CROSSRATE_LOG_FORMAT": "json",
        "CROSSRATE_LISTING_MAX_AGE_SECONDS": "0",
    }
    proxies = {"HTTP_PROXY": f"http://127.0.0.1:{free_port()}", "NO_PROXY": "example.com"}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in odd.items()))
    variables = environment() | proxies | odd
    with Redis.from_url(redis_url) as redis:
        assert are_the_six(examples(await run_python(*DEMO, folder=tmp_path, environment=variables)))
        assert redis.dbsize() == 0
