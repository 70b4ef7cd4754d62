"""Parts whose modules are imported when they are first needed, because few processes need them."""

import asyncio
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeVar

from dependency_injector import providers

T = TypeVar("T")


class OnFirstUse:
    """Calls the class or function `module:name`, which it imports at that moment."""

    def __init__(self, part: str) -> None:
        self._module, _, self._name = part.partition(":")
        self.is_imported = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- passed on
        """Import it, and call it."""
        return self.imported()(*args, **kwargs)

    def imported(self) -> Callable[..., Any]:
        """Import it."""
        part: Callable[..., Any] = getattr(import_module(self._module), self._name)
        self.is_imported = True
        return part


def on_first_use(part: str) -> OnFirstUse:
    """Return what calls the class or function `module:name`, imported at that moment."""
    return OnFirstUse(part)


def import_parts(provider: providers.Provider[Any]) -> None:
    """Import what the first call of a provider would import, for what it is made of and for itself. Slow."""
    part = _part_of(provider)
    if part is not None and isinstance(provider, providers.Singleton):
        for each in provider.kwargs.values():
            import_parts(each)
        part.imported()


async def ready(provider: providers.Provider[T]) -> T:
    """Call the provider, after importing in a thread what that needs, so that nobody waits in the event loop."""
    part = _part_of(provider)
    if part is not None and not part.is_imported:
        await asyncio.to_thread(import_parts, provider)
    return provider()


def _part_of(provider: providers.Provider[Any]) -> OnFirstUse | None:
    provides = provider.provides if isinstance(provider, providers.Singleton) else None
    return provides if isinstance(provides, OnFirstUse) else None
