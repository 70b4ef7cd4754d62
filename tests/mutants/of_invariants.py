"""Faults that the invariants over HTTP find: one for each of them."""

from tests.mutants.mutant import Edit, Mutant

POST = "application/ledger/post_transaction.py"
POSTED = "domain/ledger/posted.py"
MIGRATION = "adapters/sql/migrations/versions/r0009_ledger.py"
RECORDS = "adapters/sql/idempotency/records.py"

_CLAIM_ONLY_IF_EXPIRED = "    WHERE idempotency_keys.expires_at <= excluded.created_at\n"
_LOOK_FIRST = """        if await _FIND.fetch(self._connection, {"owner": request.owner, "key": request.key.text}):
            return await self._answer(request)
        try:
            is_first"""


def _invariant(name: str, fault: str, *edits: Edit) -> Mutant:
    return Mutant(fault, f"tests/integration/money/test_invariants.py::test_{name}", edits)


MUTANTS = (
    _invariant(
        "every_transaction_balances_in_each_asset",
        "a withdrawal loses a unit on its way out, and nobody adds up",
        Edit("domain/ledger/movements/withdrawal.py", "Movement(to, amount))", "Movement(to, amount - 1))"),
        Edit("domain/ledger/transaction.py", "    if any(sums.values()):", "    if False:"),
        Edit(MIGRATION, "available_change + posting.held_change) <> 0", "available_change + posting.held_change) > 99"),
        Edit(
            MIGRATION,
            'f"WHEN EXISTS ({_UNBALANCED_IN_SQLITE})"',
            '"WHEN FALSE"',
        ),
    ),
    _invariant(
        "what_is_recorded_stays_as_it_is",
        "SQLite lets rows of the ledger be changed",
        Edit(MIGRATION, """        _refuse_in_sqlite(table, "update", "UPDATE")""", "        pass"),
    ),
    _invariant(
        "each_hash_covers_the_posting_and_the_hash_before",
        "a hash leaves out the one before",
        Edit("domain/ledger/posting.py", "sha256(CHAIN + previous + ", "sha256(CHAIN + "),
    ),
    _invariant(
        "verifying_finds_a_changed_posting",
        "hashes are not recomputed",
        Edit("domain/ledger/verification.py", "if posting.hash != posting.hash_after(", "if not posting.hash_after("),
    ),
    _invariant(
        "64_duplicates_at_once_are_one",
        "a key is looked up before it is claimed",
        Edit(RECORDS, _CLAIM_ONLY_IF_EXPIRED, ""),
        Edit(RECORDS, "        try:\n            is_first", _LOOK_FIRST),
    ),
    _invariant(
        "a_repeated_write_changes_nothing_and_gets_the_same_answer",
        "a known key is no reason not to make the change",
        Edit("application/idempotency/write_once.py", "        if before is not None:", "        if False:"),
    ),
    _invariant(
        "a_repeated_write_changes_nothing_and_gets_the_same_answer",
        "a key does not count what the request says",
        Edit("entrypoints/http/server/idempotency.py", 'head + b"\\n" + _content(request.get(BODY, b""))', "head"),
    ),
    _invariant(
        "a_key_is_its_users_own",
        "all users share their keys",
        Edit(
            "entrypoints/http/server/idempotency.py",
            "return by_address(request) if caller is None else by_user(caller)",
            'return "everybody"',
        ),
    ),
    _invariant(
        "an_answer_has_the_balance_after_its_own_change_and_after_all_that_it_waited_for",
        "an answer has the balance that was there before the lock",
        Edit(
            "application/wallets/move_funds.py",
            "posted.posting_of(account.id).balance)",
            "type(account.balance)(account.balance.available + units, account.balance.held))",
        ),
    ),
    _invariant(
        "transfers_among_20_accounts_conserve_every_unit_at_every_moment",
        "a reader sees each account at another moment",
        Edit("adapters/sql/engine.py", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "BEGIN READ ONLY"),
        Edit("application/wallets/find_wallets.py", "ACCOUNTS_AT_A_TIME = 5000", "ACCOUNTS_AT_A_TIME = 1"),
    ),
    _invariant(
        "a_balance_is_the_sum_of_its_entries",
        "amounts of entries pass through a float",
        Edit(
            "entrypoints/http/wallets/entries_schemas.py",
            "plain(amount_of(posting.available_change + posting.held_change))",
            "plain(amount_of(int(float(posting.available_change + posting.held_change))))",
        ),
    ),
    _invariant(
        "of_100_withdrawals_at_once_with_funds_for_one_exactly_one_goes_through",
        "funds are checked before the lock, and not under it",
        Edit(
            POST,
            "    accounts = await unit.ledger_accounts.lock(transaction.account_ids)\n",
            "    post(transaction, await unit.ledger_accounts.find(transaction.account_ids), microseconds(now))\n"
            "    accounts = await unit.ledger_accounts.lock(transaction.account_ids)\n",
        ),
        Edit(
            POSTED, "if balance.available < 0 and movement.available < 0 and not account.may_be_negative:", "if False:"
        ),
    ),
    _invariant(
        "movements_of_one_unit_beside_a_huge_amount_do_not_drift",
        "amounts of wallets pass through a float",
        Edit(
            "domain/ledger/asset.py",
            "return EXACT.scaleb(Decimal(units), -self.scale)",
            "return EXACT.scaleb(Decimal(float(units)), -self.scale)",
        ),
    ),
    _invariant(
        "assets_never_mix",
        "a transfer may be between two currencies",
        Edit("application/wallets/transfer_funds.py", "if source.asset != destination.asset:", "if False:"),
        Edit(
            "application/wallets/transfer_funds.py",
            "to=destination.ref)",
            "to=type(destination.ref)(destination.id, source.asset.code))",
        ),
        Edit(POSTED, "if movement.account.asset != account.asset.code:", "if False:"),
        Edit(MIGRATION, "GROUP BY account.asset HAVING", "HAVING"),
    ),
    _invariant(
        "balances_rebuild_from_the_journal_alone",
        "an account keeps the hash that it had",
        Edit(
            "adapters/sql/ledger/postgres.py",
            "version = posting.version, hash = posting.hash",
            "version = posting.version",
        ),
    ),
    _invariant(
        "the_postings_of_an_account_are_in_one_order_without_a_gap",
        "two postings of an account may be of one moment",
        Edit(POSTED, "accounts[id_].changed_at_us + 1 for", "accounts[id_].changed_at_us for"),
    ),
    _invariant(
        "a_duplicate_of_a_refused_write_is_never_told_that_it_was_applied",
        "refusals are not kept",
        Edit(
            "application/idempotency/answer_once.py",
            "                return await self._kept(request, refusal)",
            "                raise",
        ),
    ),
    Mutant(
        "a wallet with funds may be deleted",
        "tests/integration/money/test_generated_histories.py::test_every_generated_history_ends_as_the_model_says",
        (Edit("application/wallets/delete_wallet.py", "    if funded:", "    if False:"),),
    ),
)
