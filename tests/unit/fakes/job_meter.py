"""A meter that keeps what it was told of jobs."""

from collections import Counter

from application.jobs.ports.job_meter import JobMeter, JobOutcome
from domain.quotes.quote import Quote


class FakeJobMeter(JobMeter):
    def __init__(self) -> None:
        self.runs: Counter[tuple[str, JobOutcome]] = Counter()
        self.seconds: list[float] = []
        self.moments: dict[str, int] = {}

    def job_ended(self, job: str, outcome: JobOutcome, seconds: float) -> None:
        self.runs[job, outcome] += 1
        self.seconds.append(seconds)

    def quote_kept(self, quote: Quote) -> None:
        self.moments[str(quote.pair)] = quote.observed_at
