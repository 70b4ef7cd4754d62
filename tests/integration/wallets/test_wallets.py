"""Wallets over a real socket."""

import asyncio
from uuid import uuid4

import pytest

from tests.integration.identity.client import Client
from tests.integration.problems import is_problem
from tests.integration.wallets.asking import funded, holding, move, new_currency, new_wallet, post, transfer


async def test_a_parameter_that_would_be_ignored_is_refused(ada: Client) -> None:
    assert is_problem(await ada.ask("GET", "/wallets?at=1714304596"), 422, "at")
    assert is_problem(await ada.ask("POST", "/wallets?name=Savings", json={"name": "Other"}), 422, "name")
    assert is_problem(await ada.ask("GET", "/me?x=1"), 422, "x")


async def test_a_wallet_is_created_renamed_shown_and_deleted(ada: Client) -> None:
    made = await post(ada, "/wallets", {"name": "Savings"})
    assert made.status == 201
    assert made.json.keys() == {"id", "name", "created_at"}
    wallet_id = made.json["id"]
    assert (await ada.ask("GET", "/wallets/sAVINGS")).json == made.json | {"currencies": []}
    renamed = await post(ada, f"/wallet/{wallet_id}", {"name": "Grüße 100%"}, method="PUT")
    assert (renamed.status, renamed.json["name"]) == (200, "Grüße 100%")
    assert (await ada.ask("GET", "/wallets/Gr%C3%BC%C3%9Fe%20100%25")).json == renamed.json
    assert is_problem(await ada.ask("GET", "/wallets/Savings"), 404)
    assert (await ada.ask("DELETE", f"/wallet/{wallet_id}")).status == 204
    assert (await ada.ask("GET", "/wallets")).json == {"wallets": []}
    assert is_problem(await ada.ask("DELETE", f"/wallet/{wallet_id}"), 404)


@pytest.mark.parametrize("path", ["/api/v1/wallet", "/api/wallet", "/api/wallets"])
async def test_other_paths_create_a_wallet_too(ada: Client, path: str) -> None:
    assert (await post(ada, path, {"name": "Savings"})).status == 201


async def test_a_name_is_had_once_whatever_its_case(ada: Client, grace: Client) -> None:
    await new_wallet(ada, "Savings")
    other = await new_wallet(ada, "Other")
    assert is_problem(await post(ada, "/wallets", {"name": "SAVINGS"}), 409)
    assert is_problem(await post(ada, f"/wallet/{other}", {"name": "savings"}, method="PUT"), 409)
    await new_wallet(grace, "savings")


async def test_of_many_wallets_with_one_name_at_a_time_one_is_created(ada: Client) -> None:
    answers = await asyncio.gather(*(post(ada, "/wallets", {"name": "Savings"}) for _ in range(10)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 9


@pytest.mark.parametrize("name", ["", " x", "x ", "a/b", "a\\b", ".", "..", "x" * 65, "a\nb", 1, None])
async def test_a_name_that_could_be_misread_is_refused(ada: Client, name: object) -> None:
    assert is_problem(await post(ada, "/wallets", {"name": name}), 422, "name")


async def test_a_currency_is_added_with_a_deposit(ada: Client) -> None:
    wallet_id = await new_wallet(ada)
    added = await post(ada, "/currency", {"wallet_id": wallet_id, "code": "usd", "amount": "100.50"})
    assert added.status == 201
    amounts = {"code": "USD", "amount": "100.5", "available": "100.5", "held": "0"}
    assert {name: added.json[name] for name in amounts} == amounts
    assert added.json["transaction_id"]
    empty = await post(ada, "/currency", {"wallet_id": wallet_id, "code": "BTC"})
    assert (empty.status, empty.json["amount"], "transaction_id" in empty.json) == (201, "0", False)
    shown = (await ada.ask("GET", "/wallets/Savings")).json["currencies"]
    assert [each["code"] for each in shown] == ["BTC", "USD"]
    assert is_problem(await post(ada, "/currency", {"wallet_id": wallet_id, "code": "USD"}), 409)


async def test_only_codes_that_an_exchange_or_iso_4217_knows_are_currencies(ada: Client) -> None:
    wallet_id = await new_wallet(ada)
    for code, status in (("TRX", 201), ("XOF", 201), ("NOSUCHCOIN", 422), ("B T C", 422)):
        answer = await post(ada, "/currency", {"wallet_id": wallet_id, "code": code})
        assert answer.status == status, answer.body
        assert status == 201 or is_problem(answer, 422, "code")


@pytest.mark.parametrize(
    ("code", "amount", "is_taken"),
    [
        ("JPY", "1", True),
        ("JPY", "0.5", False),
        ("USD", "0.01", True),
        ("USD", "0.001", False),
        ("USD", "1.10000", True),
        ("KWD", "0.001", True),
        ("BTC", "0.000000000000000001", True),
        ("BTC", "1e-18", True),
        ("BTC", "0.0000000000000000001", False),
        ("BTC", "99999999999999999999.999999999999999999", True),
        ("BTC", "100000000000000000000", False),
    ],
)
async def test_an_amount_has_at_most_the_decimals_of_its_currency_and_is_never_rounded(
    ada: Client, code: str, amount: str, is_taken: bool
) -> None:
    wallet_id = await new_wallet(ada)
    answer = await post(ada, "/currency", {"wallet_id": wallet_id, "code": code, "amount": amount})
    assert answer.status == 201 if is_taken else is_problem(answer, 422, "amount")
    currency_id = answer.json["id"] if is_taken else await new_currency(ada, wallet_id, code)
    added = await move(ada, currency_id, amount)
    assert added.status in {200, 422}
    assert (added.status == 200) == (is_taken and not amount.startswith("9999"))


async def test_funds_are_added_and_withdrawn(ada: Client) -> None:
    currency_id = await funded(ada, "100")
    added = await move(ada, currency_id, 0.25)
    assert (added.status, added.json["amount"]) == (200, "100.25")
    taken = await post(ada, f"/currency/add_or_withdraw_funds/{currency_id}", {"amount": "-100.25"}, method="PATCH")
    assert (taken.status, taken.json["available"]) == (200, "0")
    assert added.json["transaction_id"] != taken.json["transaction_id"]
    assert await holding(ada, currency_id) == {
        name: value for name, value in taken.json.items() if name != "transaction_id"
    }


async def test_nobody_withdraws_more_than_there_is(ada: Client) -> None:
    currency_id = await funded(ada, "20")
    answer = await move(ada, currency_id, "-25.5")
    assert is_problem(answer, 409)
    assert answer.json["type"] == "/problems/insufficient-funds"
    assert (answer.json["available"], answer.json["asked"], answer.json["code"]) == ("20", "25.5", "USD")
    assert (await holding(ada, currency_id))["amount"] == "20"


@pytest.mark.parametrize(
    "amount", [0, "0", "-0", "0.000", "", "x", None, True, "NaN", "1e19", "--1", "-1e-19", [], "9" * 41]
)
async def test_an_amount_that_moves_nothing_or_is_none_is_refused(ada: Client, amount: object) -> None:
    currency_id = await funded(ada, "20")
    assert is_problem(await move(ada, currency_id, amount), 422, "amount")


async def test_of_a_hundred_withdrawals_at_once_with_funds_for_one_one_succeeds(ada: Client) -> None:
    currency_id = await funded(ada, "10")
    answers = await asyncio.gather(*(move(ada, currency_id, "-10") for _ in range(100)))
    statuses = [answer.status for answer in answers]
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409, 429, 503}
    assert (await holding(ada, currency_id))["amount"] == "0"


async def test_a_repeated_key_moves_money_once(ada: Client) -> None:
    currency_id = await funded(ada, "10")
    answers = await asyncio.gather(*(move(ada, currency_id, "5", key="once") for _ in range(8)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert sorted(answer.headers["Idempotency-Replayed"] for answer in answers) == ["false"] + ["true"] * 7
    assert (await holding(ada, currency_id))["amount"] == "15"
    assert is_problem(await move(ada, currency_id, "6", key="once"), 422, "Idempotency-Key")


async def test_a_refused_key_stays_refused_with_its_reason(ada: Client) -> None:
    currency_id = await funded(ada, "10")
    refused = await move(ada, currency_id, "-11", key="refused")
    assert is_problem(refused, 409)
    await move(ada, currency_id, "100")
    again = await move(ada, currency_id, "-11", key="refused")
    assert is_problem(again, 409)
    assert (again.json["available"], again.headers["Idempotency-Replayed"]) == ("10", "true")
    assert (await holding(ada, currency_id))["amount"] == "110"


async def test_whatever_moves_money_needs_a_key_and_nothing_else_does(ada: Client) -> None:
    made = await ada.ask("POST", "/wallets", json={"name": "Savings"})
    assert made.status == 201
    wallet_id = made.json["id"]
    currency = {"wallet_id": wallet_id, "code": "USD"}
    assert is_problem(await ada.ask("POST", "/currency", json=currency | {"amount": 1}), 422, "Idempotency-Key")
    added = await ada.ask("POST", "/currency", json=currency)
    assert added.status == 201
    path = f"/currency/add_or_withdraw_funds/{added.json['id']}"
    for method in ("POST", "PATCH"):
        assert is_problem(await ada.ask(method, path, json={"amount": 1}), 422, "Idempotency-Key")
    body = {"from_currency_id": added.json["id"], "to_currency_id": added.json["id"], "amount": 1}
    assert is_problem(await ada.ask("POST", "/transfers", json=body), 422, "Idempotency-Key")


async def test_a_transfer_moves_between_ones_own_wallets(ada: Client) -> None:
    source, destination = await funded(ada, "10"), await funded(ada, "1", name="Other")
    answer = await transfer(ada, source, destination, "2.5")
    assert answer.status == 200
    assert answer.json["amount"] == "2.5"
    assert (answer.json["from_currency"]["amount"], answer.json["to_currency"]["amount"]) == ("7.5", "3.5")
    assert is_problem(await transfer(ada, source, destination, "7.51"), 409)
    assert is_problem(await transfer(ada, source, destination, "0"), 422, "amount")
    assert is_problem(await transfer(ada, source, source, "1"), 422, "to_currency_id")
    bitcoin = await funded(ada, "1", "BTC", "Third")
    assert is_problem(await transfer(ada, source, bitcoin, "1"), 422, "to_currency_id")
    assert is_problem(await transfer(ada, source, str(uuid4()), "1"), 404)


async def test_a_wallet_with_money_in_it_is_not_deleted(ada: Client) -> None:
    currency_id = await funded(ada, "0.01")
    wallet_id = (await ada.ask("GET", "/wallets/Savings")).json["id"]
    assert is_problem(await ada.ask("DELETE", f"/wallet/{wallet_id}"), 409)
    await move(ada, currency_id, "-0.01")
    assert (await ada.ask("DELETE", f"/wallet/{wallet_id}")).status == 204
    assert is_problem(await move(ada, currency_id, "1"), 404)
    entries = (await ada.ask("GET", "/wallets/Savings/entries")).json["entries"]
    assert [each["amount"] for each in entries] == ["-0.01", "0.01"]
    assert is_problem(await ada.ask("GET", "/wallets/Savings"), 404)


async def test_what_belongs_to_somebody_else_is_missing(ada: Client, grace: Client) -> None:
    currency_id = await funded(ada, "10")
    wallet_id = (await ada.ask("GET", "/wallets/Savings")).json["id"]
    hers = await funded(grace, "10", name="hers")
    for answer in (
        await grace.ask("GET", "/wallets/Savings"),
        await grace.ask("GET", "/wallets/Savings/entries"),
        await grace.ask("GET", "/wallets/Savings/currencies_converted"),
        await post(grace, f"/wallet/{wallet_id}", {"name": "mine"}, method="PUT"),
        await grace.ask("DELETE", f"/wallet/{wallet_id}"),
        await post(grace, "/currency", {"wallet_id": wallet_id, "code": "EUR"}),
        await move(grace, currency_id, "1"),
        await move(grace, currency_id, "-1"),
        await transfer(grace, currency_id, hers, "1"),
        await transfer(grace, hers, currency_id, "1"),
        await move(grace, str(uuid4()), "1"),
        await move(grace, "no-id", "1"),
    ):
        assert is_problem(answer, 404)
    assert (await holding(ada, currency_id))["amount"] == "10"
    assert currency_id not in (await grace.ask("GET", "/entries")).body.decode()


async def test_a_key_needs_the_scope_and_a_stranger_gets_nothing(ada: Client) -> None:
    reader, writer = await ada.new_key("wallets:read"), await ada.new_key("wallets:write")
    assert (await reader.ask("GET", "/wallets")).status == 200
    assert is_problem(await post(reader, "/wallets", {"name": "x"}), 403)
    assert (await post(writer, "/wallets", {"name": "x"})).status == 201
    assert is_problem(await writer.ask("GET", "/wallets"), 403)
    ada.access = ""
    assert is_problem(await ada.ask("GET", "/wallets"), 401)


async def test_a_user_with_funds_is_not_deleted(ada: Client) -> None:
    currency_id = await funded(ada, "10")
    assert is_problem(await ada.ask("DELETE", "/me"), 409)
    await move(ada, currency_id, "-10")
    assert (await ada.ask("DELETE", "/me")).status == 204


async def test_the_same_content_is_the_same_request_however_it_is_written(ada: Client) -> None:
    currency_id = await funded(ada, "10")
    path = f"/api/v1/currency/add_or_withdraw_funds/{currency_id}"
    sent = {"Idempotency-Key": "one", "Content-Type": "application/json"}
    first = await ada.ask("POST", path, data=b'{"amount": "5"}', headers=sent)
    for method, to, body in (
        ("POST", path, b'{\n  "amount":"5" }'),
        ("PATCH", path, b'{"amount":"5"}'),
        ("POST", path.replace("/v1", ""), b'{"amount": "5"}'),
    ):
        again = await ada.ask(method, to, data=body, headers=sent)
        assert (again.status, again.json, again.headers["Idempotency-Replayed"]) == (200, first.json, "true")
    for body in (b'{"amount": 5}', b'{"amount": "5.0"}', b'{"amount": "-5"}'):
        assert is_problem(await ada.ask("POST", path, data=body, headers=sent), 422, "Idempotency-Key")
    other = await funded(ada, "1", name="Other")
    assert is_problem(
        await ada.ask("POST", path.replace(currency_id, other), data=b'{"amount": "5"}', headers=sent),
        422,
        "Idempotency-Key",
    )
    assert (await holding(ada, currency_id))["amount"] == "15"


async def test_amounts_that_cannot_be_transferred_are_told_alike(ada: Client) -> None:
    source, destination = await funded(ada, "10"), await funded(ada, "0", name="Other")
    for amount in ("0", "-0.1", "-5", "0.00"):
        refused = await transfer(ada, source, destination, amount)
        assert is_problem(refused, 422, "amount")
        assert refused.json["errors"][0]["detail"] == "must be more than 0"


async def test_an_id_that_is_none_is_missing_like_any_other(ada: Client) -> None:
    for path in ("/wallet/{}", "/currency/add_or_withdraw_funds/{}"):
        method, body = ("PUT", {"name": "x"}) if "wallet" in path else ("POST", {"amount": "1"})
        answers = [await post(ada, path.format(id_), body, method=method) for id_ in ("x", str(uuid4()))]
        assert {(answer.status, answer.json["detail"]) for answer in answers} == {(404, answers[0].json["detail"])}
