"""A queue that keeps what is enqueued, and can be made to fail."""

from application.jobs.ports.job_queue import JobArguments, JobQueue, QueueUnavailable


class FakeJobQueue(JobQueue):
    def __init__(self) -> None:
        self.enqueued: list[tuple[str, JobArguments]] = []
        self.is_down = False

    async def enqueue(self, job: str, arguments: JobArguments) -> None:
        if self.is_down:
            raise QueueUnavailable("made to fail")
        self.enqueued.append((job, arguments))
