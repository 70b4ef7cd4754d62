"""Background jobs as Prometheus metrics."""

from collections.abc import Iterable
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Histogram

from application.jobs.ports.job_meter import JobMeter, JobOutcome

# Two attempts at each of two exchanges, and the database.
BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class PrometheusJobMeter(JobMeter):
    """Writes to `registry`, or to this process's files where several processes are measured together."""

    def __init__(self, registry: CollectorRegistry, jobs: Iterable[str]) -> None:
        self._runs = Counter(
            "crossrate_job_runs", "Runs of jobs, by how they ended.", ("job", "outcome"), registry=registry
        )
        self._durations = Histogram(
            "crossrate_job_duration_seconds",
            "Time that a run of a job took.",
            ("job",),
            registry=registry,
            buckets=BUCKETS_SECONDS,
        )
        for labels in product(jobs, JobOutcome):  # there from the start, so that the first event is a rise
            self._runs.labels(*labels)

    def job_ended(self, job: str, outcome: JobOutcome, seconds: float) -> None:
        """Count the run."""
        self._runs.labels(job, outcome).inc()
        self._durations.labels(job).observe(seconds)
