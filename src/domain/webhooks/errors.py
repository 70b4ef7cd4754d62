"""Errors of webhooks."""

from domain.errors import Conflict, InvalidInput


class InvalidWebhookUrl(InvalidInput):
    """No URL that events may be sent to."""


class InvalidWebhookSecret(InvalidInput):
    """Not written as a secret, too short or too long."""


class TooManyWebhooks(Conflict):
    """The user has as many webhooks as allowed."""
