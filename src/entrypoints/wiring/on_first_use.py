"""Parts whose modules are imported when they are first needed, because few processes need them."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def on_first_use(part: str) -> Callable[..., Any]:
    """Return what calls the class or function `module:name`, imported at that moment."""
    module, _, name = part.partition(":")

    def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- passed on
        return getattr(import_module(module), name)(*args, **kwargs)

    return call
