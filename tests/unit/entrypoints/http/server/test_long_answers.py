"""However many long answers are made, a request waits for a slice of one of them, whatever a row takes."""

import asyncio

import orjson
import pytest
from aiohttp import web

from application.concurrency.cooperative import yield_to_event_loop
from entrypoints.http.server.long_answers import (
    EXPORTING,
    FEW_ROWS,
    LONG_TARGET,
    READING_TARGETS,
    made_in_slices,
    made_in_turns,
    wait_for_turn_to_read,
    written_in_turns,
)
from tests.unit.entrypoints.http.server.harness import Harness
from tests.unit.fakes.slices import ROWS_PER_SLICE, most_during_a_request, rows_take_a_tenth_of_a_slice


def application() -> web.Application:
    app = web.Application()
    app[EXPORTING], app[READING_TARGETS] = asyncio.Lock(), asyncio.Lock()
    return app


@pytest.mark.parametrize("takes_turns", [True, False])
async def test_a_request_waits_for_one_slice_of_all_long_answers(
    monkeypatch: pytest.MonkeyPatch, *, takes_turns: bool
) -> None:
    made, app, rows = 0, application(), range(4 * FEW_ROWS)

    def make(row: int) -> int:
        nonlocal made
        made += 1
        return row

    async def answered() -> list[int]:
        return await (made_in_turns(app, rows, make) if takes_turns else made_in_slices(rows, make))

    rows_take_a_tenth_of_a_slice(monkeypatch)
    answers: list[asyncio.Task[object]] = [asyncio.create_task(answered()) for _ in range(5)]
    assert await most_during_a_request(answers, lambda: made) <= 2 * ROWS_PER_SLICE
    assert [await each for each in answers] == [list(rows)] * 5


async def test_a_short_answer_is_made_at_once() -> None:
    making = made_in_turns(application(), range(FEW_ROWS), str)
    with pytest.raises(StopIteration):
        making.send(None)


@pytest.mark.parametrize("rows", [0, 1, FEW_ROWS, FEW_ROWS + 1])
async def test_rows_are_written_as_their_fields(rows: int) -> None:
    written = await written_in_turns(application(), range(rows), lambda row: {"row": row, "text": "€"})
    assert orjson.dumps(written) == orjson.dumps([{"row": row, "text": "€"} for row in range(rows)])


@pytest.mark.parametrize(("length", "turns"), [(LONG_TARGET, 0), (LONG_TARGET + 1, 1)])
async def test_a_request_with_a_long_target_waits_for_a_turn(
    monkeypatch: pytest.MonkeyPatch, length: int, turns: int
) -> None:
    taken = 0

    async def turn() -> None:
        nonlocal taken
        taken += 1

    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    monkeypatch.setattr("entrypoints.http.server.long_answers.yield_to_event_loop", turn)
    async with Harness().serving(handler) as client, client.get("/it?" + "x" * (length - 4)):
        assert taken == turns


async def test_however_many_requests_have_long_targets_a_refresh_waits_for_few_of_them() -> None:
    app, read = application(), 0

    async def read_target() -> None:
        nonlocal read
        await wait_for_turn_to_read(app, "x" * (LONG_TARGET + 1))
        read += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(50):
            group.create_task(read_target())
        await asyncio.sleep(0)
        await yield_to_event_loop()
        assert read <= 2
    assert read == 50
