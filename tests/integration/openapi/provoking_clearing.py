"""What provokes each answer about clearing."""

from dataclasses import replace
from uuid import UUID

from tests.integration.openapi.provoking import LONG_HEADER, Sent, of_failing_writes, posted
from tests.integration.openapi.provoking_identity import NEVER_A_TOKEN, NOBODYS_KEY, of_a_body
from tests.integration.openapi.provoking_orders import AN_ORDER

ADMIN = "/api/v1/admin"

RESOLVE = f"{ADMIN}/batches/{{id}}/resolve"
# The batch that the sound service has.
STUCK = UUID(int=7)

REFUND = f"{ADMIN}/orders/{{id}}/refund"
_REFUNDED = {"reason": "a test"}
_RESOLVED = {"fills": [], "reason": "a test"}
_ASSET = {"code": "BTC", "venues": ["simulated"]}


def provoked_by_clearing() -> dict[tuple[str, str, int], Sent]:
    """What provokes each answer."""
    found: dict[tuple[str, str, int], Sent] = {}
    for method, path, request in (
        ("get", f"{ADMIN}/assets", Sent()),
        ("post", f"{ADMIN}/assets", posted(_ASSET)),
        ("post", f"{ADMIN}/clearing/halt", posted({"reason": "a test"})),
        ("post", f"{ADMIN}/clearing/resume", posted({})),
        ("get", f"{ADMIN}/batches", Sent()),
        ("get", f"{ADMIN}/reconciliation", Sent()),
        ("post", RESOLVE, replace(posted(_RESOLVED), path=f"{ADMIN}/batches/{STUCK}/resolve")),
        ("post", REFUND, replace(posted(_REFUNDED), path=f"{ADMIN}/orders/{AN_ORDER}/refund")),
    ):
        well = replace(request, caller="administrator")
        sent = replace(request, path=None if request.path is None else request.path.replace(AN_ORDER, str(UUID(int=1))))
        by_admin = replace(sent, caller="administrator")
        if sent.body is not None:
            found |= {(method, path, status): each for status, each in of_a_body(by_admin).items()}
            found |= {(method, path, status): each for status, each in of_failing_writes(by_admin).items()}
            found[method, path, 422] = replace(by_admin, body=b'{"nonsense": 1}')
        found |= {
            (method, path, 200): well,
            (method, path, 400): replace(sent, headers=LONG_HEADER),
            (method, path, 401): sent,
            (method, path, 403): replace(sent, caller="user"),
            (method, path, 405): replace(sent, method="trace"),
            (method, path, 429): replace(sent, headers=NEVER_A_TOKEN, service="limited", times=2),
            (method, path, 500): replace(sent, headers=NEVER_A_TOKEN, service="faulty"),
            (method, path, 503): replace(sent, headers={"X-API-Key": NOBODYS_KEY}, service="no database"),
        }
    return found | {
        ("post", RESOLVE, 404): replace(
            posted(_RESOLVED), path=f"{ADMIN}/batches/{UUID(int=1)}/resolve", caller="administrator"
        ),
        ("post", REFUND, 404): replace(
            posted(_REFUNDED), path=f"{ADMIN}/orders/{UUID(int=1)}/refund", caller="administrator"
        ),
        ("post", f"{ADMIN}/clearing/halt", 404): replace(
            posted({"asset": "NOPE", "reason": "a test"}), caller="administrator"
        ),
        ("post", f"{ADMIN}/clearing/resume", 404): replace(posted({"asset": "NOPE"}), caller="administrator"),
        ("get", f"{ADMIN}/batches", 422): Sent(query={"nonsense": "1"}, caller="administrator"),
    }
