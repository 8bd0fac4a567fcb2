"""What garbage is looked for while a text is rewritten."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def only_new_collected() -> Iterator[None]:
    """Look for garbage only among what is new from here on.

    To look through all rules and plans again takes as long as to rewrite megabytes.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
