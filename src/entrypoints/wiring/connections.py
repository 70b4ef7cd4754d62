"""Tries each configured connection once, for `crossrate config check`. It creates and changes nothing."""

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dependency_injector import providers

from adapters.redis.connection import redis_connection
from adapters.sql.database import SqlDatabase
from application.quotes.ports.quote_source import QuoteSource
from domain.errors import CacheUnavailable, DatabaseUnavailable
from domain.orders.errors import BrokerUnavailable
from domain.pair import Pair
from domain.rates.errors import FailureReason, PriceSourceUnavailable
from entrypoints.settings.brokers import SIMULATED, session_name
from entrypoints.settings.installed_exchanges import registered_exchange
from entrypoints.settings.places import database_place, redis_place
from entrypoints.settings.settings import Settings
from entrypoints.settings.sources import without_secrets
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.running import session_for

# For each connection; all are tried at the same time. By default, no single attempt lasts as long.
MOST_SECONDS = 15.0

ASKED_PAIR = Pair.parse("EUR/USD")


class State(StrEnum):
    """How a trial ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Tried:
    """One connection: its name, its address without secrets, and how the trial ended."""

    name: str
    place: str
    state: State
    detail: str = ""


class _Skipped(Exception):
    """The connection cannot be tried now; the message says why."""


async def try_connections(settings: Settings) -> list[Tried]:
    """Try the exchanges, their brokers, the bank, Redis, the database and Alpha Vantage, where they are set up."""
    async with AsyncExitStack() as stack:
        urls = settings.called_urls
        sessions = {host: await stack.enter_async_context(session_for(settings, url)) for host, url in urls.items()}
        container = ApplicationContainer(settings=settings, sessions=sessions)
        # Not the service's own database, which would create or upgrade the file.
        database = SqlDatabase(settings.database_url.get_secret_value(), upgrades_itself=False)
        stack.push_async_callback(database.close)
        container.storage().database.override(providers.Object(database))
        async with asyncio.TaskGroup() as trials:
            tasks = [trials.create_task(each) for each in _trials(settings, container, database)]
        return [task.result() for task in tasks]


def _trials(
    settings: Settings, container: ApplicationContainer, database: SqlDatabase
) -> Iterator[Coroutine[None, None, Tried]]:
    for name, exchange in container.market_data().exchanges().items():
        streams_only = registered_exchange(name).streams_only
        fetch = exchange.fetch_instruments() if streams_only else exchange.fetch_book_tickers()
        yield _tried(name, settings.url_of(name), fetch)
    for name, broker in container.brokers().brokers().items():
        if name != SIMULATED:
            yield _tried(session_name(name), settings.trading_url_of(name), broker.balances())
    if settings.has_reference_rates:
        yield _tried("ecb", settings.ecb_url, container.reference().source().newest())
    if settings.redis_url is not None:
        yield _tried("redis", redis_place(settings), _ping(settings.redis_url.get_secret_value()))
    yield _tried("database", database_place(settings), _open_database(settings.embedded_database_file, database))
    source = container.quotes().alphavantage()
    if source is not None:
        yield _tried("alphavantage", settings.alphavantage_url, _ask(source, settings.embedded_database_file))


async def _tried(name: str, place: str, attempt: Coroutine[None, None, object]) -> Tried:
    place = without_secrets(place)
    try:
        async with asyncio.timeout(MOST_SECONDS):
            await attempt
    except _Skipped as reason:
        return Tried(name, place, State.SKIPPED, str(reason))
    except PriceSourceUnavailable as error:
        return Tried(name, place, State.FAILED, f"{error.reason}: {error.detail}")
    except (CacheUnavailable, DatabaseUnavailable, BrokerUnavailable) as error:
        return Tried(name, place, State.FAILED, str(error))
    except TimeoutError:
        return Tried(name, place, State.FAILED, f"no answer within {MOST_SECONDS:.0f} seconds")
    return Tried(name, place, State.OK)


async def _ping(url: str) -> None:
    async with redis_connection(url) as connection:
        await connection.check(map(str, range(12)))  # in any case some are in another node's slots


async def _open_database(file: Path | None, database: SqlDatabase) -> None:
    _require_creatable(file)
    _require_file(file, "it does not exist yet; `crossrate serve` and `crossrate migrate` create it")
    async with database.reading():
        pass


async def _ask(source: QuoteSource, file: Path | None) -> None:
    _require_file(file, "its daily calls are counted in the database, which does not exist yet")
    try:
        await source.quote(ASKED_PAIR, is_hourly=False)
    except PriceSourceUnavailable as error:
        if error.reason is not FailureReason.RATE_LIMITED:
            raise
        raise _Skipped(error.detail) from error


def _require_file(file: Path | None, otherwise: str) -> None:
    if file is not None and not (file.exists() and file.stat().st_size):
        raise _Skipped(otherwise)


def _require_creatable(file: Path | None) -> None:
    if file is None or file.exists():
        return
    folder = next(each for each in file.absolute().parents if each.exists())
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DatabaseUnavailable(f"it does not exist, and nothing can be created in {folder}")
