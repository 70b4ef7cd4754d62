"""A queue that keeps what is enqueued, and can be made to fail."""

from application.jobs.ports.job_queue import JobQueue, Payload, QueueUnavailable


class FakeJobQueue(JobQueue):
    def __init__(self) -> None:
        self.enqueued: list[tuple[str, Payload]] = []
        self.is_down = False

    async def enqueue(self, job: str, payload: Payload) -> None:
        if self.is_down:
            raise QueueUnavailable("made to fail")
        self.enqueued.append((job, payload))
