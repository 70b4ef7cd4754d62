"""What can go wrong with users, sessions and keys."""

from domain.errors import Conflict, CrossrateError, RefusedInput


class InvalidUsername(RefusedInput):
    """Not a well-formed username."""


class InvalidPassword(RefusedInput):
    """Too short or too long to be a password."""


class InvalidKeyName(RefusedInput):
    """Empty, too long or unprintable as a key's name."""


class InvalidExpiry(RefusedInput):
    """A moment in the past, or too far in the future."""


class InvalidCredentials(CrossrateError):
    """The caller has not proved who they are. The message never says which part was wrong."""


class NotAllowed(CrossrateError):
    """The caller is known and may not do this."""


class RegistrationClosed(CrossrateError):
    """Only the operator creates accounts. The message is fit for the caller."""


class UsernameTaken(Conflict):
    """Another user has this name; case does not matter."""


class TooManyKeys(Conflict):
    """The user has as many API keys as allowed."""
