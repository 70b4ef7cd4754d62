"""`/api/v1/wallets`: a user's wallets."""

from aiohttp import web

from application.wallets.create_wallet import create_wallet
from application.wallets.delete_wallet import delete_wallet
from application.wallets.rename_wallet import rename_wallet
from domain.errors import InvalidInput, NoSuchObject
from domain.wallets.wallet import WalletName
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.caching import revalidated
from entrypoints.http.server.common_problems import CONFLICT, NOT_FOUND
from entrypoints.http.server.idempotency import KeyUse
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.path_ids import id_in_path
from entrypoints.http.server.request_body import request_in_body
from entrypoints.http.wallets import examples
from entrypoints.http.wallets.change import READ, WRITE, changed_once, wallets_endpoint
from entrypoints.http.wallets.fields import NAME_PARAMETER, id_parameter
from entrypoints.http.wallets.schemas import NewWallet, WalletRequest, WalletsAnswer, WalletSchema, wallets_body


async def post_wallet(request: web.Request) -> web.Response:
    """Create a wallet."""
    asked = await request_in_body(request, WalletRequest)
    return await changed_once(
        request,
        lambda unit, user, now: create_wallet(unit, user, asked.name, now),
        lambda wallet: json_response(NewWallet.of(wallet), status=201),
    )


POST_WALLET = wallets_endpoint(
    method="POST",
    path="/api/v1/wallets",
    aliases=("/api/v1/wallet",),
    handler=post_wallet,
    access=WRITE,
    id="createWallet",
    summary="Create a wallet",
    description="At most 100 for a user. Also at `/wallet`. An API key needs `wallets:write`.",
    body=WalletRequest,
    body_examples=examples.NEW_WALLET,
    answer=NewWallet,
    answer_examples=examples.CREATED_WALLET,
    status=201,
    problems=(CONFLICT,),
    idempotency_key=KeyUse.ACCEPTED,
    writes=True,
)


async def get_wallets(request: web.Request) -> web.Response:
    """Answer with all of the caller's wallets."""
    views = await request.app[CONTAINER].wallets().read_wallets().all(request[CALLER].user)
    return revalidated(request, await wallets_body(views))


GET_WALLETS = wallets_endpoint(
    method="GET",
    path="/api/v1/wallets",
    handler=get_wallets,
    access=READ,
    id="wallets",
    summary="List the wallets with their currencies",
    description="An API key needs `wallets:read`.",
    answer=WalletsAnswer,
    answer_examples=examples.WALLETS,
    is_revalidated=True,
)


async def get_wallet(request: web.Request) -> web.Response:
    """Answer with one of the caller's wallets."""
    view = await request.app[CONTAINER].wallets().read_wallets().named(request[CALLER].user, name_in_path(request))
    return revalidated(request, WalletSchema.with_currencies(view).model_dump_json().encode())


GET_WALLET = wallets_endpoint(
    method="GET",
    path="/api/v1/wallets/{name}",
    handler=get_wallet,
    access=READ,
    id="wallet",
    summary="Show a wallet with its currencies",
    description="By its name, in any case. An API key needs `wallets:read`.",
    path_parameters=NAME_PARAMETER,
    answer=WalletSchema,
    answer_examples=examples.WALLET,
    problems=(NOT_FOUND,),
    is_revalidated=True,
)


async def put_wallet(request: web.Request) -> web.Response:
    """Rename a wallet."""
    wallet_id = id_in_path(request, "wallet_id", "wallet")
    asked = await request_in_body(request, WalletRequest)
    return await changed_once(
        request,
        lambda unit, user, _: rename_wallet(unit, user, wallet_id, asked.name),
        lambda view: json_response(WalletSchema.with_currencies(view)),
    )


PUT_WALLET = wallets_endpoint(
    method="PUT",
    path="/api/v1/wallet/{wallet_id}",
    handler=put_wallet,
    access=WRITE,
    id="renameWallet",
    summary="Rename a wallet",
    description="An API key needs `wallets:write`.",
    path_parameters=id_parameter("wallet_id"),
    body=WalletRequest,
    body_examples=examples.NEW_WALLET,
    answer=WalletSchema,
    answer_examples=examples.WALLET,
    problems=(NOT_FOUND, CONFLICT),
    idempotency_key=KeyUse.ACCEPTED,
    writes=True,
)


async def remove_wallet(request: web.Request) -> web.Response:
    """Delete a wallet."""
    wallet_id = id_in_path(request, "wallet_id", "wallet")
    return await changed_once(
        request,
        lambda unit, user, now: delete_wallet(unit, user, wallet_id, now),
        lambda _: web.Response(status=204),
    )


DELETE_WALLET = wallets_endpoint(
    method="DELETE",
    path="/api/v1/wallet/{wallet_id}",
    handler=remove_wallet,
    access=WRITE,
    id="deleteWallet",
    summary="Delete a wallet in which everything is zero",
    description="Its entries stay readable. An API key needs `wallets:write`.",
    path_parameters=id_parameter("wallet_id"),
    answer=None,
    status=204,
    problems=(NOT_FOUND, CONFLICT),
    idempotency_key=KeyUse.ACCEPTED,
    writes=True,
)

ENDPOINTS = (POST_WALLET, GET_WALLETS, GET_WALLET, PUT_WALLET, DELETE_WALLET)


def name_in_path(request: web.Request) -> WalletName:
    """Return the wallet's name in the path. What is no name is the name of nothing."""
    try:
        return WalletName(request.match_info["name"])
    except InvalidInput as error:
        raise NoSuchObject("there is no such wallet") from error
