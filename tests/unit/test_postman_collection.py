"""The Postman collection has a request for each operation of the OpenAPI document."""

from tests.openapi_document import document
from tests.postman.collection import LAST, LEFT_OUT, MUST_SUCCEED, collection

DOCUMENT = document()
OPERATIONS = {
    operation["operationId"]: operation["summary"]
    for methods in DOCUMENT["paths"].values()
    for operation in methods.values()
}


def test_each_operation_has_a_request_that_checks_its_answer() -> None:
    items = [item for folder in collection(DOCUMENT)["item"] for item in folder["item"]]
    assert sorted(item["name"] for item in items) == sorted(
        summary for name, summary in OPERATIONS.items() if name not in LEFT_OUT
    )
    assert all("has a documented status" in "".join(item["event"][0]["script"]["exec"]) for item in items)
    assert {*MUST_SUCCEED, *LAST, *LEFT_OUT} <= set(OPERATIONS)


def test_it_is_the_same_whenever_it_is_made() -> None:
    assert collection(DOCUMENT) == collection(DOCUMENT)
