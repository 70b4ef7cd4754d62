"""`crossrate openapi`."""

import json
import os
from pathlib import Path

from tests.servers.command import environment, run_crossrate
from tests.servers.service_client import Service


async def test_it_prints_the_document_that_a_service_serves_and_creates_nothing(
    warm_service: Service, tmp_path: Path
) -> None:
    ended = await run_crossrate("openapi", folder=tmp_path, environment=environment())
    assert (ended.status, ended.errors) == (0, "")
    assert json.loads(ended.output) == (await warm_service.ask("GET", "/openapi.json")).json
    assert os.listdir(tmp_path) == []  # noqa: PTH208 -- pathlib's would be a blocking call
