"""Requests with a key in the table `idempotency_keys`."""

import hmac

import asyncpg
import orjson
from sqlalchemy import ColumnElement, LargeBinary, bindparam, delete, select, text, tuple_, update
from sqlalchemy.exc import DBAPIError

from adapters.sql.failures import driver_error
from adapters.sql.idempotency.tables import IDEMPOTENCY_KEYS
from adapters.sql.transaction import InTransaction
from application.idempotency.ports.idempotency_records import IdempotencyRecords
from domain.idempotency.errors import KeyInProgress, KeyReused
from domain.idempotency.keyed_request import Answer, KeyedRequest

_COLUMNS = IDEMPOTENCY_KEYS.c

# On Postgres it waits for another transaction that has inserted the same key, until that one ends.
_BEGIN = text(
    """
    INSERT INTO idempotency_keys (owner, key, fingerprint, created_at, expires_at)
    VALUES (:owner, :key, :fingerprint, :now, :expires_at)
    ON CONFLICT (owner, key) DO UPDATE SET
      fingerprint = excluded.fingerprint, created_at = excluded.created_at, expires_at = excluded.expires_at,
      status = NULL, headers = NULL, body = NULL
    WHERE idempotency_keys.expires_at <= excluded.created_at
    """
).bindparams(bindparam("fingerprint", type_=LargeBinary))


class SqlIdempotencyRecords(InTransaction, IdempotencyRecords):
    """The primary key decides which of several requests with one key comes first."""

    async def begin(self, request: KeyedRequest, now: float, expires_at: float) -> Answer | None:
        """Insert the row, or select the one that is there."""
        row = {
            "owner": request.owner,
            "key": request.key.text,
            "fingerprint": request.fingerprint,
            "now": now,
            "expires_at": expires_at,
        }
        try:
            begun = await self._connection.execute(_BEGIN, row)
        except DBAPIError as error:
            if isinstance(driver_error(error), asyncpg.LockNotAvailableError):
                raise KeyInProgress("a request with this key is in progress") from error
            raise
        return None if begun.rowcount == 1 else await self._answer(request)

    async def keep(self, request: KeyedRequest, answer: Answer) -> None:
        """Update the row."""
        changed = {
            "status": answer.status,
            "headers": orjson.dumps(dict(answer.headers)).decode(),
            "body": answer.body,
        }
        await self._connection.execute(update(IDEMPOTENCY_KEYS).where(*_is_of(request)).values(changed))

    async def delete_expired(self, now: float, limit: int) -> int:
        """Delete the rows that an index finds."""
        expired = select(_COLUMNS.owner, _COLUMNS.key).where(_COLUMNS.expires_at <= now)
        oldest = expired.order_by(_COLUMNS.expires_at).limit(limit)
        is_expired = tuple_(_COLUMNS.owner, _COLUMNS.key).in_(oldest)
        return (await self._connection.execute(delete(IDEMPOTENCY_KEYS).where(is_expired))).rowcount

    async def _answer(self, request: KeyedRequest) -> Answer:
        row = (await self._connection.execute(select(IDEMPOTENCY_KEYS).where(*_is_of(request)))).one_or_none()
        if row is None or row.status is None:  # deleted since the statement before
            raise KeyInProgress("a request with this key has just ended")
        if not hmac.compare_digest(row.fingerprint, request.fingerprint):
            raise KeyReused("this key belongs to another request, or is older than the service's secret")
        return Answer(row.status, orjson.loads(row.headers), row.body)


def _is_of(request: KeyedRequest) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _COLUMNS.owner == request.owner, _COLUMNS.key == request.key.text
