"""As it is set up by default, the service sends nothing into a network of its own."""

import pytest

from tests.integration.identity.client import Newcomers
from tests.integration.problems import is_problem
from tests.servers.service_client import Service


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com", "https://example.com:6379", "https://127.0.0.1", "https://[::ffff:127.0.0.1]"),
        *("https://localhost", "https://redis", "https://169.254.169.254/latest", "https://2130706433"),
    ],
)
async def test_a_url_inside_a_network_is_refused_and_its_field_named(service: Service, url: str) -> None:
    user = await Newcomers(service).user()
    refused = await user.ask("POST", "/webhooks", json={"url": url, "events": ["wallet.deposit"]})
    assert is_problem(refused, 422, "url")
