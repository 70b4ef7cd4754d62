"""`/` leads on, and every path of the API works under both prefixes."""

from tests.servers.service_client import Service


async def test_every_link_of_the_index_works(service: Service) -> None:
    links = (await service.ask("GET", "/")).json["links"]
    for link in links.values():
        assert (await service.ask("GET", f"/{link}")).status in {200, 422}, link  # 422: convert wants parameters


async def test_a_conversion_works_without_the_version_by_get_and_by_post(service: Service) -> None:
    asked = {"currency_from": "BTC", "currency_to": "USDT", "amount": "2", "cache_max_seconds": 1000}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    answers = [
        await service.ask("POST", "/api/convert", json=asked),
        await service.ask("POST", "/api/v1/convert", json=asked),
        await service.ask("GET", f"/api/convert?{query}"),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len({answer.body for answer in answers}) == 1


async def test_swagger_leads_to_the_page_that_shows_the_document(service: Service) -> None:
    led, docs = [await service.ask("GET", path) for path in ("/swagger", "/docs")]
    assert led.status == 200
    assert led.body == docs.body
