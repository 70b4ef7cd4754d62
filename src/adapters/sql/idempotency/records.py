"""Requests with a key in the table `idempotency_keys`."""

import asyncpg
import orjson
from sqlalchemy import LargeBinary, bindparam, delete, select, text, tuple_

from adapters.sql.driver_statement import DriverStatement
from adapters.sql.idempotency.tables import IDEMPOTENCY_KEYS
from adapters.sql.transaction import InTransaction
from application.idempotency.ports.idempotency_records import IdempotencyRecords
from domain.idempotency.errors import KeyInProgress, KeyReused
from domain.idempotency.keyed_request import Answer, KeyedRequest

_COLUMNS = IDEMPOTENCY_KEYS.c

# On Postgres it waits for another transaction that has inserted the same key, until that one ends.
_BEGIN = DriverStatement(
    text(
        """
        INSERT INTO idempotency_keys (owner, key, fingerprint, created_at, expires_at)
        VALUES (:owner, :key, :fingerprint, :now, :expires_at)
        ON CONFLICT (owner, key) DO UPDATE SET
          fingerprint = excluded.fingerprint, created_at = excluded.created_at, expires_at = excluded.expires_at,
          status = NULL, headers = NULL, body = NULL
        WHERE idempotency_keys.expires_at <= excluded.created_at
        """
    ).bindparams(bindparam("fingerprint", type_=LargeBinary))
)

_KEEP = DriverStatement(
    text(
        """
        UPDATE idempotency_keys SET status = :status, headers = :headers, body = :body
        WHERE owner = :owner AND key = :key
        """
    ).bindparams(bindparam("body", type_=LargeBinary))
)

_FIND = DriverStatement(
    select(_COLUMNS.fingerprint, _COLUMNS.status, _COLUMNS.headers, _COLUMNS.body).where(
        _COLUMNS.owner == bindparam("owner"), _COLUMNS.key == bindparam("key")
    )
)


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
            is_first = await _BEGIN.execute(self._connection, row) == 1
        except asyncpg.LockNotAvailableError as error:
            raise KeyInProgress("a request with this key is in progress") from error
        return None if is_first else await self._answer(request)

    async def keep(self, request: KeyedRequest, answer: Answer) -> None:
        """Update the row."""
        kept = {
            "owner": request.owner,
            "key": request.key.text,
            "status": answer.status,
            "headers": orjson.dumps(dict(answer.headers)).decode(),
            "body": answer.body,
        }
        await _KEEP.execute(self._connection, kept)

    async def delete_expired(self, now: float, limit: int) -> int:
        """Delete the rows that an index finds."""
        expired = select(_COLUMNS.owner, _COLUMNS.key).where(_COLUMNS.expires_at <= now)
        oldest = expired.order_by(_COLUMNS.expires_at).limit(limit)
        is_expired = tuple_(_COLUMNS.owner, _COLUMNS.key).in_(oldest)
        return (await self._connection.execute(delete(IDEMPOTENCY_KEYS).where(is_expired))).rowcount

    async def _answer(self, request: KeyedRequest) -> Answer:
        found = await _FIND.fetch(self._connection, {"owner": request.owner, "key": request.key.text})
        if not found or found[0][1] is None:  # deleted since the statement before
            raise KeyInProgress("a request with this key has just ended")
        fingerprint, status, headers, body = found[0]
        if not request.matches(fingerprint):
            raise KeyReused("this key belongs to another request, or is older than the service's secret")
        return Answer(status, orjson.loads(headers), body)
