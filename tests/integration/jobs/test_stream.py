"""Messages between schedulers and workers over a real Redis: each job runs, even when workers are killed."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import orjson
import pytest
from redis.asyncio import Redis
from structlog.testing import CapturingLogger

from adapters.taskiq import stream_broker
from adapters.taskiq.job_queue import TaskiqJobQueue
from adapters.taskiq.stream_broker import GROUP, MAX_DELIVERIES, ReclaimingStreamBroker, queue_of
from adapters.taskiq.worker import MAX_JOBS, Run, TaskiqWorker
from application.jobs.job import Job, JobResult
from application.jobs.ports.job_queue import JobArguments, QueueUnavailable
from tests.servers.redis import RedisProcess

PATIENCE_SECONDS = 15
JOB = "record_hour"

Done = list[tuple[str | int, str | int]]
Taken = tuple[bytes | str | int, ...]

QUEUE = queue_of("crossrate")


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 -- what is looked at has no event to wait for
            await asyncio.sleep(0.01)


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():  # noqa: ASYNC110 -- likewise
            await asyncio.sleep(0.01)


async def nothing_pending(client: Redis) -> bool:
    """Return whether every message was delivered and acknowledged."""
    (group,) = await client.xinfo_groups(QUEUE)
    return (group["pending"], group["lag"]) == (0, 0)


async def attempt(pair: str, hour: int) -> JobResult:  # noqa: ARG001 -- as jobs are called
    raise AssertionError("a worker has it run by a runner")


def about(hour: int) -> JobArguments:
    return {"pair": "BTC/USD", "hour": hour}


def message(task: str = JOB, args: list[object] | None = None, **kwargs: object) -> bytes:
    document = {"task_id": "1", "task_name": task, "labels": {}, "args": args or [], "kwargs": kwargs}
    return orjson.dumps(document)


@asynccontextmanager
async def sending(url: str) -> AsyncIterator[TaskiqJobQueue]:
    queue = TaskiqJobQueue(ReclaimingStreamBroker(url, 60, asyncio.Event()))
    try:
        yield queue
    finally:
        await queue.close()


@asynccontextmanager
async def working(url: str, done: Done, abandoned_after_seconds: float = 60.0) -> AsyncIterator[None]:
    async def run(job: str, arguments: JobArguments) -> None:
        assert job == JOB
        done.append((arguments["pair"], arguments["hour"]))

    async with working_by(url, run, abandoned_after_seconds):
        yield


@asynccontextmanager
async def working_by(url: str, run: Run, abandoned_after_seconds: float) -> AsyncIterator[None]:
    stop = asyncio.Event()
    broker = ReclaimingStreamBroker(url, abandoned_after_seconds, stop)
    worker = TaskiqWorker(broker, [Job(JOB, attempt, lambda _: [], frozenset())], run, queue="Redis")
    task = asyncio.create_task(worker.work(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def taken_by(consumer: str, url: str) -> None:
    """Read a message as a worker does, and never acknowledge it."""
    async with Redis.from_url(url) as client:
        await client.xgroup_create(QUEUE, "crossrate", id="0", mkstream=True)
        assert await client.xreadgroup("crossrate", consumer, {QUEUE: ">"})


async def unacknowledged(url: str) -> int:
    async with Redis.from_url(url) as client:
        return int((await client.xpending(QUEUE, "crossrate"))["pending"])


async def test_a_job_runs_once_and_its_message_is_acknowledged(redis_url: str) -> None:
    done: Done = []
    async with AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(working(redis_url, done))
        queue = await stack.enter_async_context(sending(redis_url))
        for hour in range(20):
            await queue.enqueue(JOB, about(hour))
        await until(lambda: len(done) >= 20)
    assert sorted(done, key=lambda each: each[1]) == [("BTC/USD", hour) for hour in range(20)]
    assert await unacknowledged(redis_url) == 0


async def test_a_job_enqueued_before_the_first_worker_runs(redis_url: str) -> None:
    done: Done = []
    async with sending(redis_url) as queue:
        await queue.enqueue(JOB, about(1))
    async with working(redis_url, done):
        await until(lambda: done == [("BTC/USD", 1)])


async def test_a_killed_workers_message_is_taken_over_while_no_new_ones_arrive(redis_url: str) -> None:
    done: Done = []
    async with sending(redis_url) as queue:
        await queue.enqueue(JOB, about(1))
    await taken_by("killed", redis_url)
    assert await unacknowledged(redis_url) == 1
    async with working(redis_url, done, abandoned_after_seconds=0.5):
        await until(lambda: done == [("BTC/USD", 1)])
    assert await unacknowledged(redis_url) == 0


async def test_a_job_in_flight_is_not_taken_over(redis_url: str) -> None:
    done: Done = []
    async with sending(redis_url) as queue:
        await queue.enqueue(JOB, about(1))
        await taken_by("busy", redis_url)
        async with working(redis_url, done, abandoned_after_seconds=60):
            await queue.enqueue(JOB, about(2))
            await until(lambda: bool(done))
    assert done == [("BTC/USD", 2)]


@pytest.mark.parametrize("left_by_a_killed_one", [False, True])
async def test_a_worker_reads_no_more_than_it_starts(redis_url: str, left_by_a_killed_one: bool) -> None:
    started, may_end = [], asyncio.Event()

    async def run(_: str, arguments: JobArguments) -> None:
        started.append(arguments["hour"])
        await may_end.wait()

    async with Redis.from_url(redis_url) as client, sending(redis_url) as queue:
        for hour in range(3 * MAX_JOBS):
            await queue.enqueue(JOB, about(hour))
        if left_by_a_killed_one:
            await taken_by("killed", redis_url)
            await made_idle_for_long("killed", await taken_and_not_done(client), client)
        async with working_by(redis_url, run, 60):
            await until(lambda: len(started) == MAX_JOBS)
            assert len(await taken_and_not_done(client, but_by="killed")) == MAX_JOBS
            may_end.set()
            await until(lambda: len(started) >= 3 * MAX_JOBS)
            await eventually(lambda: nothing_pending(client))
    assert sorted(started) == list(range(3 * MAX_JOBS))


async def test_an_abandoned_message_is_found_behind_many_in_flight(redis_url: str) -> None:
    done: Done = []
    async with Redis.from_url(redis_url) as client, sending(redis_url) as queue:
        for hour in range(35):
            await queue.enqueue(JOB, about(hour))
        await taken_by("busy", redis_url)
        last = (await taken_and_not_done(client))[-1:]
        await made_idle_for_long("killed", last, client)
        async with working(redis_url, done, abandoned_after_seconds=60):
            await until(lambda: done == [("BTC/USD", 34)])


async def taken_and_not_done(client: Redis, but_by: str = "") -> Taken:
    pending = await client.xpending_range(QUEUE, GROUP, min="-", max="+", count=1000)
    return tuple(each["message_id"] for each in pending if each["consumer"] != but_by.encode())


async def made_idle_for_long(consumer: str, messages: Taken, client: Redis) -> None:
    await client.xclaim(QUEUE, GROUP, consumer, 0, [*messages], idle=1_000_000)


UNREADABLE = {
    "no field of ours": ("other", b"x"),
    "no JSON": ("data", b"\xff{"),
    "JSON of another shape": ("data", b"[]"),
    "a task that nobody knows": ("data", message("unknown")),
    "too many arguments": ("data", message(args=["no pair", "no hour", "no more"])),
    "an argument that is missing": ("data", message(pair="BTC/USD")),
    "an argument that nobody knows": ("data", message(pair="BTC/USD", hour=1, minute=2)),
}


@pytest.mark.parametrize(("field", "value"), UNREADABLE.values(), ids=UNREADABLE)
async def test_an_unreadable_message_is_dropped_and_blocks_no_other(redis_url: str, field: str, value: bytes) -> None:
    done: Done = []
    async with Redis.from_url(redis_url) as client, sending(redis_url) as queue:
        await client.xadd(QUEUE, {field: value})
        await queue.enqueue(JOB, about(1))
        async with working(redis_url, done, abandoned_after_seconds=0.5):
            await until(lambda: done == [("BTC/USD", 1)])
            await eventually(lambda: nothing_pending(client))


async def test_messages_of_earlier_versions_are_understood(redis_url: str) -> None:
    done: Done = []
    async with Redis.from_url(redis_url) as client, working(redis_url, done):
        await client.xadd(QUEUE, {"data": message(args=["BTC/USD", 1])})
        await until(lambda: done == [("BTC/USD", 1)])


async def test_workers_of_earlier_versions_understand_the_messages(redis_url: str) -> None:
    done: Done = []
    stop = asyncio.Event()
    broker = ReclaimingStreamBroker(redis_url, 60, stop)

    @broker.task(task_name=JOB)  # as earlier versions defined it
    async def record(pair: str, hour: int) -> None:
        done.append((pair, hour))

    working = asyncio.create_task(TaskiqWorker(broker, [], nobody, queue="Redis").work(stop))
    async with sending(redis_url) as queue:
        await queue.enqueue(JOB, about(1))
        await until(lambda: done == [("BTC/USD", 1)])
    stop.set()
    await working


async def nobody(job: str, _: JobArguments) -> None:
    raise AssertionError(job)


@pytest.mark.parametrize(("deliveries", "hours"), [(MAX_DELIVERIES - 1, [1, 2]), (MAX_DELIVERIES, [2])])
async def test_a_message_that_kills_its_workers_is_dropped_in_the_end(
    redis_url: str, deliveries: int, hours: list[int]
) -> None:
    done: Done = []
    async with Redis.from_url(redis_url) as client, sending(redis_url) as queue:
        await queue.enqueue(JOB, about(1))
        await taken_by("killed", redis_url)
        for _ in range(deliveries - 1):
            await client.xautoclaim(QUEUE, GROUP, "killed", min_idle_time=0)
        async with working(redis_url, done, abandoned_after_seconds=0.5):
            await eventually(lambda: nothing_pending(client))
            await queue.enqueue(JOB, about(2))
            await until(lambda: len(done) == len(hours))
    assert done == [("BTC/USD", hour) for hour in hours]


async def test_names_of_dead_workers_are_removed_unless_they_have_messages_left(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as client, sending(redis_url) as queue:
        await queue.enqueue(JOB, about(1))
        await taken_by("killed at work", redis_url)
        for number in range(20):
            await client.xgroup_createconsumer(QUEUE, GROUP, f"killed {number}")

        async def idle_for_long() -> bool:
            return all(consumer["idle"] > 300 for consumer in await client.xinfo_consumers(QUEUE, GROUP))

        await eventually(idle_for_long)
        await client.xgroup_createconsumer(QUEUE, GROUP, "just come")
        async with working(redis_url, [], abandoned_after_seconds=0.3):

            async def few_are_left() -> bool:
                return len(await client.xinfo_consumers(QUEUE, GROUP)) <= 3

            await eventually(few_are_left)
            names = {consumer["name"] for consumer in await client.xinfo_consumers(QUEUE, GROUP)}
    assert {b"killed at work", b"just come"} <= names


async def test_a_worker_stops_soon_at_any_moment(redis_url: str) -> None:
    for moment in range(20):
        done: Done = []
        async with asyncio.timeout(PATIENCE_SECONDS), sending(redis_url) as queue, working(redis_url, done):
            await queue.enqueue(JOB, about(moment))
            await until(lambda: bool(done))  # noqa: B023 -- used within the iteration


@pytest.mark.parametrize("interruption", ["restarted", "flushed"])
async def test_a_worker_outlives_its_redis(redis_process: RedisProcess, interruption: str) -> None:
    done: Done = []
    async with working(redis_process.url, done):
        async with sending(redis_process.url) as queue:
            await queue.enqueue(JOB, about(1))
            await until(lambda: len(done) == 1)
        if interruption == "restarted":
            redis_process.kill()
            redis_process.start()
        else:
            async with Redis.from_url(redis_process.url) as client:
                await client.flushall()
        async with sending(redis_process.url) as queue:
            await queue.enqueue(JOB, about(2))
        await until(lambda: len(done) == 2)


async def test_a_job_that_ends_while_redis_is_down_is_one_line_of_the_log_and_begun_again(
    redis_process: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, unhandled, begun, may_end = CapturingLogger(), [], [], asyncio.Event()
    monkeypatch.setattr(stream_broker, "log", log)
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context["message"]))

    async def run(_: str, arguments: JobArguments) -> None:
        begun.append(arguments["hour"])
        await may_end.wait()

    def reasons() -> list[str]:
        return [call.kwargs["reason"] for call in log.calls if call.args[0] == "acknowledgement_failed"]

    async with working_by(redis_process.url, run, 0.5), sending(redis_process.url) as queue:
        await queue.enqueue(JOB, about(1))
        await until(lambda: begun == [1])
        redis_process.kill()
        may_end.set()
        await until(lambda: bool(reasons()))
        redis_process.start()
        await queue.enqueue(JOB, about(2))
        await until(lambda: 2 in begun)
    gc.collect()
    (reason,) = reasons()
    assert "ConnectionError" in reason
    assert unhandled == []


async def test_a_message_that_cannot_be_sent_is_an_unavailable_queue(redis_process: RedisProcess) -> None:
    async with sending(redis_process.url) as queue:
        redis_process.kill()
        with pytest.raises(QueueUnavailable, match="Redis: ConnectionError"):
            await queue.enqueue(JOB, about(1))
