"""What provokes each answer of a batch of conversions."""

from dataclasses import replace

import orjson

from entrypoints.http.rates.batch_requests import MAX_BATCH_BODY_BYTES
from tests.integration.openapi.provoking import Sent, posted

PATH = "/api/v1/convert/batch"


def provoked_by_batches(*lines: object) -> dict[tuple[str, str, int], Sent]:
    """Return what provokes each; `lines` are both kinds of lines: those that have a conversion, and others."""
    batch = posted({"conversions": lines})
    body = orjson.dumps({"conversions": lines})
    return {
        ("post", PATH, 200): batch,
        ("post", PATH, 400): Sent(body=b"{", content_type="application/json"),
        ("post", PATH, 401): replace(batch, service="closed"),
        ("post", PATH, 403): replace(batch, service="closed", caller="key"),
        ("post", PATH, 405): Sent(method="get"),
        ("post", PATH, 408): Sent(content_type="application/json", body_never_ends=True),
        ("post", PATH, 413): Sent(body=body.ljust(MAX_BATCH_BODY_BYTES + 1), content_type="application/json"),
        ("post", PATH, 415): Sent(body=body, content_type="text/plain"),
        ("post", PATH, 422): posted({"conversions": []}),
        ("post", PATH, 429): replace(batch, service="limited", times=2),
        ("post", PATH, 500): replace(batch, service="faulty"),
        ("post", PATH, 503): replace(batch, service="busy"),
    }
