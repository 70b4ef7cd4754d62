"""Metrics are for everyone, or for whoever has the token, also while the database is down."""

import pytest
from aiohttp import web
from pydantic import SecretStr, ValidationError

from entrypoints.http.health.metrics_access import WithMetricsToken
from entrypoints.settings.settings import Settings
from tests.unit.entrypoints.http.server.harness import Harness

TOKEN = "only-for-prometheus"  # noqa: S105 -- of a test


async def metrics(_: web.Request) -> web.StreamResponse:
    return web.Response(text="metrics")


@pytest.mark.parametrize(
    ("settings", "authorization", "status"),
    [
        ({}, "", 200),
        ({"open_metrics": True, "metrics_token": TOKEN, "require_auth": True}, "", 200),
        ({"open_metrics": True, "require_auth": True}, "", 200),
        ({"metrics_token": TOKEN}, f"Bearer {TOKEN}", 200),
        ({"metrics_token": TOKEN}, f"bearer  {TOKEN} ", 200),
        ({"metrics_token": TOKEN, "require_auth": True}, f"Bearer {TOKEN}", 200),
        ({"metrics_token": TOKEN}, "", 401),
        ({"metrics_token": TOKEN}, f"Bearer {TOKEN}x", 401),
        ({"metrics_token": TOKEN}, f"Basic {TOKEN}", 401),
        ({"metrics_token": TOKEN}, "Bearer \u00e9", 401),
        ({"require_auth": True}, "", 401),
        ({"require_auth": True}, "Bearer ", 401),
        ({"open_metrics": False}, "Bearer", 401),
    ],
)
async def test_the_settings_decide_who_reads_them(settings: dict[str, object], authorization: str, status: int) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    async with (
        Harness(**settings).serving(metrics, WithMetricsToken()) as client,
        client.get("/it", headers=headers) as response,
    ):
        assert response.status == status
        assert ("WWW-Authenticate" in response.headers) is (status == 401)


def test_a_token_that_can_be_guessed_is_rejected() -> None:
    with pytest.raises(ValidationError, match="at least 16 characters"):
        Settings(_env_file=None, metrics_token=SecretStr("short"))
