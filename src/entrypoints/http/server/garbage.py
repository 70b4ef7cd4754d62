"""What Python's garbage collector looks at."""

import gc


def leave_out_what_stays() -> None:
    """Have no later collection walk through the modules and tables that are there so far, and for good.

    Call it once, before the first request: a full collection walks through everything else some 30 ms long, and nobody
    is answered meanwhile. What this sets apart is never looked at again, so what is garbage by now goes first.
    """
    gc.collect()
    gc.freeze()
