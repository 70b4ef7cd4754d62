"""What a closed service shows."""

from tests.integration.problems import is_problem
from tests.servers.service import RunService

DOCS = ("/docs", "/swagger", "/redoc", "/openapi.json", "/static/docs.js")
TOKEN = "only-for-prometheus"  # noqa: S105 -- of a test


async def test_a_closed_service_shows_neither_metrics_nor_documentation(run_service: RunService) -> None:
    async with run_service(require_auth=True) as service:
        assert is_problem(await service.ask("GET", "/metrics"), 401)
        for path in DOCS:
            assert is_problem(await service.ask("GET", path), 404)
        links = (await service.ask("GET", "/")).json["links"]
        assert not {"documentation", "reference", "openapi"} & links.keys()
        for path in ("/health/live", "/health/ready", "/problems/no-route"):
            assert (await service.ask("GET", path)).status == 200


async def test_both_can_be_open_in_a_closed_service(run_service: RunService) -> None:
    async with run_service(require_auth=True, open_metrics=True, open_docs=True) as service:
        for path in (*DOCS, "/metrics"):
            assert (await service.ask("GET", path)).status == 200
        assert "documentation" in (await service.ask("GET", "/")).json["links"]


async def test_both_can_be_closed_in_an_open_service(run_service: RunService) -> None:
    async with run_service(metrics_token=TOKEN, open_docs=False) as service:
        assert (await service.ask("GET", "/docs")).status == 404
        assert (await service.ask("GET", "/metrics")).status == 401
        answer = await service.ask("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status == 200
        assert b"crossrate_" in answer.body
        assert (await service.convert()).status == 200
