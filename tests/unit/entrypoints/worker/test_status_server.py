"""A worker or scheduler serves its health and metrics if a port is set."""

import socket

import aiohttp
import pytest
from pydantic import SecretStr

from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.running import running
from entrypoints.worker.status_server import serving_status
from tests.servers.source import free_port


def container_of(settings: Settings) -> ApplicationContainer:
    return ApplicationContainer(settings=settings, sessions=dict.fromkeys(settings.exchanges))


async def test_it_answers_liveness_and_metrics_until_the_block_ends() -> None:
    settings = Settings(_env_file=None, jobs_port=free_port())
    url = f"http://127.0.0.1:{settings.jobs_port}"
    async with aiohttp.ClientSession() as client:
        async with running(settings) as container, serving_status(settings, container):
            container.jobs().runner()  # as a worker makes it
            async with client.get(f"{url}/health/live") as response:
                assert await response.json() == {"status": "alive"}
            async with client.get(f"{url}/metrics") as response:
                assert 'crossrate_job_runs_total{job="record_hour"' in await response.text()
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.get(f"{url}/health/live")


async def test_closed_metrics_need_the_token_there_too() -> None:
    settings = Settings(_env_file=None, jobs_port=free_port(), metrics_token=SecretStr("only-for-prometheus"))
    url = f"http://127.0.0.1:{settings.jobs_port}"
    async with aiohttp.ClientSession() as client, running(settings) as container, serving_status(settings, container):
        for headers, status in (({}, 401), ({"Authorization": "Bearer only-for-prometheus"}, 200)):
            async with client.get(f"{url}/metrics", headers=headers) as response:
                assert response.status == status
        async with client.get(f"{url}/health/live") as response:
            assert response.status == 200


async def test_without_a_port_nothing_is_listened_on() -> None:
    settings = Settings(_env_file=None)
    async with serving_status(settings, container_of(settings)):
        assert settings.jobs_port == 0


async def test_a_taken_port_is_an_os_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(_env_file=None, jobs_port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            async with serving_status(settings, container_of(settings)):
                raise AssertionError("it was served")
