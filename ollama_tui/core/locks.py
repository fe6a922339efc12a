"""Programs that change one file of ours take turns."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.files import open_private

try:
    import fcntl
except ImportError:  # Windows has none; there the last writer wins
    fcntl = None  # type: ignore[assignment]

_LOCK_TRIES = 20


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file's lock, so that two programs that change it take turns.

    Where a lock cannot be had (no such system call, a folder that cannot be written) the work
    goes on without it.

    Raises:
        StateUnwritable: when another program does not give it back within a second.
    """
    with contextlib.ExitStack() as stack:
        if fcntl is not None:
            with contextlib.suppress(OSError):
                file = stack.enter_context(open_private(path.with_name(f".{path.name}.lock")))
                _lock_soon(file)
        yield


def _lock_soon(file: TextIO) -> None:
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(1 / _LOCK_TRIES)
        else:
            return
    raise StateUnwritable(
        f"{file.name} is held by another program", "End it, or try again in a moment."
    )
