"""Histories of one user's writes: each is answered as the model says, and the wallets hold what it holds."""

from collections import Counter
from uuid import uuid4

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.integration.money.amounts import text_of, units_of
from tests.integration.money.blocking_user import Told, User
from tests.integration.money.length import IS_WHOLE, STEPS
from tests.integration.money.model import Model
from tests.integration.money.writes import Add, Close, Move, Open, Rename, Transfer, Write

NAMES = st.sampled_from(["savings", "Savings", "SAVINGS", "trips", "Trips", "龙", "b"])
CODES = st.sampled_from(["USD", "USD", "JPY", "BTC", "BTC", "XQZ"])
# Round ones, so that they meet; with too many decimals for some; huge ones.
POSITIVE = st.sampled_from(
    ["1", "1.00", "2", "5", "1", "2", "5", "0.01", "2.50", "0.001", f"0.{1:018}", "99999999999999999"]
)
SIGNED = st.tuples(st.sampled_from(["", "-"]), POSITIVE | st.just("0")).map("".join)
PICK = st.integers(0, 63)
KINDS = st.sampled_from([Transfer, Transfer, Transfer, Move, Move, Move, Add, Add, Close, Close, Rename, Open])
MISSING = "00000000-0000-4000-8000-000000000000"

STEPS_BETWEEN_LOOKS = 5

# Settings of a service that is asked as often as can be.
LIMITS = {f"rate_limit_{name}": "off" for name in ("authenticate", "account", "credentials", "wallets")}


def tell(address: str, histories: int) -> None:
    """Generate so many, and send them to the service there, each as a user of its own."""
    Histories.address, Histories.stranger = address, User(address, has_key=True)
    phases = [Phase.generate, Phase.shrink] if IS_WHOLE else [Phase.generate]
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=histories,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=not IS_WHOLE,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


class Histories(RuleBasedStateMachine):
    """Writes; between them repeated ones, keys used for another one, and a stranger who knows the ids."""

    address = ""
    stranger: User

    def __init__(self) -> None:
        super().__init__()
        self.user, self.model = User(self.address), Model()
        self.keys: dict[str, tuple[Write, Told]] = {}
        self.closed = [MISSING]
        self.steps = 0
        for name, codes in {"savings": ("USD", "BTC"), "trips": ("USD", "BTC", "JPY")}.items():
            self._send(Open(name))
            for code in codes:
                self._send(Add(list(self.model.names)[-1], code, "5"))

    # One rule for all: with few histories, hypothesis would leave out most of many rules.
    @rule(kind=KINDS, first=PICK, second=PICK, name=NAMES, code=CODES, amount=SIGNED)
    def step(self, kind: type[Write], first: int, second: int, name: str, code: str, amount: str) -> None:
        self.steps += 1
        wallet, currency = self._wallet(first), self._currency(first)
        other = self._currency(second, like=currency if second % 8 else "")
        everything = text_of(-self.model.units.get(currency, 1))
        writes: dict[type[Write], Write] = {
            Open: Open(name),
            Rename: Rename(wallet, name),
            Close: Close(wallet),
            Add: Add(wallet, code, amount),
            Move: Move(currency, everything if second % 4 == 0 else amount),
            Transfer: Transfer(currency, other, amount.lstrip("-") if first % 8 else amount),
        }
        self._send(writes[kind])
        if second % 3 == 0:
            self._repeat(first)
        if second % 5 == 0:
            self._use_a_key_for(Move(currency, amount) if first % 2 else Open(name), second)
        if second % 7 == 0:
            self._let_a_stranger_send(Close(wallet) if first % 2 else Move(currency, "-0.01"))

    @invariant()
    def the_wallets_hold_what_the_model_holds(self) -> None:
        """Look now and then: each answer to a change says what is left, and the end sees everything."""
        if self.steps % STEPS_BETWEEN_LOOKS == 0:
            self._look()

    def teardown(self) -> None:
        """The wallets hold what they should, and the entries add up to that: to nothing in those that are closed."""
        self._look()
        found: Counter[str] = Counter()
        for entry in self.user.ask("GET", "/entries?limit=1000").json["entries"]:
            found[entry["currency_id"]] += units_of(entry["amount"])
        self.user.close()
        assert _nonzero(found) == _nonzero(self.model.units)

    def _look(self) -> None:
        wallets = self.user.ask("GET", "/wallets").json["wallets"]
        assert {wallet["id"]: wallet["name"] for wallet in wallets} == self.model.names
        held = {each["id"]: (wallet["id"], each) for wallet in wallets for each in wallet["currencies"]}
        assert {number: (wallet, each["code"]) for number, (wallet, each) in held.items()} == self.model.places
        units = {number: units_of(each["amount"]) for number, (_, each) in held.items()}
        assert units == self.model.units

    def _repeat(self, number: int) -> None:
        """The same answer comes again, whatever has happened since."""
        key, (write, before) = list(self.keys.items())[number % len(self.keys)]
        again = self.user.ask(*write.request, key)
        assert (again.status, again.lasting) == (before.status, before.lasting)
        assert again.headers["Idempotency-Replayed"] == "true"

    def _use_a_key_for(self, other: Write, number: int) -> None:
        key, (write, _) = list(self.keys.items())[number % len(self.keys)]
        if other != write:
            answer = self.user.ask(*other.request, key)
            assert (answer.status, answer.headers.get("Idempotency-Replayed")) == (422, None), answer.body

    def _let_a_stranger_send(self, write: Write) -> None:
        assert self.stranger.ask(*write.request, uuid4().hex).status == 404
        self.stranger.close()  # the next one may be minutes away

    def _wallet(self, number: int) -> str:
        return _picked(list(self.model.names), self.closed, number)

    def _currency(self, number: int, like: str = "") -> str:
        """Pick one, as a rule another one with the same code as `like`, if that is named and there is any."""
        places = self.model.places
        alike = [each for each in places if each != like and like in places and places[each][1] == places[like][1]]
        return _picked(alike or list(places), self.closed, number)

    def _send(self, write: Write) -> None:
        key, refusals = uuid4().hex, self.model.refusals(write)
        answer = self.user.ask(*write.request, key)
        assert answer.status in (refusals or {write.success}), (write, answer.status, answer.body)
        if answer.status in {write.success, 409}:
            self.keys[key] = write, answer
        if not refusals:
            before = {*self.model.names, *self.model.places}
            self.model.apply(write, str(answer.json["id"]) if isinstance(write, Open | Add) else "")
            self.closed += sorted(before - {*self.model.names, *self.model.places})
            self._compare(write, answer)

    def _compare(self, write: Write, answer: Told) -> None:
        """The answer says what the change has left."""
        left = []
        if isinstance(write, Add | Move):
            left = [answer.json]
        if isinstance(write, Transfer):
            left = [answer.json["from_currency"], answer.json["to_currency"]]
            assert [each["id"] for each in left] == [write.from_currency_id, write.to_currency_id]
        for each in left:
            amounts = [units_of(each[name]) for name in ("amount", "available", "held")]
            assert amounts == [self.model.units[each["id"]]] * 2 + [0], (write, answer.body)


def _picked(open_ids: list[str], closed_ids: list[str], number: int) -> str:
    """Pick an id; now and then one of what is closed, or never was."""
    chosen = closed_ids if number % 16 == 15 or not open_ids else open_ids
    return chosen[number // 2 % len(chosen)]


def _nonzero(units: dict[str, int]) -> dict[str, int]:
    return {number: each for number, each in units.items() if each}
