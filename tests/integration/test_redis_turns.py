"""Turns in a real Redis: what becomes of them when what is kept there is damaged."""

from collections.abc import AsyncIterator

import pytest

from adapters.redis.keys import TURNS, key_prefix
from adapters.redis.link import RedisLink, redis_link
from adapters.redis.turns import RedisTurns
from application.ports.turns import NO_FETCH, Outcome, Payload, Turn
from domain.errors import ExchangeUnavailable, FailureReason

SOURCES = {"binance": "https://binance.example"}
KEY = key_prefix("binance", SOURCES["binance"]) + TURNS
PAUSE_SECONDS = 30.0

PAUSE = ExchangeUnavailable("binance", FailureReason.RATE_LIMITED, "429", PAUSE_SECONDS)


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[RedisLink]:
    async with redis_link(redis_url) as link:
        yield link


@pytest.fixture
def turns(link: RedisLink) -> RedisTurns:
    return RedisTurns(link, SOURCES)


@pytest.mark.parametrize(
    "damaged",
    [None, b"", b"nonsense", b"\xff\x00", b"\x94", b"\x91" * 100_000],
    ids=["lost", "empty", "text", "no UTF-8", "cut off", "nested without end"],
)
async def test_a_pause_holds_even_where_its_reason_cannot_be_read_any_more(
    turns: RedisTurns, link: RedisLink, damaged: bytes | None
) -> None:
    await turns.leave_alone(PAUSE)
    await (link.client.hdel(KEY, "pause") if damaged is None else link.client.hset(KEY, "pause", damaged))
    with pytest.raises(ExchangeUnavailable) as refused:
        await turns.take("binance", Payload.BOOKS, known=None, waited_for=None)
    assert refused.value.reason is FailureReason.RATE_LIMITED
    assert not refused.value.is_transient
    assert refused.value.retry_after_seconds is not None
    assert PAUSE_SECONDS - 10 < refused.value.retry_after_seconds <= PAUSE_SECONDS


@pytest.mark.parametrize(
    "damaged",
    [b"", b"nonsense", b"-1", b"1.5", b"\xff", b"9000000000000000", b"9" * 17, b"9" * 5000],
    ids=["empty", "text", "negative", "a fraction", "no UTF-8", "too high", "too long", "far too long"],
)
async def test_a_number_that_cannot_be_one_counts_as_none_and_the_next_fetch_puts_it_right(
    turns: RedisTurns, link: RedisLink, damaged: bytes
) -> None:
    await link.client.hset(KEY, f"kept:{Payload.BOOKS.value}", damaged)
    assert await turns.kept("binance", Payload.BOOKS) == NO_FETCH
    turn = await turns.take("binance", Payload.BOOKS, known=2, waited_for=None)
    assert isinstance(turn, Turn)
    await turns.end(turn, Outcome(is_kept=True))
    assert await turns.kept("binance", Payload.BOOKS) == turn.number
