"""Hides from some libraries others that they would import if installed, and that nobody uses through them.

This saves a third of the time of a start where all are installed. Everything else imports them as usual.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import MappingProxyType, ModuleType

# By the module that would import them.
HIDDEN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # It draws tracebacks; ours are plain.
        "structlog": ("rich",),
        # It injects into the handlers of other frameworks, and reads files of settings.
        "dependency_injector.containers": ("fast_depends", "fastapi", "starlette", "werkzeug", "yaml"),
        "dependency_injector.providers": ("yaml",),
        # It has metrics of its own; `adapters/opentelemetry` traces Redis from outside.
        "redis": ("opentelemetry",),
    }
)


def install() -> None:
    """Hide them from imports to come."""
    if not any(isinstance(finder, _LeanFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _LeanFinder())


class _LeanFinder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname in HIDDEN else None
        if spec is not None and spec.loader is not None:
            spec.loader = _LeanLoader(spec.loader, HIDDEN[fullname])
        return spec


class _LeanLoader(Loader):
    def __init__(self, loader: Loader, hidden: tuple[str, ...]) -> None:
        self._loader = loader
        self._hidden = hidden

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        with _hidden(self._hidden):
            self._loader.exec_module(module)

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)  # such as what finds the source of a line in a traceback


@contextmanager
def _hidden(names: tuple[str, ...]) -> Iterator[None]:
    modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]  # None makes an import fail
    imported = {name: modules[name] for name in names if name in modules}
    modules.update(dict.fromkeys(names))
    try:
        yield
    finally:
        for name in names:
            del modules[name]
        modules.update(imported)
