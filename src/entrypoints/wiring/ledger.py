"""The ledger: its verification and its jobs."""

from dependency_injector import containers, providers

from application.ledger.jobs import release_job, verify_job
from application.ledger.read_totals import ReadTotals
from application.ledger.record_correction import RecordCorrection
from application.ledger.release_expired_holds import ReleaseExpiredHolds
from application.ledger.verify_ledger import VerifyLedger


class LedgerContainer(containers.DeclarativeContainer):
    """Whoever posts needs no part of this, only a unit of work of the database."""

    core = providers.DependenciesContainer()
    meters = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()

    read_totals = providers.Singleton(ReadTotals, storage.database)
    record_correction = providers.Singleton(RecordCorrection, database=storage.database, clock=core.clock)
    verify_ledger = providers.Singleton(VerifyLedger, storage.database)
    release_expired_holds = providers.Singleton(ReleaseExpiredHolds, database=storage.database, clock=core.clock)
    verify_job = providers.Singleton(
        verify_job, verify_ledger, meters.ledger, timeout_seconds=core.settings.provided.job_timeout_seconds
    )
    release_job = providers.Singleton(release_job, release_expired_holds)
