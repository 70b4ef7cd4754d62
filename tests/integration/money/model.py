"""What one user's wallets must hold, and what must be refused: the description of the service, in 60 lines."""

from dataclasses import dataclass, field

from tests.integration.money.amounts import units_of
from tests.integration.money.writes import Add, Close, Move, Open, Rename, Transfer, Write

SCALES = {"USD": 2, "JPY": 0, "BTC": 18}  # the codes that there are, with the decimals of their amounts


@dataclass
class Model:
    """Amounts are integers, in units of 10**-18 of any currency."""

    names: dict[str, str] = field(default_factory=dict)  # of wallets, by id
    places: dict[str, tuple[str, str]] = field(default_factory=dict)  # wallet and code of currencies, by id
    units: dict[str, int] = field(default_factory=dict)  # of currencies, by id

    def refusals(self, write: Write) -> set[int]:
        """Return the status of each reason to refuse it; none if it must be done."""
        found: dict[int, bool] = {}
        match write:
            case Open(name):
                found = {409: name.lower() in map(str.lower, self.names.values())}
            case Rename(wallet, name):
                others = [taken.lower() for other, taken in self.names.items() if other != wallet]
                found = {404: wallet not in self.names, 409: name.lower() in others}
            case Close(wallet):
                filled = any(self.units[each] for each, (its, _) in self.places.items() if its == wallet)
                found = {404: wallet not in self.names, 409: filled}
            case Add(wallet, code, amount):
                wrong = code not in SCALES or units_of(amount) < 0 or is_too_fine(amount, code)
                found = {404: wallet not in self.names, 409: (wallet, code) in self.places.values(), 422: wrong}
            case Move(currency, amount):
                found = self._of_change({currency: 1}, amount, is_wrong=units_of(amount) == 0)
            case Transfer(source, to, amount):
                codes = {self.places[each][1] for each in (source, to) if each in self.places}
                wrong = units_of(amount) <= 0 or source == to or len(codes) > 1
                found = self._of_change({to: 1, source: -1}, amount, is_wrong=wrong)
        return {status for status, holds in found.items() if holds}

    def _of_change(self, signs: dict[str, int], amount: str, *, is_wrong: bool) -> dict[int, bool]:
        known = [each for each in signs if each in self.places]
        is_short = any(self.units[each] + signs[each] * units_of(amount) < 0 for each in known)
        is_wrong = is_wrong or any(is_too_fine(amount, self.places[each][1]) for each in known)
        return {404: len(known) < len(signs), 409: is_short, 422: is_wrong}

    def apply(self, write: Write, made: str) -> None:
        """Do it. `made` is the id of what it makes."""
        match write:
            case Open(name):
                self.names[made] = name
            case Rename(wallet, name):
                self.names[wallet] = name
            case Close(wallet):
                del self.names[wallet]
                self.places = {each: place for each, place in self.places.items() if place[0] != wallet}
                self.units = {each: units for each, units in self.units.items() if each in self.places}
            case Add(wallet, code, amount):
                self.places[made], self.units[made] = (wallet, code), units_of(amount)
            case Move(currency, amount):
                self.units[currency] += units_of(amount)
            case Transfer(source, to, amount):
                self.apply(Move(source, f"-{amount}"), "")
                self.apply(Move(to, amount), "")


def is_too_fine(amount: str, code: str) -> bool:
    """Tell whether an amount has more decimals than its currency; zeros at its end do not count."""
    return units_of(amount) % int("1".ljust(19 - SCALES[code], "0")) != 0
