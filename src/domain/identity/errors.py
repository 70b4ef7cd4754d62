"""What can go wrong with users, sessions and keys."""

from domain.errors import Conflict, CrossrateError, RefusedInput


class InvalidUsername(RefusedInput):
    """Not a well-formed name of a user."""


class InvalidPassword(RefusedInput):
    """Too short or too long to be a password."""


class InvalidKeyName(RefusedInput):
    """Not a printable, bounded name of a key."""


class InvalidExpiry(RefusedInput):
    """A moment that is over, or too far away to mean anything."""


class InvalidCredentials(CrossrateError):
    """Who asks has not proved who they are. The message never says which part was wrong."""


class NotAllowed(CrossrateError):
    """Who asks is known and may not do this."""


class RegistrationClosed(CrossrateError):
    """Accounts are made by whoever runs the service, and by nobody else. The message is fit for the one who asked."""


class UsernameTaken(Conflict):
    """Another user bears this name, in whatever case."""


class TooManyKeys(Conflict):
    """The user has as many keys as anyone may have."""
