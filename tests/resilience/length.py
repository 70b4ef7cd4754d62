"""How long each fault lasts: short in `make test`, full in `make test.resilience`."""

import os

VARIABLE = "CROSSRATE_TEST_RESILIENCE"
IS_WHOLE = os.environ.get(VARIABLE) == "whole"

FAULT_SECONDS = 20.0 if IS_WHOLE else 2.5

# Many attacks: what one costs is known after some hundred answers.
ATTACK_SECONDS = 20.0 if IS_WHOLE else 1.0

# A fault must outlast an attempt, or a line that only trickles is not noticed. A whole run keeps the default.
ATTEMPT_SETTINGS = {} if IS_WHOLE else {"attempt_timeout_seconds": "2"}

# Orders have a target of their own, `make test.orders`, with 10,000 of 200 users and 50 kills: it takes many minutes.
ORDERS = int(os.environ.get("CROSSRATE_TEST_ORDERS", "60"))
# Each is sent three times, mostly at once, to two processes.
ORDERS_AT_ONCE = 16 if ORDERS > 1000 else 8
USERS = max(5, ORDERS // 50)
# After twice as long, what could not be bought is refunded.
WAIT_SECONDS = 60.0 if ORDERS > 60 else 5.0
WORKERS = 3 if ORDERS > 1000 else 2
KILLS = max(2, ORDERS // 200)
# A bound for a machine that does much else; the test itself ends when nothing has moved for `STALL_SECONDS`.
MOST_SECONDS = 240.0 + 2.0 * ORDERS
STALL_SECONDS = 240.0
