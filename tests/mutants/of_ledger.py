"""Faults that the tests of the ledger itself find, without HTTP."""

from tests.mutants.mutant import Edit, Mutant

POSTED = "domain/ledger/posted.py"
POSTING = "domain/ledger/posting.py"
POSTGRES = "adapters/sql/ledger/postgres.py"
JOURNAL = "adapters/sql/ledger/journal.py"
POST = "application/ledger/post_transaction.py"
DEPOSIT = "domain/ledger/movements/deposit.py"
GROUPS = "application/concurrency/group_commit.py"

_NO_LOCK = Edit(POSTGRES, "    FOR NO KEY UPDATE OF account\n", "")
_ONE_TOO_MANY = Edit(DEPOSIT, "Movement(to, amount))", "Movement(to, amount + 1))")


def _in_the_database(test: str, fault: str, *edits: Edit) -> Mutant:
    return Mutant(fault, f"tests/contracts/database/test_ledger.py::test_{test}", edits)


def _at_once(test: str, fault: str, *edits: Edit) -> Mutant:
    return Mutant(fault, f"tests/contracts/database/test_ledger_at_once.py::test_{test}", edits)


def _in_a_group(test: str, fault: str, *edits: Edit) -> Mutant:
    return Mutant(fault, f"tests/contracts/database/test_group_commit.py::test_{test}", edits)


def _in_the_domain(test: str, fault: str, *edits: Edit) -> Mutant:
    return Mutant(fault, f"tests/unit/domain/ledger/test_posting.py::test_{test}", edits)


MUTANTS = (
    _in_the_database(
        "a_withdrawal_of_more_than_there_is_changes_nothing_and_says_what_there_is",
        "funds are not checked",
        Edit(
            POSTED, "if balance.available < 0 and movement.available < 0 and not account.may_be_negative:", "if False:"
        ),
    ),
    _in_the_domain(
        "no_more_is_released_than_is_held",
        "more is released than is held",
        Edit(POSTED, "if balance.held < 0:", "if False:"),
    ),
    _in_the_database(
        "nothing_is_posted_to_a_closed_account",
        "a closed account is posted to",
        Edit(POSTED, "if account.closed_at_us is not None:", "if False:"),
    ),
    _at_once(
        "no_simultaneous_credit_to_one_account_is_lost",
        "accounts are read without a lock, and set whatever their version",
        _NO_LOCK,
        Edit(POSTGRES, " AND account.version = posting.version - 1", ""),
    ),
    _at_once(
        "no_simultaneous_credit_to_one_account_is_lost",
        "accounts are read without a lock, and nothing is lost because the version tells",
        _NO_LOCK,
    ),
    _at_once(
        "accounts_are_locked_in_the_order_of_their_ids",
        "accounts are locked in any order",
        Edit(POSTGRES, "ORDER BY account.id\n", "ORDER BY random()\n"),
    ),
    _in_the_domain(
        "the_hash_is_of_the_documented_bytes",
        "a hash leaves out the reason",
        Edit(POSTING, "            header.reason,\n", ""),
    ),
    _in_the_database(
        "each_posting_has_the_next_version_the_balance_and_a_hash_after_the_one_before",
        "every hash follows zeros",
        Edit(POSTING, "posting.hash_after(account.hash, header)", "posting.hash_after(bytes(32), header)"),
    ),
    _in_the_database(
        "each_posting_has_the_next_version_the_balance_and_a_hash_after_the_one_before",
        "a version is skipped",
        Edit(POSTING, "account.version + 1, *changes", "account.version + 2, *changes"),
    ),
    _in_the_database(
        "a_deposit_is_in_the_account_and_missing_outside",
        "a deposit gives one unit more than it takes",
        _ONE_TOO_MANY,
    ),
    _in_the_database(
        "a_deposit_is_in_the_account_and_missing_outside",
        "the same, and only the database adds up",
        _ONE_TOO_MANY,
        Edit("domain/ledger/transaction.py", "    if any(sums.values()):", "    if False:"),
    ),
    _in_the_database(
        "a_hold_is_settled_in_part_and_the_rest_is_released",
        "a settlement keeps the rest",
        Edit("domain/ledger/movements/settle.py", "hold.amount - paid, held=-hold.amount", "0, held=-paid"),
    ),
    _in_the_database(
        "posting_again_changes_nothing_and_tells_what_happened_then",
        "a repeat is decided again",
        Edit(
            POST,
            "        if (before := await _posted_before(unit, transaction)) is not None:\n            return before\n",
            "",
        ),
    ),
    _at_once(
        "simultaneous_duplicates_are_one_transaction",
        "a taken id is not expected by the insertion",
        Edit(POSTGRES, "        ON CONFLICT (id) DO NOTHING\n", ""),
    ),
    _in_the_database(
        "an_id_of_another_transaction_is_a_conflict",
        "another transaction with a known id counts as a repeat",
        Edit(POST, "if posted is not None and not posted.is_of(transaction):", "if False:"),
    ),
    _in_the_database(
        "a_released_hold_is_available_again_once",
        "a hold is resolved without a look at its outcome",
        Edit(JOURNAL, 'HOLDS.c.id == bindparam("hold"), HOLDS.c.outcome.is_(None)', 'HOLDS.c.id == bindparam("hold")'),
    ),
    _in_the_database(
        "a_released_hold_is_available_again_once",
        "a hold stays open",
        Edit(JOURNAL, "            await self._resolve(posted.resolves, posted.header.id)\n", "            pass\n"),
    ),
    _in_the_database(
        "an_expired_hold_is_released_and_cannot_be_settled",
        "a hold is settled after its time",
        Edit(
            POSTED, "if resolution.outcome is HoldOutcome.SETTLED and resolution.hold.is_expired(now_us):", "if False:"
        ),
    ),
    _in_the_database(
        "an_account_s_postings_are_in_the_order_of_their_times_even_if_the_clock_is_set_back",
        "times go back with the clock",
        Edit(POSTED, "max([now_us, *(accounts[id_].changed_at_us + 1 for id_ in transaction.account_ids)])", "now_us"),
    ),
    _in_the_database(
        "the_balance_at_any_past_moment_is_known",
        "what was recorded at a moment does not count at that moment",
        Edit(
            "adapters/sql/ledger/accounts.py",
            "POSTINGS.c.recorded_at_us <= moment_us",
            "POSTINGS.c.recorded_at_us < moment_us",
        ),
    ),
    _in_the_database(
        "amounts_of_up_to_38_digits_are_exact",
        "amounts pass through a float",
        Edit("adapters/sql/ledger/units.py", 'f"{value:+0{DIGITS + 1}d}"', 'f"{int(float(value)):+0{DIGITS + 1}d}"'),
    ),
    _in_the_database(
        "a_correction_is_the_opposite_with_a_reason_and_is_made_once",
        "a mistake is corrected twice",
        Edit(
            "application/ledger/correct_transaction.py",
            "if await unit.journal.find_correction(mistake_id) not in {None, transaction_id}:",
            "if False:",
        ),
    ),
    _in_the_database(
        "a_correction_is_the_opposite_with_a_reason_and_is_made_once",
        "a correction repeats the mistake",
        Edit("domain/ledger/movements/correction.py", "-posting.available_change)", "posting.available_change)"),
    ),
    _in_the_database(
        "a_transfer_needs_two_accounts_of_one_asset",
        "assets mix",
        Edit(POSTED, "if movement.account.asset != account.asset.code:", "if False:"),
    ),
    _in_the_database(
        "a_user_with_funds_cannot_be_deleted_and_the_entries_of_one_without_stay",
        "a user with held funds is deleted",
        Edit("application/ledger/funds.py", "AccountKind.USER]", "AccountKind.USER and not account.balance.held]"),
    ),
    _in_the_database(
        "entries_come_newest_first_in_pages_that_miss_and_repeat_nothing",
        "pages of entries skip those of one moment",
        Edit(JOURNAL, "            transaction_id < position.transaction_id,\n", ""),
    ),
    _in_a_group(
        "what_is_refused_takes_no_other_with_it",
        "a group is committed with what one that was refused has written",
        Edit(
            GROUPS,
            "return [await change.work(unit) for change in group]",
            "return list(await asyncio.gather(*(change.work(unit) for change in group), return_exceptions=True))",
        ),
    ),
    _in_a_group(
        "all_of_a_group_are_posted_in_order_in_few_units_of_work",
        "the second of a group sees the account as it was before the first",
        Edit(JOURNAL, "        self._ledger.locked |= posted.accounts_after(self._ledger.locked)\n", ""),
    ),
    _in_a_group(
        "all_of_a_group_are_posted_in_order_in_few_units_of_work",
        "what a group has gathered is answered and never stored",
        Edit(
            JOURNAL,
            "        self._ledger.is_gathering = False\n        await self._ledger.store(self._connection)\n",
            "        self._ledger.is_gathering = False\n",
        ),
    ),
    _in_a_group(
        "an_id_that_is_taken_in_a_group_is_a_repeat_and_takes_no_other_with_it",
        "a group is committed although one of its transactions was not stored",
        Edit(POSTGRES, "            raise NotStored\n", "            continue\n"),
    ),
    _in_a_group(
        "what_a_unit_gathers_it_reads_and_nobody_else_does_before_it_is_committed",
        "a unit does not find what it has gathered",
        Edit(
            JOURNAL,
            '        """Select its entries."""\n        await self._ledger.store(self._connection)\n',
            '        """Select its entries."""\n',
        ),
    ),
    Mutant(
        "a group is made again although nobody knows what became of it",
        "tests/unit/application/concurrency/test_group_commit.py::test_that_the_database_failed_is_told_to_the_whole_"
        "group_and_nothing_is_made_again",
        (Edit(GROUPS, "                _fail_all(group, error)\n", "                del error\n"),),
    ),
)
