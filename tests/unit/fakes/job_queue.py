"""A queue that keeps what is asked for, and can be made to fail."""

from application.jobs.ports.job_queue import JobQueue
from domain.errors import CacheUnavailable
from domain.pair import Pair


class FakeJobQueue(JobQueue):
    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.is_down = False

    async def record_hour(self, pair: Pair, hour: int) -> None:
        if self.is_down:
            raise CacheUnavailable("made to fail")
        self.asked.append((str(pair), hour))
