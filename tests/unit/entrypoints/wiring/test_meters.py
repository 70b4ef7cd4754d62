"""The metrics of jobs name exactly the jobs that there are."""

import pytest

from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.meters import job_names


@pytest.mark.parametrize("reference_rates", ["none", "ecb"])
@pytest.mark.parametrize("record", ["none", "hourly:all"])
def test_every_job_of_the_settings_is_counted_from_the_start(reference_rates: str, record: str) -> None:
    settings = Settings.model_validate({"_env_file": None, "reference_rates": reference_rates, "record": record})
    container = ApplicationContainer(settings=settings, sessions=dict.fromkeys(settings.called_urls))
    assert sorted(job_names(settings)) == sorted(job.name for job in container.jobs().jobs())
