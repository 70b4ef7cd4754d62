"""The ledger's jobs: verify it, and release holds whose time is over."""

import secrets
from collections.abc import Sequence
from uuid import UUID

import structlog

from application.jobs.job import Job, JobResult
from application.jobs.ports.job_meter import JobOutcome
from application.jobs.ports.job_queue import JobArguments
from application.ledger.ports.ledger_meter import LedgerMeter
from application.ledger.release_expired_holds import ReleaseExpiredHolds
from application.ledger.verify_ledger import Extent, VerifyLedger

VERIFY = "verify_ledger"
RELEASE = "release_expired_holds"

VERIFY_MINUTES = frozenset({23})
# An expired hold cannot be settled even before it is released; only its money comes back this much later.
RELEASE_MINUTES = frozenset(range(0, 60, 5))

# Of each account in one run; `crossrate ledger verify` verifies all.
NEWEST_POSTINGS = 20_000
# Faults of one run that are logged; the metric counts all.
MOST_LOGGED = 20

log = structlog.get_logger()


def verify_job(verify: VerifyLedger, meter: LedgerMeter, timeout_seconds: float) -> Job:
    """Return the job that verifies as much as it can in half of the time that it has.

    It begins after a random id, so that runs reach all of a ledger that is too large for one, without remembering how
    far they came.
    """

    async def run() -> JobResult:
        begin_after = UUID(bytes=secrets.token_bytes(16))
        result = await verify(Extent(begin_after, seconds=timeout_seconds / 6, newest=NEWEST_POSTINGS))
        meter.ledger_verified(result.postings, result.fault_count)
        for fault in result.faults[:MOST_LOGGED]:
            log.error("ledger_fault_found", where=fault.where, what=fault.what)
        return JobResult(JobOutcome.DONE if result.accounts else JobOutcome.NOT_NEEDED)

    return Job(VERIFY, run, _always, VERIFY_MINUTES)


def release_job(release: ReleaseExpiredHolds) -> Job:
    """Return the job that releases expired holds."""

    async def run() -> JobResult:
        return JobResult(JobOutcome.DONE if await release() else JobOutcome.NOT_NEEDED)

    return Job(RELEASE, run, _always, RELEASE_MINUTES)


def _always(_: float) -> Sequence[JobArguments]:
    return [{}]
