"""How long each fault lasts: short in `make test`, full in `make test.resilience`."""

import os

VARIABLE = "CROSSRATE_TEST_RESILIENCE"
IS_WHOLE = os.environ.get(VARIABLE) == "whole"

FAULT_SECONDS = 20.0 if IS_WHOLE else 2.5

# A fault must outlast an attempt, or a line that only trickles is not noticed. A whole run keeps the default.
ATTEMPT_SETTINGS = {} if IS_WHOLE else {"attempt_timeout_seconds": "2"}

# Orders have a target of their own, `make test.orders`, with 10,000 of 200 users and 50 kills: it takes many minutes.
ORDERS = int(os.environ.get("CROSSRATE_TEST_ORDERS", "60"))
ORDERS_AT_ONCE = 48 if ORDERS > 1000 else 8
USERS = max(5, ORDERS // 50)
WORKERS = 3 if ORDERS > 1000 else 2
KILLS = max(2, ORDERS // 200)
MOST_SECONDS = 240.0 + ORDERS / 3
