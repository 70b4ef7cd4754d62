"""The base class of repositories."""

from sqlalchemy.ext.asyncio import AsyncConnection


class InTransaction:
    """A repository in one unit of work; its only state is the connection, which has an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
