"""Errors of users, sessions and API keys."""

from domain.errors import Conflict, CrossrateError, InvalidInput


class InvalidUsername(InvalidInput):
    """Not a well-formed username."""


class InvalidPassword(InvalidInput):
    """Too short or too long to be a password."""


class UnsuitablePassword(InvalidInput):
    """A new password that is too easy to guess, or not new."""


class WrongPassword(InvalidInput):
    """A signed-in user's current password, given wrongly."""


class InvalidKeyName(InvalidInput):
    """Empty, too long or unprintable as a key's name."""


class InvalidExpiry(InvalidInput):
    """A moment in the past, or too far in the future."""


class InvalidCredentials(CrossrateError):
    """Authentication failed. The message never says which part was wrong."""


class NotAllowed(CrossrateError):
    """The caller is authenticated but lacks permission."""


class PasswordNeeded(CrossrateError):
    """The caller must give their password again, because what they ask for cannot be undone."""


class RegistrationClosed(CrossrateError):
    """Only the operator creates accounts. The message may be shown to the caller."""


class UsernameTaken(Conflict):
    """Another user has this name, compared without case."""


class TooManyKeys(Conflict):
    """The user has as many API keys as allowed."""


class UserHasFunds(Conflict):
    """A user who has something in a wallet cannot be deleted."""
