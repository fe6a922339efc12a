"""Holders that are there at once: see `tests/forking.py`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

import psutil

from ollama_tui.core.handed_on import without_keys
from tests.forking import fork
from tests.holders import FORKED


def is_run(command: Sequence[str], handed_on: Sequence[int]) -> bool:
    """Start the holder in place of `start._is_run`, and know it by its number."""
    _, _, path, state, machine, outlives_logout = command[-6:]
    told, tells = os.pipe()
    with open(os.devnull, "r+b") as nothing, os.fdopen(told, "rb") as number:
        streams = [*(nothing.fileno(),) * 3, *handed_on, tells]
        words = ["3", "4", path, state, machine, outlives_logout]
        begun = fork(words, streams, without_keys(os.environ), is_holder=True)
        os.close(tells)
        FORKED.setdefault(state, [])
        with suppress(psutil.NoSuchProcess):
            FORKED[state].append(psutil.Process(int(number.read())))
    return begun.wait() == 0
