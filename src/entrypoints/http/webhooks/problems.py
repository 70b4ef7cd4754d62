"""The problems of webhooks."""

from domain.webhooks.errors import InvalidWebhookUrl
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.problems import Problems

PROBLEMS = Problems(
    kinds=(),
    rows={InvalidWebhookUrl: lambda error: invalid_input([FieldError("url", str(error))])},
    examples=(),
)
