"""What can go wrong between the processes that share market data."""

from domain.errors import CrossrateError


class LockUnavailable(CrossrateError):
    """Whoever keeps the locks could not be asked. Never a reason to fail a conversion: the process goes on alone."""
