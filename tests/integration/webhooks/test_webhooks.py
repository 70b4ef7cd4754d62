"""Webhooks over HTTP: from what a user does to what a receiver of theirs gets."""

from base64 import b64decode
from itertools import chain
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.webhooks.signature import WebhookSecret
from tests.integration.identity.client import Client
from tests.integration.problems import is_problem
from tests.integration.wallets.asking import funded, move, new_currency, new_wallet, transfer
from tests.integration.webhooks.receiver import Receiver
from tests.secrecy import secret
from tests.servers.administrators import make_admin
from tests.unit.fakes.clock import TickingClock
from tests.waiting import eventually

ALL = ["wallet.deposit", "wallet.transfer", "wallet.withdrawal"]


async def new_webhook(client: Client, url: str, **more: object) -> Any:  # noqa: ANN401 -- of JSON
    answer = await client.ask("POST", "/webhooks", json={"url": url, "events": ALL} | more)
    assert answer.status == 201, answer.body
    secret(answer.json["secret"], "webhook secret")
    return answer.json


async def deliveries(client: Client, webhook_id: str, query: str = "") -> Any:  # noqa: ANN401 -- of JSON
    return (await client.ask("GET", f"/webhooks/{webhook_id}/deliveries{query}")).json


async def has(receiver: Receiver, count: int) -> None:
    async def got() -> bool:
        return len(receiver.got) >= count

    await eventually(got)


async def test_what_happens_in_a_wallet_is_told_signed_and_listed(ada: Client, receiver: Receiver) -> None:
    made = await new_webhook(ada, receiver.url)
    currency_id = await funded(ada, "100.50")
    await move(ada, currency_id, "-25.5")
    other_id = await new_currency(ada, await new_wallet(ada, "Other"))
    await transfer(ada, currency_id, other_id, "5")
    await has(receiver, 3)
    told = {each["type"]: each["data"] for each in receiver.events()}
    assert told["wallet.deposit"].items() >= {"code": "USD", "amount": "100.5", "available": "100.5"}.items()
    assert told["wallet.withdrawal"].items() >= {"amount": "25.5", "available": "75"}.items()
    assert told["wallet.transfer"].items() >= {"to_currency_id": other_id, "amount": "5"}.items()
    for headers, body in receiver.got:
        signed_at = int(headers["webhook-timestamp"])
        key = WebhookSecret(b64decode(made["secret"].removeprefix("whsec_")))
        again = key.headers(UUID(headers["webhook-id"]), body, signed_at)
        assert {name: headers[name] for name in again} == again

    async def are_listed() -> bool:
        listed = (await deliveries(ada, made["id"]))["deliveries"]
        return [each["status"] for each in listed] == ["delivered"] * 3

    await eventually(are_listed)
    (newest, *_) = (await deliveries(ada, made["id"]))["deliveries"]
    assert (newest["type"], newest["http_status"], newest["attempts"]) == ("wallet.transfer", 204, 1)
    assert newest["event_id"] in {headers["webhook-id"] for headers, _ in receiver.got}


async def test_a_correction_is_told_to_whom_it_concerns(
    ada: Client, grace: Client, receiver: Receiver, database_url: str
) -> None:
    await new_webhook(ada, receiver.url, events=["wallet.correction"])
    currency_id = await funded(ada, "5")
    (deposit,) = (await ada.ask("GET", "/entries")).json["entries"]
    await make_admin(database_url, grace.name)
    body = {"transaction_id": deposit["transaction_id"], "reason": "paid in twice"}
    made = await grace.ask("POST", "/admin/ledger/corrections", json=body, headers={"Idempotency-Key": uuid4().hex})
    assert made.status == 201, made.body
    await has(receiver, 1)
    (told,) = receiver.events()
    assert told["data"] == {
        "transaction_id": made.json["transaction_id"],
        "corrects": deposit["transaction_id"],
        "reason": "paid in twice",
        "currency_id": currency_id,
        "code": "USD",
        "amount": "-5",
        "available": "0",
    }


async def test_a_refused_change_tells_nothing(ada: Client, receiver: Receiver) -> None:
    made = await new_webhook(ada, receiver.url)
    currency_id = await funded(ada, "1")
    assert is_problem(await move(ada, currency_id, "-2"), 409)
    await has(receiver, 1)
    assert len((await deliveries(ada, made["id"]))["deliveries"]) == 1


async def test_a_repeated_request_tells_once(ada: Client, receiver: Receiver) -> None:
    made = await new_webhook(ada, receiver.url)
    currency_id, key = await funded(ada, "0"), uuid4().hex
    for _ in range(3):
        assert (await move(ada, currency_id, "1", key=key)).status == 200
    assert len((await deliveries(ada, made["id"]))["deliveries"]) == 1


async def test_a_receiver_that_fails_is_shown_and_gets_its_event_once_it_works(
    ada: Client, receiver: Receiver, webhooks_clock: TickingClock
) -> None:
    receiver.status = 302
    made = await new_webhook(ada, receiver.url)
    await funded(ada, "1")
    await has(receiver, 1)

    async def is_failing() -> bool:
        return bool((await ada.ask("GET", f"/webhooks/{made['id']}")).json["state"] == "failing")

    await eventually(is_failing)
    (failed,) = (await deliveries(ada, made["id"], "?status=pending"))["deliveries"]
    assert (failed["http_status"], failed["error"]) == (302, "HTTP 302: redirects are not followed")
    receiver.status = 200
    webhooks_clock.advance(10)
    await has(receiver, 2)
    (first, body), (second, again) = receiver.got
    assert (first["webhook-id"], body) == (second["webhook-id"], again)
    assert int(second["webhook-timestamp"]) >= int(first["webhook-timestamp"]) + 5


async def test_after_a_day_of_failures_it_is_disabled_and_can_be_enabled(
    ada: Client, receiver: Receiver, webhooks_clock: TickingClock
) -> None:
    receiver.status = 500
    made = await new_webhook(ada, receiver.url)
    currency_id = await funded(ada, "1")
    await has(receiver, 1)

    async def state() -> str:
        return str((await ada.ask("GET", f"/webhooks/{made['id']}")).json["state"])

    async def is_failing() -> bool:
        return await state() == "failing"

    async def is_disabled() -> bool:
        return await state() == "disabled"

    await eventually(is_failing)
    webhooks_clock.advance(24 * 3600)
    await ada.login()
    await eventually(is_disabled)
    shown = (await ada.ask("GET", "/webhooks")).json["webhooks"]
    assert shown[0]["reason"] == "every attempt failed for a day; the last one: HTTP 500"
    assert [each["status"] for each in (await deliveries(ada, made["id"]))["deliveries"]] == ["failed"]
    receiver.status = 200
    enabled = await ada.ask("POST", f"/webhooks/{made['id']}/enable")
    assert enabled.json == {name: made[name] for name in ("id", "url", "events", "created_at")} | {"state": "active"}
    await move(ada, currency_id, "1")
    await has(receiver, 3)


async def test_the_secret_is_shown_once_even_to_a_repeated_request_and_may_be_given(ada: Client) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    body = {"url": "https://example.com", "events": ALL}
    made, again = [await ada.ask("POST", "/webhooks", json=body, headers=key) for _ in range(2)]
    assert made.json == again.json
    text = secret(made.json["secret"], "webhook secret")
    listed = await ada.ask("GET", "/webhooks")
    assert text not in listed.body.decode()
    assert len(listed.json["webhooks"]) == 1
    given = WebhookSecret.generate().text
    assert (await new_webhook(ada, "https://example.com", secret=given))["secret"] == given


async def test_deliveries_come_in_pages(ada: Client, receiver: Receiver) -> None:
    made = await new_webhook(ada, receiver.url)
    currency_id = await funded(ada, "1")
    for _ in range(4):
        await move(ada, currency_id, "1")
    pages, query = [], "?limit=2"
    while True:
        page = await deliveries(ada, made["id"], query)
        pages.append([each["event_id"] for each in page["deliveries"]])
        if "next_cursor" not in page:
            break
        query = f"?limit=2&cursor={page['next_cursor']}"
    assert list(map(len, pages)) == [2, 2, 1]
    assert len(set(chain.from_iterable(pages))) == 5


async def test_a_deleted_webhook_gets_nothing(ada: Client, receiver: Receiver) -> None:
    made = await new_webhook(ada, receiver.url)
    assert (await ada.ask("DELETE", f"/webhooks/{made['id']}")).status == 204
    await funded(ada, "1")
    assert is_problem(await ada.ask("GET", f"/webhooks/{made['id']}"), 404)
    assert is_problem(await ada.ask("DELETE", f"/webhooks/{made['id']}"), 404)
    assert not receiver.got


async def test_an_eleventh_is_refused(ada: Client) -> None:
    for _ in range(10):
        await new_webhook(ada, "https://example.com")
    refused = await ada.ask("POST", "/webhooks", json={"url": "https://example.com", "events": ALL})
    assert is_problem(refused, 409)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"events": ALL}, "url"),
        ({"url": "example.com", "events": ALL}, "url"),
        ({"url": 7, "events": ALL}, "url"),
        ({"url": "https://user:pass@example.com", "events": ALL}, "url"),
        ({"url": "https://example.com", "events": []}, "events"),
        ({"url": "https://example.com", "events": ["order.lost"]}, "events"),
        ({"url": "https://example.com", "events": ["wallet.deposit"] * 99}, "events"),
        ({"url": "https://example.com", "events": ALL, "secret": "short"}, "secret"),
        ({"url": "https://example.com", "events": ALL, "secret": 7}, "secret"),
        ({"url": "https://example.com", "events": ALL, "user_id": str(uuid4())}, "user_id"),
    ],
)
async def test_a_wrong_field_is_named(ada: Client, body: dict[str, object], field: str) -> None:
    refused = await ada.ask("POST", "/webhooks", json=body)
    assert is_problem(refused, 422, field)
    assert (await ada.ask("GET", "/webhooks")).json == {"webhooks": []}
