"""Spares Python's garbage collector the objects that live as long as the process."""

import gc


def freeze_startup_objects() -> None:
    """Exempt the modules and tables that exist so far from all later garbage collections.

    Call it before the first request, and again when the database's libraries are imported. A full collection otherwise
    walks through all of them for some 50 ms, during which no request is answered. Garbage that refers to itself is
    never freed once frozen, so what there is of it is collected first.
    """
    gc.collect()
    gc.freeze()
