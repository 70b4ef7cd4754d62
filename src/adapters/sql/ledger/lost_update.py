"""Why transactions that were decided could not be stored. The unit of work is rolled back."""


class LostUpdate(RuntimeError):
    """An account was not locked when its transaction was posted. A bug of ours; the unit of work is rolled back."""


class NotStored(RuntimeError):
    """One of several transactions that were to be stored together has an id that is taken."""
