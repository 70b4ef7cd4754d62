"""What the application relies on in any job queue."""

from abc import ABC, abstractmethod

import pytest

from application.jobs.ports.job_queue import JobArguments, JobQueue

Run = tuple[str, JobArguments]


class Venue(ABC):
    """A queue with something that runs the jobs `one` and `other`, whose arguments have a `name` and a `number`."""

    queue: JobQueue

    @abstractmethod
    async def runs(self, expected: int) -> list[Run]:
        """Return the runs so far, having waited until there are as many as expected or more."""


class JobQueueContract(ABC):
    """`venue` has run nothing yet."""

    @pytest.fixture
    @abstractmethod
    def venue(self) -> Venue: ...

    async def test_a_job_runs_once_with_its_arguments(self, venue: Venue) -> None:
        await venue.queue.enqueue("one", {"name": "Ω, 'quoted'", "number": 1_714_302_000})
        assert await venue.runs(1) == [("one", {"name": "Ω, 'quoted'", "number": 1_714_302_000})]

    async def test_different_jobs_and_payloads_all_run(self, venue: Venue) -> None:
        sent: list[Run] = [
            (job, {"name": name, "number": number}) for job in ("one", "other") for name in "ab" for number in (1, 2)
        ]
        for job, arguments in sent:
            await venue.queue.enqueue(job, arguments)
        assert sorted(map(repr, await venue.runs(len(sent)))) == sorted(map(repr, sent))

    async def test_what_has_run_runs_again_when_it_is_enqueued_again(self, venue: Venue) -> None:
        for times in (1, 2):
            await venue.queue.enqueue("one", {"name": "again", "number": 1})
            assert await venue.runs(times) == [("one", {"name": "again", "number": 1})] * times
