"""A pytest plugin that measures coverage only while that can raise it, because measuring slows all of Python down.

With `--cov`, the modules of domain and application are imported first, so that their own lines count. Then unit tests
and contracts are measured, and nothing else: not the imports of the tests, nor contracts over a real database, which do
what the same ones do over the fake, nor properties, which reach the same lines hundreds of times: all tests of
Hypothesis, and all in a file of properties. Those that are measured must reach the bound by themselves.
"""

import pkgutil
from collections.abc import Generator
from importlib import import_module
from typing import Protocol

import pytest

import application
import domain
from tests.project import ROOT

MEASURED = (ROOT / "tests" / "unit", ROOT / "tests" / "contracts")
REAL_DATABASES = ("sqlite", "postgres")


class _Controller(Protocol):
    started: bool

    def pause(self) -> None: ...

    def resume(self) -> None: ...


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    if _controller(session.config) is not None:
        for package in (domain, application):
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                import_module(module.name)
    _measure(session.config, wanted=False)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    _measure(item.config, wanted=is_measured(item))
    return (yield)


def is_measured(item: pytest.Item) -> bool:
    is_real = any(f"[{name}" in item.name or f"-{name}" in item.name for name in REAL_DATABASES)
    is_generated = item.get_closest_marker("hypothesis") is not None or item.path.stem.endswith("_properties")
    return not (is_real or is_generated) and any(item.path.is_relative_to(folder) for folder in MEASURED)


def _measure(config: pytest.Config, *, wanted: bool) -> None:
    controller = _controller(config)
    if controller is None or controller.started == wanted:
        return
    if wanted:
        controller.resume()
    else:
        controller.pause()


def _controller(config: pytest.Config) -> _Controller | None:
    plugin = config.pluginmanager.getplugin("_cov")
    return getattr(plugin, "cov_controller", None)
