"""`/api/v1/webhooks`: where a user's events are sent, and whether they arrived."""

from functools import partial

from aiohttp import web

from application.ports.rate_limiter import Group
from entrypoints.http.server.access.guard import SignedIn
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import CONFLICT, NOT_FOUND
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.idempotency import KeyUse, answered_once
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.path_ids import id_in_path
from entrypoints.http.server.rate_limiting import address_of
from entrypoints.http.server.request_body import request_in_body
from entrypoints.http.server.request_query import request_in_query
from entrypoints.http.webhooks import examples
from entrypoints.http.webhooks.schemas import (
    DeliveriesQuery,
    DeliveryList,
    NewWebhook,
    WebhookList,
    WebhookRequest,
    WebhookSchema,
)

_own = partial(Endpoint, tag="Webhooks", access=SignedIn(Group.ACCOUNT))
_ID = {"id": {"type": "string", "format": "uuid"}}


async def post_webhook(request: web.Request) -> web.Response:
    """Create a webhook, and show its secret this once."""
    asked = await request_in_body(request, WebhookRequest)
    create = partial(
        request.app[CONTAINER].webhooks().create_webhook(),
        caller=request[CALLER],
        url=asked.url,
        events=frozenset(asked.events),
        secret=asked.secret,
        address=address_of(request),
    )
    return await answered_once(
        request, lambda once: create(once=once), lambda made: json_response(NewWebhook.with_secret(*made), status=201)
    )


POST_WEBHOOK = _own(
    method="POST",
    path="/api/v1/webhooks",
    handler=post_webhook,
    id="createWebhook",
    summary="Create a webhook, which is told of events",
    description="At most 10 for a user. Each event is posted at least once, signed as Standard Webhooks defines it.",
    body=WebhookRequest,
    body_examples=examples.NEW_WEBHOOK,
    answer=NewWebhook,
    answer_examples=examples.CREATED_WEBHOOK,
    status=201,
    problems=(CONFLICT,),
    idempotency_key=KeyUse.ACCEPTED,
    is_answer_secret=True,
    writes=True,
)


async def get_webhooks(request: web.Request) -> web.Response:
    """List the caller's webhooks."""
    return json_response(
        WebhookList.of(await request.app[CONTAINER].webhooks().read_webhooks().all(request[CALLER].user))
    )


GET_WEBHOOKS = _own(
    method="GET",
    path="/api/v1/webhooks",
    handler=get_webhooks,
    id="webhooks",
    summary="List the webhooks, and whether events arrive",
    answer=WebhookList,
    answer_examples=examples.WEBHOOKS,
)


async def get_webhook(request: web.Request) -> web.Response:
    """Answer with one of the caller's webhooks."""
    read = request.app[CONTAINER].webhooks().read_webhooks()
    return json_response(WebhookSchema.of(await read.one(request[CALLER].user, id_in_path(request, "id", "webhook"))))


GET_WEBHOOK = _own(
    method="GET",
    path="/api/v1/webhooks/{id}",
    handler=get_webhook,
    id="webhook",
    summary="Show a webhook",
    path_parameters=_ID,
    answer=WebhookSchema,
    answer_examples=examples.WEBHOOK,
    problems=(NOT_FOUND,),
)


async def delete_webhook(request: web.Request) -> web.Response:
    """Delete one of the caller's webhooks."""
    change = request.app[CONTAINER].webhooks().change_webhook()
    await change.delete(request[CALLER], id_in_path(request, "id", "webhook"), address_of(request))
    return web.Response(status=204)


DELETE_WEBHOOK = _own(
    method="DELETE",
    path="/api/v1/webhooks/{id}",
    handler=delete_webhook,
    id="deleteWebhook",
    summary="Delete a webhook with its deliveries",
    path_parameters=_ID,
    answer=None,
    status=204,
    problems=(NOT_FOUND,),
    writes=True,
)


async def enable_webhook(request: web.Request) -> web.Response:
    """Enable one of the caller's webhooks."""
    change = request.app[CONTAINER].webhooks().change_webhook()
    enabled = await change.enable(request[CALLER], id_in_path(request, "id", "webhook"), address_of(request))
    return json_response(WebhookSchema.of(enabled))


ENABLE_WEBHOOK = _own(
    method="POST",
    path="/api/v1/webhooks/{id}/enable",
    handler=enable_webhook,
    id="enableWebhook",
    summary="Have events sent again to a webhook that was disabled",
    description="It gets the events from now on; those that failed are not sent again.",
    path_parameters=_ID,
    answer=WebhookSchema,
    answer_examples=examples.WEBHOOK,
    problems=(NOT_FOUND,),
    writes=True,
)


async def get_deliveries(request: web.Request) -> web.Response:
    """List what was sent to a webhook, or will be."""
    asked, read = request_in_query(request, DeliveriesQuery), request.app[CONTAINER].webhooks().read_webhooks()
    user, webhook_id = request[CALLER].user, id_in_path(request, "id", "webhook")
    return json_response(
        DeliveryList.of(await read.deliveries(user, webhook_id, asked.status, asked.cursor, asked.limit))
    )


GET_DELIVERIES = _own(
    method="GET",
    path="/api/v1/webhooks/{id}/deliveries",
    handler=get_deliveries,
    id="deliveries",
    summary="List the events of a webhook, newest first",
    description="In pages, for 30 days.",
    path_parameters=_ID,
    query=DeliveriesQuery,
    answer=DeliveryList,
    answer_examples=examples.DELIVERIES,
    problems=(NOT_FOUND,),
)

ENDPOINTS = (POST_WEBHOOK, GET_WEBHOOKS, GET_WEBHOOK, DELETE_WEBHOOK, ENABLE_WEBHOOK, GET_DELIVERIES)
