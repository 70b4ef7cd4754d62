"""The users that locust lets loose: `make locust` starts it, and tells it the mix of requests in a file.

It imports nothing of the project, because locust patches the standard library for gevent as it starts.
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


def _mix() -> list[TaskSet | Callable[..., Any]]:
    """Return a task for each kind, as often as its weight says: locust draws one of them each time."""
    if MIX_VARIABLE not in os.environ:
        raise SystemExit("Start it with `make locust`, which makes the mix of requests.")
    kinds = json.loads(Path(os.environ[MIX_VARIABLE]).read_text(encoding="utf-8"))
    return [task for kind in kinds for task in [_task(kind)] * kind["weight"]]


class Caller(FastHttpUser):
    """Asks again as soon as it is answered. Every answer is looked at, not only its status."""

    network_timeout = connection_timeout = LONGEST_ANSWER_SECONDS
    tasks = _mix()

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


@events.quitting.add_listener  # type: ignore[untyped-decorator]  # locust leaves it untyped
def fail_where_nothing_was_asked(environment: Environment, **_: object) -> None:
    """End with status 1 when not one request was sent: that nothing failed then says nothing."""
    if environment.stats.total.num_requests == 0:
        environment.process_exit_code = 1
