"""Background jobs as Prometheus metrics."""

from collections.abc import Iterable
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Histogram

from application.jobs.ports.job_meter import JobMeter, JobOutcome

# Up to two attempts at each of two exchanges, plus the database.
BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class PrometheusJobMeter(JobMeter):
    """Writes to `registry`, or to this process's files where several processes are measured together."""

    def __init__(self, registry: CollectorRegistry, jobs: Iterable[str]) -> None:
        self._runs = Counter(
            "crossrate_job_runs", "Runs of background jobs, by outcome.", ("job", "outcome"), registry=registry
        )
        self._durations = Histogram(
            "crossrate_job_duration_seconds",
            "Duration of a run of a background job, with all attempts.",
            ("job",),
            registry=registry,
            buckets=BUCKETS_SECONDS,
        )
        for labels in product(jobs, JobOutcome):  # from the start: a new series shows no increase
            self._runs.labels(*labels)

    def job_ended(self, job: str, outcome: JobOutcome, seconds: float) -> None:
        """Count the run."""
        self._runs.labels(job, outcome).inc()
        self._durations.labels(job).observe(seconds)
