"""The lines of a batch are read as the bodies of single conversions are."""

import asyncio

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.rates.book import RateType
from entrypoints.http.rates.batch_lines import MOST_ERRORS_OF_BATCH, MOST_ERRORS_OF_LINE, ReadLine
from entrypoints.http.rates.batch_requests import batch_in_body, batch_in_turn, read_all
from entrypoints.http.server.problems import Problem
from tests.unit.entrypoints.http.rates.test_convert_requests import BODIES, strictly

PLAIN = b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1}'


def read(*lines: bytes, more: bytes = b"") -> list[ReadLine | Problem]:
    return list(asyncio.run(read_all(batch_in_body(b'{"conversions": [' + b",".join(lines) + b"]" + more + b"}"))))


def refused(body: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        asyncio.run(read_all(batch_in_body(body)))
    return caught.value


@given(st.lists(BODIES, min_size=1, max_size=3))
@example([b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "amount": 2}'])
@example([b'{"currency_from": "BTC", "currency_to": "USDT", "amount": "1\\u0030"}'])
@example([b'{"currency_from": "BTC", "currency_to": "USDT", "amount": -0}'])
@example([b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "cache_max_seconds": 1e1}', PLAIN])
@example([b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "cache_max_seconds": null}'])
def test_a_line_is_read_as_the_body_of_a_single_conversion(lines: list[bytes]) -> None:
    try:
        found = read(*lines)
    except Problem:
        assert None in map(strictly, lines)  # one is no JSON, so the whole body is not
        return
    for line, one in zip(lines, found, strict=True):
        alone = strictly(line)
        assert isinstance(one, ReadLine) == (alone is not None)
        if isinstance(one, ReadLine) and alone is not None:
            assert one.line == (
                alone.amount,
                alone.currency_from,
                alone.currency_to,
                alone.exchange,
                alone.rate_type,
                alone.cache_max_seconds,
            )
            assert str(one.line.amount) == str(alone.amount)
            assert one.include_route == alone.include_route


WRONG = b'{"currency_from": "BTC", "currency_too": "USDT", "amount": -1, "a": 1, "b": 2, "c": 3, "d": 4}'


@given(st.lists(BODIES, min_size=1, max_size=3))
@example([b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "amount": 2}'])
@example([b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "cache_max_seconds": 1e1}', PLAIN])
@example([b'{"currency_from": "BTC", "currency_to": "USDT", "amount": "\\ud800"}'])
def test_lines_that_are_only_accepted_or_refused_are_those_that_would_be_alone(lines: list[bytes]) -> None:
    before = [WRONG] * (MOST_ERRORS_OF_BATCH // MOST_ERRORS_OF_LINE)
    try:
        found = read(*before, *lines)[len(before) :]
    except Problem:
        assert None in map(strictly, lines)
        return
    for line, one in zip(lines, found, strict=True):
        alone = strictly(line)
        assert isinstance(one, ReadLine) == (alone is not None)
        if isinstance(one, ReadLine) and alone is not None:
            assert (str(one.line.amount), one.line.currency_to) == (str(alone.amount), alone.currency_to)
            assert one.line.cache_max_seconds == alone.cache_max_seconds


def test_at_most_five_errors_of_a_line_and_fifty_of_a_batch_are_described() -> None:
    problems = [each for each in read(*[WRONG] * 30, PLAIN, b"{}") if isinstance(each, Problem)]
    described = [each.more["errors"] for each in problems]
    assert [len(errors) for errors in described] == [5] * 10 + [1] * 21
    assert described[0][0].field == "currency_to"
    assert "only the first 50 errors" in described[10][0].detail
    assert {each.kind.status for each in problems} == {422}


def test_a_line_says_only_what_differs_from_the_batch() -> None:
    own = (
        b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "exchange": null, "cache_max_seconds": null,'
        b' "rate_type": "mid", "include_route": false}'
    )
    shared = b', "exchange": "kucoin", "cache_max_seconds": 60, "rate_type": "executable", "include_route": true'
    for more in (b"", b', "nonsense": 1'):  # which has the lines read one by one
        wrong = PLAIN[:-1] + more + b"}"
        first, second, _ = read(PLAIN, own, wrong, more=shared)
        assert isinstance(first, ReadLine)
        assert (first.line[3:], first.include_route) == (("kucoin", RateType.EXECUTABLE, 60), True)
        assert isinstance(second, ReadLine)
        assert (second.line[3:], second.include_route) == ((None, RateType.MID, None), False)


@pytest.mark.parametrize("line", [b"1", b'"BTC"', b"[]", b"null", b"true"])
@pytest.mark.parametrize("more", [b"", b', "rate_type": "mid"'])
def test_a_line_that_is_no_object_is_told_as_one_of_the_conversions(line: bytes, more: bytes) -> None:
    first, second = read(PLAIN, b" " + line, more=more)
    assert isinstance(first, ReadLine)
    assert isinstance(second, Problem)
    (error,) = second.more["errors"]
    assert (error.field, error.detail) == ("conversions", "each line must be a JSON object")


def test_a_wrong_line_is_a_problem_of_its_own() -> None:
    first, *wrong, last = read(PLAIN, b"[]", b'{"currency_from": "BTC"}', b'"BTC"', b"1", b"null", PLAIN)
    assert isinstance(first, ReadLine)
    assert isinstance(last, ReadLine)
    assert [problem.kind.status for problem in wrong if isinstance(problem, Problem)] == [422] * 5


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"conversions": []}', 422),
        (b'{"conversions": {}}', 422),
        (b'{"conversions": null}', 422),
        (b'{"conversions": [%s]}' % b",".join([PLAIN] * 1001), 422),
        (b'{"conversions": [%s], "conversions": [%s]}' % (PLAIN, PLAIN), 400),
        (b'{"conversions": [%s], "rate_type": "mid", "rate_type": "mid"}' % PLAIN, 400),
        (b'{"conversions": [%s], "cache_max_seconds": -1}' % PLAIN, 422),
        (b'{"conversions": [%s], "amount": 1}' % PLAIN, 422),
        (b'{"conversions": [%s], "include_route": 1}' % PLAIN, 422),
        (b'{"conversions": [%s]' % PLAIN, 400),
        (b'{"conversions": [%s]} x' % PLAIN, 400),
    ],
)
def test_what_is_wrong_with_the_batch_as_a_whole_is_a_problem_of_the_request(body: bytes, status: int) -> None:
    assert refused(body).kind.status == status


async def test_other_requests_go_before_a_long_body() -> None:
    line = b'{"currency_from":"BTC","currency_to":"USDT","amount":1}'
    for lines, turns in ((1, 0), (1000, 3)):
        reading = asyncio.create_task(batch_in_turn(b'{"conversions":[' + b",".join([line] * lines) + b"]}"))
        await asyncio.sleep(0)
        for _ in range(turns):
            assert not reading.done()
            await asyncio.sleep(0)
        assert len(await reading) == lines


def test_a_thousand_lines_are_read() -> None:
    assert len(read(*[PLAIN] * 1000)) == 1000
