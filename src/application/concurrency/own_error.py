"""Several callers who wait for the same work each get an error of their own."""

from typing import TypeVar

E = TypeVar("E", bound=BaseException)


def own_error(error: E) -> E:
    """Return the same error again, caused by this one: several who raised one would overwrite each other's traceback.

    Unlike `copy`, this does not call the constructor, which may take other arguments than the message.
    """
    other = type(error).__new__(type(error), *error.args)
    other.__dict__.update(vars(error))
    other.__cause__ = error
    return other
