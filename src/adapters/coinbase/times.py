"""The times that Coinbase tells, such as 2021-04-17T16:44:06.669388Z, in Unix seconds."""

from datetime import datetime


def unix_seconds(text: str) -> float:
    """Return the moment. Raises `ValueError` for anything else, also for one without a time zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time has no time zone")
    return moment.timestamp()
