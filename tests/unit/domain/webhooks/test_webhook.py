"""A webhook pauses longer with each failure, and is disabled after a day of them."""

from dataclasses import replace
from itertools import pairwise
from uuid import UUID, uuid4

import pytest

from domain.webhooks.delivery import Answer, Delivery, DeliveryStatus
from domain.webhooks.event import EventType
from domain.webhooks.url import WebhookUrl
from domain.webhooks.webhook import DAY_SECONDS, Webhook
from tests.unit.fakes.clock import NOON

WEBHOOK = Webhook(
    uuid4(), uuid4(), WebhookUrl("https://example.com"), frozenset({EventType.ORDER_SETTLED}), b"sealed", NOON
)
DELIVERY = Delivery(1, WEBHOOK.id, UUID(int=0), EventType.ORDER_SETTLED, "{}", NOON, next_attempt_at=NOON)


def test_pauses_grow_to_five_minutes_and_a_success_ends_them() -> None:
    webhook, pauses = WEBHOOK, []
    for _ in range(6):
        webhook = webhook.failed("timed out", NOON)
        pauses.append(webhook.resumes_at - NOON)
    assert pauses == [5, 15, 60, 180, 300, 300]
    assert webhook.is_failing
    assert webhook.succeeded(0.1) == WEBHOOK


def test_a_receiver_that_takes_long_is_slow_until_it_is_fast_again() -> None:
    assert WEBHOOK.succeeded(2.1).is_slow
    assert not WEBHOOK.succeeded(2.1).succeeded(2.0).is_slow


def test_a_day_of_failures_disables_it_and_says_why() -> None:
    failing = WEBHOOK.failed("HTTP 500", NOON).failed("HTTP 500", NOON + DAY_SECONDS - 1)
    assert failing.disabled_at is None
    disabled = failing.failed("HTTP 502", NOON + DAY_SECONDS)
    assert disabled.disabled_at == NOON + DAY_SECONDS
    assert disabled.reason == "every attempt failed for a day; the last one: HTTP 502"
    assert disabled.enabled() == WEBHOOK


def test_a_success_within_the_day_begins_it_anew() -> None:
    failing = WEBHOOK.failed("HTTP 500", NOON).succeeded(0.1).failed("HTTP 500", NOON + DAY_SECONDS)
    assert failing.disabled_at is None


def test_a_receiver_that_is_gone_gets_nothing_more() -> None:
    assert WEBHOOK.failed("HTTP 410", NOON, is_gone=True).reason == "the receiver answered 410 Gone"


def test_an_accepted_delivery_ends() -> None:
    done = DELIVERY.attempted(Answer(204), NOON + 1)
    assert (done.status, done.attempts, done.next_attempt_at) == (DeliveryStatus.DELIVERED, 1, None)


@pytest.mark.parametrize("answer", [Answer(199), Answer(302), Answer(404), Answer(500), Answer(None, "timed out")])
def test_anything_but_2xx_is_tried_again(answer: Answer) -> None:
    assert DELIVERY.attempted(answer, NOON).next_attempt_at == NOON + 5


def test_a_delivery_is_tried_with_growing_pauses_for_a_day_and_then_given_up() -> None:
    delivery, times = DELIVERY, [0.0]
    while delivery.next_attempt_at is not None:
        now = delivery.next_attempt_at
        delivery = delivery.attempted(Answer(500), now)
        times.append(now - NOON)
    assert delivery.status is DeliveryStatus.FAILED
    pauses = [later - earlier for earlier, later in pairwise(times[1:])]
    assert pauses[:-1] == [5, 30, 120, 600, 1800, 3600, 7200, 14400, 14400, 14400, 14400, 14400]
    assert times[-1] == DAY_SECONDS
    assert delivery.attempts == len(times) - 1


def test_pauses_differ_between_events_by_up_to_a_tenth() -> None:
    other = replace(DELIVERY, event_id=UUID(int=999)).attempted(Answer(500), NOON)
    assert other.next_attempt_at == pytest.approx(NOON + 5.4995)
