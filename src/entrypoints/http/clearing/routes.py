"""`/api/v1/admin/assets`, `/clearing` and `/batches`: how orders are cleared, for administrators."""

from functools import partial

from aiohttp import web

from application.ports.rate_limiter import Group
from entrypoints.http.clearing import examples
from entrypoints.http.clearing.schemas import (
    AssetRequest,
    BatchesAnswer,
    BatchesQuery,
    ClearingAnswer,
    HaltRequest,
    ResumeRequest,
)
from entrypoints.http.server.access.guard import AsAdmin
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import CONFLICT, NOT_FOUND
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.rate_limiting import address_of
from entrypoints.http.server.request_body import request_in_body
from entrypoints.http.server.request_query import request_in_query

admin_endpoint = partial(Endpoint, tag="Administration", access=AsAdmin(Group.ACCOUNT))
_state = partial(admin_endpoint, answer=ClearingAnswer, answer_examples=examples.CLEARING)


async def get_assets(request: web.Request) -> web.Response:
    """Answer with what may be bought."""
    return json_response(ClearingAnswer.of(await request.app[CONTAINER].clearing_administration().administer().state()))


GET_ASSETS = _state(
    method="GET",
    path="/api/v1/admin/assets",
    handler=get_assets,
    id="clearingAssets",
    summary="List what may be bought, and what is halted",
)


async def post_asset(request: web.Request) -> web.Response:
    """Store the terms of an asset."""
    asked = await request_in_body(request, AssetRequest)
    administer = request.app[CONTAINER].clearing_administration().administer()
    asset = asked.asset(administer.venues)
    state = await administer.save_asset(request[CALLER].user, asset, address_of(request))
    return json_response(ClearingAnswer.of(state))


POST_ASSET = _state(
    method="POST",
    path="/api/v1/admin/assets",
    handler=post_asset,
    id="setClearingAsset",
    summary="Set the terms on which an asset may be bought",
    description="`clear_with` cannot change while orders of the asset wait.",
    body=AssetRequest,
    body_examples=examples.NEW_ASSET,
    problems=(CONFLICT,),
    writes=True,
)


async def post_halt(request: web.Request) -> web.Response:
    """Halt clearing."""
    asked = await request_in_body(request, HaltRequest)
    halt = request.app[CONTAINER].clearing_administration().administer().halt
    return json_response(
        ClearingAnswer.of(await halt(request[CALLER].user, asked.asset, asked.reason, address_of(request)))
    )


POST_HALT = _state(
    method="POST",
    path="/api/v1/admin/clearing/halt",
    handler=post_halt,
    id="haltClearing",
    summary="Halt clearing of an asset, or of all",
    description="What is on its way to a venue is still finished.",
    body=HaltRequest,
    body_examples=examples.HALT,
    problems=(NOT_FOUND,),
    writes=True,
)


async def post_resume(request: web.Request) -> web.Response:
    """Resume clearing."""
    asked = await request_in_body(request, ResumeRequest)
    resume = request.app[CONTAINER].clearing_administration().administer().resume
    return json_response(ClearingAnswer.of(await resume(request[CALLER].user, asked.asset, address_of(request))))


POST_RESUME = _state(
    method="POST",
    path="/api/v1/admin/clearing/resume",
    handler=post_resume,
    id="resumeClearing",
    summary="Resume clearing of an asset, or of all",
    description="An asset that was halted by itself stays halted until it is resumed itself.",
    body=ResumeRequest,
    body_examples=examples.RESUME,
    problems=(NOT_FOUND,),
    writes=True,
)


async def get_batches(request: web.Request) -> web.Response:
    """Answer with a page of batches."""
    asked = request_in_query(request, BatchesQuery)
    page = await request.app[CONTAINER].clearing_administration().administer().batches(asked.cursor, asked.limit)
    return json_response(BatchesAnswer.of(page))


GET_BATCHES = admin_endpoint(
    method="GET",
    path="/api/v1/admin/batches",
    handler=get_batches,
    id="batches",
    summary="List clearing batches with their attempts, newest first",
    query=BatchesQuery,
    answer=BatchesAnswer,
    answer_examples=examples.BATCHES,
)

ENDPOINTS = (GET_ASSETS, POST_ASSET, POST_HALT, POST_RESUME, GET_BATCHES)
