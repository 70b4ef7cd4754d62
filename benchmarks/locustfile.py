"""Locust's users. `make locust` starts them and passes the mix of requests in a file.

This module imports nothing of the project, because locust patches the standard library for gevent at its start.
"""

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from locust import FastHttpUser, TaskSet, events
from locust.env import Environment

MIX_VARIABLE = "BENCHMARK_MIX"
LONGEST_ANSWER_SECONDS = 10.0


def _task(kind: dict[str, Any]) -> Callable[["Caller"], None]:
    def ask(caller: "Caller") -> None:
        caller.ask(kind)

    return ask


def _kinds() -> list[dict[str, Any]]:
    if MIX_VARIABLE not in os.environ:
        raise SystemExit("Start it with `make locust`, which writes the mix of requests.")
    kinds: list[dict[str, Any]] = json.loads(Path(os.environ[MIX_VARIABLE]).read_text(encoding="utf-8"))
    return kinds


class Caller(FastHttpUser):
    """Asks again as soon as it is answered, and checks the body of every answer as well as its status."""

    network_timeout = connection_timeout = LONGEST_ANSWER_SECONDS
    kinds = _kinds()
    # Locust draws one of these each time, so each kind is repeated as often as its weight says.
    tasks: list[TaskSet | Callable[..., Any]] = [task for kind in kinds for task in [_task(kind)] * kind["weight"]]  # noqa: RUF012 -- locust reads a class attribute

    def on_start(self) -> None:
        """Send one request of each kind, so that even the shortest run covers all."""
        for kind in self.kinds:
            self.ask(kind)

    def ask(self, kind: dict[str, Any]) -> None:
        """Send one request of this kind."""
        body = random.choice(kind["bodies"])  # noqa: S311 -- not secret
        headers = {"Content-Type": kind["content_type"]}
        with self.client.post(
            kind["path"], data=body, headers=headers, name=kind["name"], catch_response=True
        ) as response:
            if response.status_code != kind["status"]:
                response.failure(f"{response.status_code} instead of {kind['status']}: {response.text}")
                return
            try:
                answer = json.loads(response.text)
            except ValueError:
                response.failure("the answer is not JSON")
                return
            if any(answer.get(member) != value for member, value in kind["answer"].items()):
                response.failure(f"not {kind['answer']}: {answer}")
            else:
                response.success()


@events.quitting.add_listener  # type: ignore[untyped-decorator]  # untyped in locust
def fail_if_nothing_was_sent(environment: Environment, **_: object) -> None:
    """End with status 1 if no request was sent: then the absence of failures proves nothing."""
    if environment.stats.total.num_requests == 0:
        environment.process_exit_code = 1
