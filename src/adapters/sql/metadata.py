"""What the tables of all features share. A test compares them with the newest migration, on both databases."""

from sqlalchemy import BigInteger, Integer, MetaData

# Named, so that later migrations can say which one they change.
_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA = MetaData(naming_convention=_NAMES)

# The one type whose primary keys SQLite numbers by itself.
RowId = BigInteger().with_variant(Integer, "sqlite")
