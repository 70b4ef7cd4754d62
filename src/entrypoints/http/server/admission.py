"""How many conversions a process takes on at a time."""

from entrypoints.http.server.problems import OVERLOADED, Problem

RETRY_AFTER_SECONDS = 1


class Admission:
    """A bound on what is under way: `with admission:` around each. Raises the `Problem` of one too many, at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._under_way = 0

    def __enter__(self) -> None:
        if self._under_way >= self._most:
            raise Problem(OVERLOADED, OVERLOADED.meaning, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
        self._under_way += 1

    def __exit__(self, *_: object) -> None:
        self._under_way -= 1
