"""What provokes each answer of the webhooks."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import aiohttp

from tests.integration.openapi.provoking import LONG_HEADER, Sent, of_failing_writes, posted
from tests.integration.openapi.provoking_identity import NEVER_A_TOKEN, NOBODYS_KEY, of_a_body
from tests.secrecy import secret

WEBHOOKS = "/api/v1/webhooks"
ONE = f"{WEBHOOKS}/{{id}}"
NOBODYS = f"{WEBHOOKS}/{UUID(int=1)}"
A_WEBHOOK = "{a webhook of the user's}"

_NEW = {"url": "https://example.com/events", "events": ["order.settled"]}


def provoked_by_webhooks() -> dict[tuple[str, str, int], Sent]:
    """What provokes each answer."""
    found: dict[tuple[str, str, int], Sent] = {}
    for method, path, well, sent in (
        ("post", WEBHOOKS, 201, posted(_NEW)),
        ("get", WEBHOOKS, 200, Sent()),
        ("get", ONE, 200, Sent(path=f"{WEBHOOKS}/{A_WEBHOOK}")),
        ("delete", ONE, 204, Sent(path=f"{WEBHOOKS}/{A_WEBHOOK}")),
        ("post", f"{ONE}/enable", 200, Sent(path=f"{WEBHOOKS}/{A_WEBHOOK}/enable")),
        ("get", f"{ONE}/deliveries", 200, Sent(path=f"{WEBHOOKS}/{A_WEBHOOK}/deliveries")),
    ):
        signed_in, anyone = replace(sent, caller="user"), replace(sent, path=path.replace(ONE, NOBODYS))
        if sent.body is not None:
            found |= {(method, path, status): each for status, each in of_a_body(signed_in).items()}
        if method != "get":
            found |= {(method, path, status): each for status, each in of_failing_writes(signed_in).items()}
        if "{id}" in path:
            found[method, path, 404] = replace(anyone, caller="user")
        found |= {
            (method, path, well): signed_in,
            (method, path, 400): replace(anyone, headers=LONG_HEADER),
            (method, path, 401): anyone,
            (method, path, 403): replace(anyone, caller="key"),
            (method, path, 405): replace(anyone, method="trace"),
            (method, path, 429): replace(anyone, headers=NEVER_A_TOKEN, service="limited", times=2),
            (method, path, 500): replace(anyone, headers=NEVER_A_TOKEN, service="faulty"),
            (method, path, 503): replace(anyone, headers={"X-API-Key": NOBODYS_KEY}, service="no database"),
        }
    return found | {
        ("post", WEBHOOKS, 409): replace(posted(_NEW), caller="user", times=11),
        ("get", f"{ONE}/deliveries", 422): Sent(path=f"{NOBODYS}/deliveries", query={"status": "lost"}, caller="user"),
    }


async def with_webhook(sent: Sent, client: aiohttp.ClientSession, headers: Mapping[str, str]) -> Sent:
    """Create the webhook that the request names."""
    if A_WEBHOOK not in (sent.path or ""):
        return sent
    async with client.post(WEBHOOKS, json=_NEW, headers=headers) as response:
        made = await response.json()
    secret(made["secret"], "webhook secret")
    return replace(sent, path=(sent.path or "").replace(A_WEBHOOK, made["id"]))
