"""Entries for plain-text accounting: beancount and hledger.

Neither needs transactions in the order of their dates. What a transaction moves between the listed wallets and
everything else is one posting to an account of equity per currency, so that each transaction balances.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Literal

from application.concurrency.cooperative import yield_to_event_loop
from application.wallets.list_entries import WalletEntry
from domain.decimals import EXACT, plain

PlainTextFormat = Literal["beancount", "hledger"]
PLAIN_TEXT: Mapping[str | None, PlainTextFormat] = {"beancount": "beancount", "hledger": "hledger"}

# A fraction of a millisecond, for which a conversion that arrives meanwhile waits.
ENTRIES_PER_SLICE = 20

EQUITY = "Equity:Outside"

# Beancount's own rules for names of commodities and accounts.
_COMMODITY = re.compile(r"[A-Z][A-Z0-9'._-]{0,22}[A-Z0-9]", re.ASCII)
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+", re.ASCII)

# Beancount opens each account on its first use.
_OPENING = b'plugin "beancount.plugins.auto_accounts"\n\n'


async def plain_text(entries: AsyncIterator[WalletEntry], written_as: PlainTextFormat) -> AsyncIterator[bytes]:
    """Yield the document in pieces. Entries of one transaction must follow one another."""
    write = _beancount if written_as == "beancount" else _hledger
    yield _OPENING if written_as == "beancount" else b""
    gathered: list[WalletEntry] = []
    number = 0
    async for entry in entries:
        number += 1
        if number % ENTRIES_PER_SLICE == 0:
            await yield_to_event_loop()
        if gathered and entry.entry.header.id != gathered[0].entry.header.id:
            yield write(gathered).encode()
            gathered = []
        gathered.append(entry)
    if gathered:
        yield write(gathered).encode()


def _beancount(entries: Sequence[WalletEntry]) -> str:
    header = entries[0].entry.header
    lines = [f'{_day(entries[0])} * "{header.kind}" "{_escaped(header.reason)}"', f'  id: "{header.id}"']
    lines.extend(f"  Assets:{_account(each)}  {plain(_amount(each))} {_commodity(each)}" for each in entries)
    lines.extend(f"  {EQUITY}  {plain(amount)} {code}" for code, amount in _outside(entries, _commodity).items())
    return "\n".join(lines) + "\n\n"


def _hledger(entries: Sequence[WalletEntry]) -> str:
    header = entries[0].entry.header
    reason = f" {header.reason.replace(';', ',')}" if header.reason else ""
    lines = [f"{_day(entries[0])} * {header.kind}{reason}  ; id: {header.id}"]
    lines.extend(f"    Assets:{_account(each)}  {plain(_amount(each))} {_in_quotes(each)}" for each in entries)
    lines.extend(f"    {EQUITY}  {plain(amount)} {code}" for code, amount in _outside(entries, _in_quotes).items())
    return "\n".join(lines) + "\n\n"


def _outside(entries: Sequence[WalletEntry], name: Callable[[WalletEntry], str]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for each in entries:
        code = name(each)
        sums[code] = EXACT.subtract(sums.get(code, Decimal(0)), _amount(each))
    return {code: amount for code, amount in sums.items() if amount}


def _amount(of: WalletEntry) -> Decimal:
    return of.asset.amount_of(of.entry.posting.available_change + of.entry.posting.held_change)


def _day(of: WalletEntry) -> str:
    return datetime.fromtimestamp(of.entry.header.occurred_at_us // 1_000_000, UTC).strftime("%Y-%m-%d")


def _account(of: WalletEntry) -> str:
    """Name the account after the wallet, with a part of its id: two names may differ only where nothing is allowed."""
    words = _NOT_IN_NAMES.sub("-", of.wallet.name).strip("-") or "Wallet"
    return f"{words[0].upper()}{words[1:]}-{of.wallet.id.hex[:8]}"


def _commodity(of: WalletEntry) -> str:
    """Return the code if beancount can read it, else X and its bytes in hexadecimal: 23 characters, with a digest."""
    code = str(of.currency.code)
    written = code.encode()
    digits = written.hex() if len(written) <= 11 else written[:5].hex() + sha256(written).hexdigest()[:12]
    return code if _COMMODITY.fullmatch(code) else f"X{digits.upper()}"


def _in_quotes(of: WalletEntry) -> str:
    code = str(of.currency.code)
    return code if code.isascii() and code.isalpha() else f'"{code}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
