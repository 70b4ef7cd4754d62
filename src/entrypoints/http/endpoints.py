"""Where the endpoints of each path are. A module is imported with the first request for one of its paths."""

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import chain
from types import MappingProxyType, ModuleType

from aiohttp import web

from entrypoints.http.page.views import VIEWS
from entrypoints.http.server.endpoint import PREFIX, SHORT_PREFIX, Endpoint
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.on_first_use import import_parts

# By their module, in the order of the document: how the paths of its `ENDPOINTS` begin. A new module is one row here.
PATHS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "rates.routes": ("/api/v1/convert",),
        "rates.batch_routes": ("/api/v1/convert",),
        "rates.table_routes": ("/api/v1/rates",),
        "compatible.rates_csv": ("/api/v1/rates.csv",),
        "compatible.pricedb": ("/api/v1/pricedb",),
        "rates.stream_routes": ("/api/v1/stream",),
        "rates.tradable_routes": (
            "/api/v1/exchanges",
            "/api/v1/currencies",
            "/api/v1/pairs",
        ),
        "quotes.routes": ("/api/v1/quotes",),
        "wallets.routes": (
            "/api/v1/wallets",
            "/api/v1/wallet",
        ),
        "wallets.funds_routes": (
            "/api/v1/currency",
            "/api/v1/transfers",
        ),
        "wallets.worth_routes": (
            "/api/v1/wallets",
            "/api/v1/currencies_converted",
            "/api/v1/currencies_convertes",
        ),
        "wallets.entries_routes": (
            "/api/v1/entries",
            "/api/v1/wallets",
        ),
        "orders.routes": (
            "/api/v1/orders",
            "/api/v1/price-locks",
        ),
        "webhooks.routes": ("/api/v1/webhooks",),
        "identity.authentication": ("/api/v1/authenticate",),
        "identity.page_session": ("/api/v1/session",),
        "identity.account": ("/api/v1/me",),
        "wallets.setting_routes": ("/api/v1/me",),
        "identity.sessions": ("/api/v1/me",),
        "identity.keys": ("/api/v1/api-keys",),
        "identity.administration": ("/api/v1/users",),
        "identity.lists": ("/api/v1/admin",),
        "ledger.routes": ("/api/v1/admin",),
        "ledger.correction_routes": ("/api/v1/admin",),
        "clearing.routes": ("/api/v1/admin",),
        "clearing.resolving": ("/api/v1/admin",),
        "clearing.refunding": ("/api/v1/admin",),
        "clearing.reconciliation": ("/api/v1/admin",),
        "compatible.frankfurter": ("/v1",),
        "compatible.coingecko": ("/api/v3/simple",),
        "compatible.btcpay": ("/btcpay",),
        "health.routes": ("/health",),
        "health.metrics": ("/metrics",),
        "problem_pages.routes": ("/problems",),
        "docs.routes": (),  # see PAGES
    }
)

# Likewise what `page_routes` of a module returns, which the document leaves out.
PAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "page.routes": (*(f"/{view.name}" for view in VIEWS), "/assets"),
        "docs.routes": ("/openapi.json", "/docs", "/swagger", "/redoc", "/static"),
    }
)

# The parts of the wiring that the endpoints of a package use, where not every process has them from its start.
_ACCOUNTS = ("identity", "idempotency")
PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "clearing": (*_ACCOUNTS, "clearing_administration"),
        "health": ("health",),
        "identity": _ACCOUNTS,
        "ledger": (*_ACCOUNTS, "ledger"),
        "orders": (*_ACCOUNTS, "orders"),
        "quotes": ("identity", "quotes"),
        "wallets": (*_ACCOUNTS, "wallets"),
        "webhooks": (*_ACCOUNTS, "webhooks"),
    }
)

_BEGINNING = re.compile(r"(?:/api/v[0-9]+)?/[^/]*")


def beginning_of(path: str) -> str:
    """Return as much of a path as the tables have: its first segment, with the version if it is of the API."""
    found = _BEGINNING.match(path)
    if found is not None and found[0] == SHORT_PREFIX:
        found = _BEGINNING.match(PREFIX + path.removeprefix(SHORT_PREFIX))
    return "" if found is None else found[0]


def beginnings() -> frozenset[str]:
    """Return how paths may begin."""
    return frozenset(chain(*PATHS.values(), *PAGES.values()))


def all_endpoints() -> tuple[Endpoint, ...]:
    """Return every endpoint of the API, after importing all their modules."""
    return tuple(chain.from_iterable(map(endpoints_of, PATHS)))


def import_all() -> None:
    """Import what all requests together would import."""
    for module in (*PATHS, *PAGES):
        _imported(module)


def endpoints_of(module: str) -> tuple[Endpoint, ...]:
    """Return the endpoints of a module of the table."""
    endpoints: tuple[Endpoint, ...] = _imported(module).ENDPOINTS
    return endpoints


def routes_at(beginning: str, settings: Settings) -> Iterator[web.RouteDef]:
    """Return the routes of the paths that begin like this, after importing their modules."""
    for module in _named(PATHS, beginning):
        for endpoint in endpoints_of(module):
            yield from endpoint.routes(settings)
    for module in _named(PAGES, beginning):
        yield from _imported(module).page_routes(settings)


def _named(table: Mapping[str, tuple[str, ...]], beginning: str) -> Iterator[str]:
    return (module for module, paths in table.items() if beginning in paths)


def _imported(module: str) -> ModuleType:
    for part in PARTS.get(module.partition(".")[0], ()):
        import_parts(getattr(ApplicationContainer, part))
    return import_module(f"entrypoints.http.{module}")
