"""How much slower this machine is now than the one for which bars in seconds were set."""

import time

# What the loop below takes there. Calculated: on a day when the first conversion and the start of a bare handler took
# 2.3 and 2.6 times as long as when their bars were set, it took 0.06 to 0.1 s.
USUAL_SECONDS = 0.03
ITERATIONS = 1_000_000
ATTEMPTS = 5


def slowness() -> float:
    """Return how many times as long plain Python takes here now, and 1 on a faster machine.

    A machine of two processors may be a half of one that others use: its speed is another from hour to hour.
    """
    return max(1.0, min(_loop_seconds() for _ in range(ATTEMPTS)) / USUAL_SECONDS)


def _loop_seconds() -> float:
    began, total = time.process_time(), 0
    for number in range(ITERATIONS):
        total += number
    return time.process_time() - began
