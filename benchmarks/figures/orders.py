"""Orders accepted per second, against bare asyncpg that executes the same statements, and the time to settlement."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from uuid import UUID, uuid4

import asyncpg
from tests.servers.postgres import choose_postgres
from tests.unit.fakes.venue import FakeOrderPrices, FakeOrdersMeter, FakeVenue

from adapters.sql.database import SqlDatabase
from adapters.sql.ledger.postgres import APPEND_WITH_HOLD, LOCK
from adapters.system_clock import SystemClock
from application.idempotency.write_once import LIFETIME_SECONDS, Once
from application.ledger.ports.repositories import LedgerRepositories
from application.ledger.post_transaction import post_transaction
from application.orders.accept_order import AcceptOrder
from application.orders.batch_step import Clearing
from application.orders.clear_orders import ClearOrders
from application.orders.clearing_limits import ClearingLimits
from application.orders.clearing_loop import ClearingLoop
from application.orders.purchase import NewOrder, PricePurchase, Wish
from benchmarks.arithmetic import REPEATS, Measurement, interleaved, percentile, ratios
from benchmarks.bench import Bench
from domain.currency import Currency
from domain.idempotency.keyed_request import Answer, IdempotencyKey, KeyedRequest
from domain.identity.user import Role, User, Username
from domain.ledger.account import Account
from domain.ledger.asset import Asset
from domain.ledger.movements.deposit import deposit
from domain.orders.clearing_asset import ClearingAsset
from domain.orders.order import Order
from domain.orders.terms import Charges
from domain.wallets.wallet import Wallet, WalletCurrency, WalletName

CLIENTS = 32
# As many connections as the service writes with.
CONNECTIONS = 8
WARM_UP_SECONDS = 2.0
# Of each repeat.
SETTLED = 6
INTERVAL_SECONDS = 0.5  # of clearing, as the setting has it

BTC, USDT = Currency("BTC"), Currency("USDT")
SCALE = 18
FUNDS = 10**9 * 10**SCALE
SMALL, AT_THRESHOLD = Decimal("0.00001"), Decimal(1)
ASSET = ClearingAsset(BTC, ("venue",), USDT, threshold=Decimal(50))
CHARGES = Charges(Decimal("0.5"), Decimal("0.1"))
# About what the API keeps of an answer.
ANSWER = Answer(201, {"Content-Type": "application/json"}, bytes(500))


@dataclass(frozen=True, slots=True)
class Buyer:
    """A user with a wallet that holds USDT, and BTC already."""

    user: User
    wallet: Wallet
    usdt: WalletCurrency
    btc: WalletCurrency


class _Settlements(FakeOrdersMeter):
    """Tells when an order is settled."""

    def __init__(self) -> None:
        super().__init__()
        self.settled = asyncio.Event()

    def order_settled(self, asset: str, seconds: float) -> None:  # noqa: ARG002 -- of one asset; timed by its buyer
        self.settled.set()


Accept = Callable[[Buyer], Awaitable[object]]


async def orders(bench: Bench) -> list[Measurement]:
    """Time single orders that are large enough to be bought, then accept small ones with 32 clients at once."""
    with choose_postgres(prefer_process=True).start() as url:
        database = SqlDatabase(url, upgrades_itself=False)
        await database.migrate()
        try:
            buyers = [await _buyer(database, f"buyer-{number}") for number in range(CLIENTS)]
            database = await _used(database, url, buyers)
            accept, venue = _use_case(database), FakeVenue()
            settled = [await _seconds_to_settled(database, accept, buyers[0], venue) for _ in range(REPEATS)]
            async with asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
                contenders: dict[str, Accept] = {
                    "service": partial(_accept, accept),
                    "bare": partial(_accept_bare, pool),
                }
                speeds = await interleaved(
                    {
                        name: partial(_speed, each, buyers, bench.effort.load_seconds)
                        for name, each in contenders.items()
                    }
                )
        finally:
            await database.close()
    return [*_of_speeds(speeds["service"], speeds["bare"]), *_of_times(settled)]


async def _used(database: SqlDatabase, url: str, buyers: list[Buyer]) -> SqlDatabase:
    """Accept orders, and analyze: connections that planned statements over empty tables would read whole tables."""
    await _speed(partial(_accept, _use_case(database)), buyers, WARM_UP_SECONDS)
    await database.close()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
    return SqlDatabase(url, upgrades_itself=False)


def _of_speeds(ours: list[float], bare: list[float]) -> list[Measurement]:
    absolute = f"{Measurement('', ours).median:,.0f}/s against {Measurement('', bare).median:,.0f}/s"
    note = f"{CLIENTS} clients, {CONNECTIONS} connections; one process, which both share with their clients"
    return [Measurement("orders.accepted", ratios(ours, bare), note, absolute)]


def _of_times(settled: list[list[float]]) -> list[Measurement]:
    note = f"at a venue that answers at once; {SETTLED} orders a repeat, one after the other"
    return [
        Measurement("orders.settled.p50", [percentile(each, 0.5) for each in settled], note),
        Measurement("orders.settled.p99", [percentile(each, 0.99) for each in settled], note),
    ]


async def _speed(accept: Accept, buyers: list[Buyer], seconds: float) -> float:
    count, started = 0, time.perf_counter()

    async def client(buyer: Buyer) -> None:
        nonlocal count
        while time.perf_counter() < started + seconds:
            await accept(buyer)
            count += 1

    async with asyncio.TaskGroup() as clients:
        for buyer in buyers:
            clients.create_task(client(buyer))
    return count / (time.perf_counter() - started)


def _use_case(database: SqlDatabase) -> AcceptOrder:
    clock = SystemClock()
    price = PricePurchase(database=database, prices=FakeOrderPrices(), clock=clock, charges=CHARGES)
    return AcceptOrder(database=database, clock=clock, price_purchase=price, meter=FakeOrdersMeter())


async def _accept(accept: AcceptOrder, buyer: Buyer, amount: Decimal = SMALL) -> Order:
    request = KeyedRequest(str(buyer.user.id), IdempotencyKey(uuid4().hex), bytes(32))
    asked = NewOrder("main", BTC, USDT, Wish(BTC, USDT, amount))
    return await accept(buyer.user, asked, Once(request, time.time(), lambda _: ANSWER))


async def _seconds_to_settled(
    database: SqlDatabase, accept: AcceptOrder, buyer: Buyer, venue: FakeVenue
) -> list[float]:
    meter, stop = _Settlements(), asyncio.Event()
    clearing = Clearing(
        database=database,
        clock=SystemClock(),
        brokers={"venue": venue},
        prices=FakeOrderPrices(),
        meter=meter,
        limits=ClearingLimits(),
    )
    async with asyncio.TaskGroup() as group:
        group.create_task(ClearingLoop(ClearOrders(clearing), interval_seconds=INTERVAL_SECONDS).run(stop))
        taken = [await _settled(meter, partial(_accept, accept, buyer, AT_THRESHOLD)) for _ in range(SETTLED)]
        stop.set()
    return taken


async def _settled(meter: _Settlements, accept: Callable[[], Awaitable[Order]]) -> float:
    meter.settled.clear()
    begun = time.perf_counter()
    await accept()
    async with asyncio.timeout(30):
        await meter.settled.wait()
    return time.perf_counter() - begun


async def _buyer(database: SqlDatabase, name: str) -> Buyer:
    user = User(uuid4(), Username(name), Role.USER, "hash", 0.0)
    wallet = Wallet(uuid4(), user.id, WalletName("main"), time.time())
    usdt, btc = (WalletCurrency(uuid4(), wallet.id, code) for code in (USDT, BTC))
    outside = Account.external(user.id, Asset(USDT, SCALE))

    async with database.writing() as unit:
        await unit.clearing_assets.save(ASSET)
        await unit.users.add(user)
        await unit.wallets.add(wallet)
        await unit.ledger_accounts.open(outside)
        for currency in (usdt, btc):
            await unit.wallets.add_currency(currency)
            await unit.ledger_accounts.open(Account.of_user(currency.id, user.id, Asset(currency.code, SCALE)))
        await _fund(unit, Account.of_user(usdt.id, user.id, Asset(USDT, SCALE)), outside)
    return Buyer(user, wallet, usdt, btc)


async def _fund(unit: LedgerRepositories, account: Account, outside: Account) -> None:
    await post_transaction(unit, deposit(uuid4(), FUNDS, to=account.ref, source=outside.ref), time.time())


# What the use case executes, in its order. What is for sale is remembered, and compared by the second statement.
_BEGIN = """
INSERT INTO idempotency_keys (owner, key, fingerprint, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (owner, key) DO UPDATE SET fingerprint = excluded.fingerprint, created_at = excluded.created_at,
    expires_at = excluded.expires_at, status = NULL, headers = NULL, body = NULL
WHERE idempotency_keys.expires_at <= excluded.created_at
"""
_HOLD_SALE = """
SELECT wallets.id, pays.id, receives.id, clearing_assets.*,
    EXISTS (SELECT FROM clearing_halts WHERE asset IN ('', $3)),
    (SELECT scale FROM ledger_assets WHERE code = $3), (SELECT scale FROM ledger_assets WHERE code = $4),
    (SELECT scale FROM ledger_assets WHERE code = clearing_assets.clear_with),
    EXISTS (SELECT FROM webhooks WHERE webhooks.user_id = $1 AND disabled_at IS NULL),
    pg_advisory_xact_lock_shared(1, 2)
FROM (SELECT 1) AS always
LEFT JOIN clearing_assets ON clearing_assets.code = $3
LEFT JOIN wallets ON wallets.user_id = $1 AND name_key = $2 AND deleted_at IS NULL
LEFT JOIN wallet_currencies AS pays ON pays.wallet_id = wallets.id AND pays.code = $4
LEFT JOIN wallet_currencies AS receives ON receives.wallet_id = wallets.id AND receives.code = $3
"""
_ORDER = """
INSERT INTO orders (
    id, user_id, wallet_id, pays_from, receives_in, buy, buy_scale, pay_with, pay_with_scale, amount, price, cost, fee,
    market_cost, created_at, updated_at, hold_id, status, filled, paid_cost, paid_fee
) SELECT $1, $2, $3, $4, $5, 'BTC', 18, 'USDT', 18, $6, '100.5', $7, $8, $7, $9::float, $9, $10::uuid, 'queued', 0, 0, 0
WHERE EXISTS (SELECT FROM clearing_assets WHERE code = 'BTC' AND clear_with = 'USDT')
"""
_KEEP = "UPDATE idempotency_keys SET status = $3, headers = $4, body = $5 WHERE owner = $1 AND key = $2"

_AMOUNT, _COST, _FEE = Decimal(10**13), Decimal(1005 * 10**12), Decimal(1005 * 10**9)


async def _accept_bare(pool: "asyncpg.Pool[asyncpg.Record]", buyer: Buyer) -> None:
    owner, key, now = str(buyer.user.id), uuid4().hex, time.time()
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_BEGIN, owner, key, bytes(32), now, now + LIFETIME_SECONDS)
        await connection.fetch(_HOLD_SALE, buyer.user.id, buyer.wallet.name.key, "BTC", "USDT")
        await _order_bare(connection, buyer, uuid4(), now)
        await connection.execute(_KEEP, owner, key, ANSWER.status, "{}", ANSWER.body)


async def _order_bare(
    connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", buyer: Buyer, hold_id: UUID, now: float
) -> None:
    ids = uuid4(), buyer.user.id, buyer.wallet.id, buyer.usdt.id, buyer.btc.id
    await connection.execute(_ORDER, *ids, _AMOUNT, _COST, _FEE, now, hold_id)
    (row,) = await connection.fetch(LOCK, [buyer.usdt.id])
    total, now_us = _COST + _FEE, int(now * 1_000_000)
    await connection.fetchrow(
        APPEND_WITH_HOLD,
        *(hold_id, "hold", None, now_us, now_us, "", 1),
        [row["id"]],
        [row["version"] + 1],
        [-total],
        [total],
        [row["available"] - total],
        [row["held"] + total],
        [bytes(32)],
        *(buyer.usdt.id, total, None),
    )
