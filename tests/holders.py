"""Holders that tests started: found by the state folder that they were given."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import psutil

FORKED: dict[str, list[psutil.Process]] = {}
"""The holders that were forked (`tests/holder/forked.py`), by state folder; no others have one."""


def holders(state: Path) -> list[psutil.Process]:
    """The holders of that state folder which run."""
    if str(state) in FORKED:
        return [process for process in FORKED[str(state)] if is_running(process)]
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = process.cmdline()
            if _is_holder(words) and _is_about(words, state) and is_running(process):
                found.append(process)
    return found


def _is_holder(words: list[str]) -> bool:
    # A test may start it in a way of its own.
    return any("ollama_tui.holder" in word for word in words)


def _is_about(words: list[str], state: Path) -> bool:
    return any(word == str(state) or word.startswith(f"{state}/") for word in words)


def is_running(process: psutil.Process) -> bool:
    """Whether it has not ended; one that nobody has reaped yet has."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def wait_for_end(processes: list[psutil.Process]) -> None:
    """Wait until they have ended."""
    until = time.monotonic() + 20
    while any(is_running(process) for process in processes):
        assert time.monotonic() < until, "it does not end"
        time.sleep(0.01)


def end_holders(state: Path) -> None:
    """End the holders of that state folder, and see that they are gone."""
    if not state.exists():
        # Its holder would have made it, and to look at all processes takes longer than a test.
        return
    found = holders(state)
    for process in found:
        with suppress(psutil.Error):
            process.terminate()
    wait_for_end(found)
