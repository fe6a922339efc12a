"""Programs of this machine that are asked something: no shell, and not for long."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import IO

from ollama_tui.core.errors import reason_of
from ollama_tui.core.handed_on import without_keys
from ollama_tui.core.text import clean

SECONDS = 3.0
"""How long a program may take."""
AT_MOST = 2_000_000
"""Bytes of its output that are kept."""
_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Said:
    """What a program said."""

    text: str = ""
    failure: str = ""
    """Why it said nothing, or not all; empty if it ended well."""


Ask = Callable[[Sequence[str]], Said]
"""Asks a program by its name and its arguments."""


def ask(
    command: Sequence[str],
    *,
    seconds: float = SECONDS,
    at_most: int = AT_MOST,
    is_first_wanted: bool = False,
) -> Said:
    """Run a program and give what it printed, errors too; it blocks, but no longer than that.

    Args:
        command: the program and its arguments.
        seconds: after which it is killed.
        at_most: bytes that are kept, the last ones.
        is_first_wanted: whether the first ones are kept instead; the rest is not waited for.
    """
    try:
        process = _started(command)
    except FileNotFoundError:
        return Said(failure=f"there is no {command[0]} here")
    except (OSError, ValueError) as error:
        reason = clean(reason_of(error), 200)
        return Said(failure=f"{command[0]} could not be started: {reason}")
    kept = bytearray()
    is_late = _is_late(process, kept, seconds, (at_most, is_first_wanted))
    text = bytes(kept).decode("utf-8", "replace")
    if is_first_wanted and len(kept) >= at_most:
        # It may have ended by itself, when nobody read on.
        return Said(text)
    return Said(text, _failure(command[0], process, text, seconds if is_late else None))


def ask_first(command: Sequence[str], at_most: int = 262_144) -> Said:
    """Run a program for no longer than it takes to print so many bytes."""
    return ask(command, at_most=at_most, is_first_wanted=True)


def _is_late(
    process: subprocess.Popen[bytes], kept: bytearray, seconds: float, part: tuple[int, bool]
) -> bool:
    """Read what a program prints until it ends; whether it had to be stopped."""
    reader = Thread(target=_read, args=(process.stdout, kept, *part), daemon=True)
    reader.start()
    reader.join(seconds)
    is_late = reader.is_alive()
    if is_late or part[1]:
        _kill(process)
        reader.join(0.5)
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.5)
    return is_late


def _failure(name: str, process: subprocess.Popen[bytes], text: str, late: float | None) -> str:
    if late is not None:
        return f"{name} did not end within {late:g} s"
    if not process.returncode or process.returncode < 0:
        return ""
    last = clean(" ".join(text.strip().splitlines()[-1:]), 200)
    return last or f"{name} ended with code {process.returncode}"


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=without_keys(os.environ)
        | {"LC_ALL": "C.UTF-8", "SYSTEMD_PAGER": "", "SYSTEMD_COLORS": "0"},
        close_fds=True,
        # What it started itself goes with it.
        start_new_session=True,
    )


def _read(stream: IO[bytes], kept: bytearray, at_most: int, is_first_wanted: bool) -> None:
    with stream:
        while piece := os.read(stream.fileno(), _PIECE):
            kept += piece
            if is_first_wanted and len(kept) >= at_most:
                break
            del kept[: 0 if is_first_wanted else max(0, len(kept) - at_most)]


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
