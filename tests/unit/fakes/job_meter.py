"""A meter that keeps the runs of jobs."""

from collections import Counter

from application.jobs.ports.job_meter import JobMeter, JobOutcome


class FakeJobMeter(JobMeter):
    def __init__(self) -> None:
        self.runs: Counter[tuple[str, JobOutcome]] = Counter()
        self.seconds: list[float] = []

    def job_ended(self, job: str, outcome: JobOutcome, seconds: float) -> None:
        self.runs[job, outcome] += 1
        self.seconds.append(seconds)
