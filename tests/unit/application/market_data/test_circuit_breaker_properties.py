"""The breaker against a second, plain version of its rules, under any events in any order."""

from dataclasses import dataclass

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, consumes, invariant, multiple, rule

from application.market_data.circuit_breaker import BreakerState, Call, CircuitBreaker
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.exchange import failure

# Quarters of a second are exact in floats, so that edges are met and not missed by a rounding.
SECONDS = st.one_of(st.integers(0, 8), st.integers(0, 48)).map(lambda quarters: quarters / 4)


@dataclass(eq=False)
class Sent:
    """A call under way. It is old when the breaker has opened since."""

    call: Call
    is_probe: bool
    is_old: bool = False


class BreakerAndItsRules(RuleBasedStateMachine):
    """Calls come, end well, fail, ask for a pause or are broken off, while the time goes on."""

    under_way: Bundle[Sent] = Bundle("under_way")

    def __init__(self) -> None:
        super().__init__()
        self.breaker = CircuitBreaker()
        self.now = NOON
        self.open_until: float | None = None
        self.ends: list[tuple[float, bool]] = []
        self.sent: list[Sent] = []

    @rule(seconds=SECONDS)
    def time_goes_on(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=under_way)
    def a_call_comes(self) -> Sent | MultipleResults[Sent]:
        is_closed, is_probing = self.open_until is None, any(each.is_probe for each in self.sent)
        if is_closed or (self.open_until_now() == 0 and not is_probing):
            sent = Sent(self.breaker.admit(self.now), is_probe=not is_closed)
            self.sent.append(sent)
            return sent
        with pytest.raises(ExchangeUnavailable) as caught:
            self.breaker.admit(self.now)
        assert (caught.value.retry_after_seconds or 0) == self.open_until_now()
        assert not caught.value.is_transient
        return multiple()  # nothing that could end

    @rule(sent=consumes(under_way))
    def it_goes_well(self, sent: Sent) -> None:
        assert self.breaker.succeeded(sent.call, self.now) is (sent.is_probe and not sent.is_old)
        self.over(sent)
        if sent.is_old:
            return
        if sent.is_probe:
            self.open_until, self.ends = None, []
        else:
            self.ends.append((self.now, False))

    @rule(sent=consumes(under_way))
    def it_fails(self, sent: Sent) -> None:
        opens = False
        if not sent.is_old:
            self.ends.append((self.now, True))
            recent = [has_failed for ended_at, has_failed in self.ends if ended_at > self.now - 10]
            opens = sent.is_probe or (len(recent) >= 5 and recent.count(True) * 2 >= len(recent))
        assert self.breaker.failed(sent.call, failure("binance"), self.now) is opens
        self.over(sent)
        if opens:
            self.opened(5)

    @rule(outcomes=st.lists(st.booleans(), min_size=2, max_size=8))
    def some_come_and_end_at_once(self, outcomes: list[bool]) -> None:
        for has_failed in outcomes:
            sent = self.a_call_comes()
            if isinstance(sent, Sent):
                (self.it_fails if has_failed else self.it_goes_well)(sent)

    @rule(sent=consumes(under_way), seconds=st.sampled_from([0.25, 1.0, 7.0, 300.0]))
    def it_asks_for_a_pause(self, sent: Sent, seconds: float) -> None:
        lengthens = seconds >= self.open_until_now()
        limited = failure("binance", FailureReason.RATE_LIMITED, retry_after_seconds=seconds)
        assert self.breaker.failed(sent.call, limited, self.now) is lengthens
        self.over(sent)
        if lengthens:
            self.opened(seconds)

    @rule(sent=consumes(under_way))
    def it_is_broken_off(self, sent: Sent) -> None:
        self.over(sent)

    def over(self, sent: Sent) -> None:
        self.breaker.release(sent.call)
        self.sent.remove(sent)

    def opened(self, seconds: float) -> None:
        self.open_until, self.ends = self.now + seconds, []
        for sent in self.sent:
            sent.is_old = True

    def open_until_now(self) -> float:
        return 0 if self.open_until is None else max(0.0, self.open_until - self.now)

    @invariant()
    def there_are_never_two_probes(self) -> None:
        assert sum(each.is_probe for each in self.sent) <= 1

    @invariant()
    def it_is_as_the_rules_say(self) -> None:
        half_or_open = BreakerState.OPEN if self.open_until_now() else BreakerState.HALF_OPEN
        assert self.breaker.state(self.now) is (BreakerState.CLOSED if self.open_until is None else half_or_open)

    def teardown(self) -> None:
        """It always recovers: with nothing under way and the time over, one call that goes well closes it."""
        for sent in list(self.sent):
            self.over(sent)
        self.now += self.open_until_now()
        call = self.breaker.admit(self.now)
        self.breaker.succeeded(call, self.now)
        self.breaker.release(call)
        assert self.breaker.state(self.now) is BreakerState.CLOSED


TestBreakerAndItsRules = BreakerAndItsRules.TestCase
