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


def _kinds() -> list[dict[str, Any]]:
    if MIX_VARIABLE not in os.environ:
        raise SystemExit("Start it with `make locust`, which makes the mix of requests.")
    kinds: list[dict[str, Any]] = json.loads(Path(os.environ[MIX_VARIABLE]).read_text(encoding="utf-8"))
    return kinds


class Caller(FastHttpUser):
    """Asks again as soon as it is answered. Every answer is looked at, not only its status."""

    network_timeout = connection_timeout = LONGEST_ANSWER_SECONDS
    kinds = _kinds()
    # One of these is drawn each time: each kind stands there as often as its weight says.
    tasks: list[TaskSet | Callable[..., Any]] = [task for kind in kinds for task in [_task(kind)] * kind["weight"]]  # noqa: RUF012 -- locust's own way

    def on_start(self) -> None:
        """Ask one of each kind, so that the shortest run leaves none out."""
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


@events.quitting.add_listener  # type: ignore[untyped-decorator]  # locust leaves it untyped
def fail_where_nothing_was_asked(environment: Environment, **_: object) -> None:
    """End with status 1 when not one request was sent: that nothing failed then says nothing."""
    if environment.stats.total.num_requests == 0:
        environment.process_exit_code = 1
