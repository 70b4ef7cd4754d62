"""What every repository works on: one connection, inside one transaction."""

from sqlalchemy.ext.asyncio import AsyncConnection


class InTransaction:
    """Made for each unit of work; holds nothing but the connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
