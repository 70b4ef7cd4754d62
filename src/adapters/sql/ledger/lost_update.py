"""What must never happen between locking an account and posting to it."""


class LostUpdate(RuntimeError):
    """An account was not locked when its transaction was posted. A bug of ours; the unit of work is rolled back."""
