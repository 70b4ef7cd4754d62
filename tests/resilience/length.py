"""How long each fault lasts: short in `make test`, full in `make test.resilience`."""

import os

VARIABLE = "CROSSRATE_TEST_RESILIENCE"
IS_WHOLE = os.environ.get(VARIABLE) == "whole"

FAULT_SECONDS = 20.0 if IS_WHOLE else 2.5

# A fault must outlast an attempt, or a line that only trickles is not noticed. A whole run keeps the default.
ATTEMPT_SETTINGS = {} if IS_WHOLE else {"attempt_timeout_seconds": "2"}
