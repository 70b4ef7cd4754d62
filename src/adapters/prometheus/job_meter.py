"""Work in the background as Prometheus metrics."""

from collections.abc import Sequence
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from application.jobs.ports.job_meter import JobMeter, JobOutcome
from domain.quotes.quote import Quote

# Unix seconds while it is kept, since processes can share a moment and not an age; `Exposition` makes it one.
QUOTE_AGE = "crossrate_quote_age_seconds"

# Two attempts at each of two exchanges, and the database.
BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class PrometheusJobMeter(JobMeter):
    """Counts into `registry`, or into the files of this process where several processes count together."""

    def __init__(self, registry: CollectorRegistry, jobs: Sequence[str]) -> None:
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
        self._moments = Gauge(
            QUOTE_AGE,
            "Age of the newest quote that this process has recorded of a tracked pair, or seen recorded.",
            ("pair",),
            registry=registry,
            multiprocess_mode="livemax",
        )
        for labels in product(jobs, JobOutcome):  # there from the start, so that the first event is a rise
            self._runs.labels(*labels)

    def job_ended(self, job: str, outcome: JobOutcome, seconds: float) -> None:
        """Count it."""
        self._runs.labels(job, outcome).inc()
        self._durations.labels(job).observe(seconds)

    def quote_kept(self, quote: Quote) -> None:
        """Keep the moment."""
        self._moments.labels(str(quote.pair)).set(quote.observed_at)
