"""Spares Python's garbage collector the objects that live as long as the process."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collections_put_off() -> Iterator[None]:
    """Collect nothing inside the block, which imports; and exempt what exists at its end from all later collections.

    Imports make hardly any garbage, and a fifth of their time would go into looking for it.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def freeze_startup_objects() -> None:
    """Exempt the modules and tables that exist so far from all later garbage collections.

    Call it before the first request, and again when the database's libraries are imported. A full collection otherwise
    walks through all of them for some 50 ms, during which no request is answered. Garbage that refers to itself is
    never freed once frozen, so what there is of it is collected first.
    """
    gc.collect()
    gc.freeze()
