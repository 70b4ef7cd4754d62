"""The exchange's own examples of signatures, from its REST documentation (Request security)."""

import pytest

from adapters.binance.signing import Credentials, signature, signed

KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"  # noqa: S105 -- everybody's, in the docs
ORDER = {
    "symbol": "LTCBTC",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": 1,
    "price": "0.1",
    "recvWindow": 5000,
    "timestamp": 1499827319559,
}
TEXT = (
    "symbol={symbol}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
)


@pytest.mark.parametrize(
    ("symbol", "encoded", "expected"),
    [
        ("LTCBTC", "LTCBTC", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
        (
            "１２３４５６",
            "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96",
            "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
        ),
    ],
    ids=["ASCII", "not ASCII"],
)
def test_an_order_is_signed_as_in_the_documentation(symbol: str, encoded: str, expected: str) -> None:
    request = signed(Credentials(KEY, SECRET), "POST", "/api/v3/order", ORDER | {"symbol": symbol})
    assert request.body.decode() == f"{TEXT.format(symbol=encoded)}&signature={expected}"
    assert request.headers["X-MBX-APIKEY"] == KEY
    question = signed(Credentials(KEY, SECRET), "GET", "/api/v3/order", ORDER | {"symbol": symbol})
    assert question.target == f"/api/v3/order?{TEXT.format(symbol=encoded)}&signature={expected}"
    assert question.body == b""


def test_a_query_and_a_body_are_signed_without_anything_between_them() -> None:
    mixed = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
    )
    assert signature(SECRET, mixed) == "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"


def test_neither_keys_nor_signatures_are_shown() -> None:
    credentials = Credentials(KEY, SECRET)
    request = signed(credentials, "GET", "/api/v3/order", ORDER)
    assert KEY not in f"{credentials!r} {request!r}"
    assert SECRET not in f"{credentials!r} {request!r}"
    assert "c8db" not in repr(request)
