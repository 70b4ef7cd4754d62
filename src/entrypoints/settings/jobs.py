"""Background jobs."""

from typing import ClassVar

from pydantic import Field

from entrypoints.settings.group import SettingsGroup


class JobSettings(SettingsGroup):
    """Worker and scheduler."""

    TITLE: ClassVar[str] = "Background jobs"

    jobs_port: int = Field(
        0, ge=0, le=65535, description="Port on which worker and scheduler serve health and metrics; 0 for none."
    )
    job_timeout_seconds: float = Field(
        30.0,
        gt=0,
        le=600,
        description="Most seconds for one job. If its worker dies, another redoes it after twice as long.",
    )

    @property
    def jobs_abandoned_after_seconds(self) -> float:
        """After how long another worker takes over an unfinished job: its leases have expired by then."""
        return 2 * self.job_timeout_seconds
