"""What the application's role may do, where the migrations run as another role, which owns the tables.

It reads and writes rows, changes no table, and adds to the tables marked `APPEND_ONLY` without changing what they hold.
"""

from collections.abc import Iterable, Iterator

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.application_role import ApplicationRole
from adapters.sql.metadata import is_append_only
from adapters.sql.scram import scram_verifier
from adapters.sql.tables import METADATA
from domain.errors import DatabaseUnavailable

# The only function that the service calls; Postgres calls those of triggers itself.
_FUNCTION = "delete_old_audit_events(double precision)"

_VERSION = "alembic_version"

# In parameters, and as what Postgres stores, since statements and their parameters could be logged.
_SET = text("SELECT set_config('crossrate.role', :name, true), set_config('crossrate.password', :password, true)")
_CREATE = text(
    """
    DO $$
    DECLARE
      name text := current_setting('crossrate.role');
      password text := current_setting('crossrate.password');
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
        EXECUTE format('CREATE ROLE %I LOGIN', name);
      END IF;
      EXECUTE format('ALTER ROLE %I LOGIN PASSWORD %L', name, password);
    END $$
    """
)
_EXISTS = text("SELECT count(*) FROM pg_roles WHERE rolname = :name")
_SEQUENCES = text(
    """
    SELECT sequence.oid::regclass::text FROM pg_class sequence
    JOIN pg_depend ON pg_depend.objid = sequence.oid AND pg_depend.deptype IN ('a', 'i')
    JOIN pg_class owner ON owner.oid = pg_depend.refobjid
    WHERE sequence.relkind = 'S' AND owner.relkind IN ('r', 'p') AND owner.relname = ANY(:tables)
      AND sequence.relnamespace = to_regnamespace(quote_ident(current_schema()))
    """
)
_IS_OWNER = text("SELECT pg_has_role(:name, current_user, 'MEMBER')")


async def grant(connection: AsyncConnection, role: ApplicationRole) -> None:
    """Create the role if need be, and give it what the service needs and no more.

    Raises `DatabaseUnavailable` if the role is missing or can do everything anyway.
    """
    if role.password is not None:
        await connection.execute(_SET, {"name": role.name, "password": scram_verifier(role.password)})
        await connection.execute(_CREATE)
    elif not (await connection.execute(_EXISTS, {"name": role.name})).scalar_one():
        raise DatabaseUnavailable("the application's role does not exist, and has no password to be created with")
    if (await connection.execute(_IS_OWNER, {"name": role.name})).scalar_one():
        raise DatabaseUnavailable("the application's role is a superuser or owns the tables; grants cannot limit it")
    quote = connection.dialect.identifier_preparer.quote
    schema = (await connection.execute(text("SELECT current_schema()"))).scalar_one()
    sequences = (await connection.execute(_SEQUENCES, {"tables": [*_tables()]})).scalars().all()
    for statement in _statements(quote(role.name), quote(schema), sequences):
        await connection.exec_driver_sql(statement)


def _statements(role: str, schema: str, sequences: Iterable[str]) -> Iterator[str]:
    """Other tables, sequences and functions may be in the schema too, and what is granted on them is not ours."""
    for name in _tables():  # what an earlier version granted
        yield f"REVOKE ALL ON {schema}.{name} FROM {role}"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {role}"
    for sequence in sequences:
        yield f"REVOKE ALL ON SEQUENCE {sequence} FROM {role}"
        yield f"GRANT USAGE ON SEQUENCE {sequence} TO {role}"
    yield f"GRANT EXECUTE ON FUNCTION {schema}.{_FUNCTION} TO {role}"
    yield f"GRANT SELECT ON {schema}.{_VERSION} TO {role}"
    for table in METADATA.sorted_tables:
        yield f"GRANT {rights(table)} ON {schema}.{table.name} TO {role}"


def _tables() -> Iterator[str]:
    yield _VERSION
    for table in METADATA.sorted_tables:
        yield table.name


def rights(table: Table) -> str:
    """Return what the service may do with a table's rows."""
    return "SELECT, INSERT" if is_append_only(table) else "SELECT, INSERT, UPDATE, DELETE"
