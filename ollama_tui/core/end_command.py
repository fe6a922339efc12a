"""The user's own command, run when a download ends."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from contextlib import suppress
from threading import Thread

from ollama_tui.core.errors import reason_of
from ollama_tui.core.handed_on import without_keys
from ollama_tui.core.history import EndedPull
from ollama_tui.core.hosts import without_secrets
from ollama_tui.core.text import clean

_log = logging.getLogger("ollama_tui.core")

_LONGEST = 1000
"""Characters of a text that is handed on; an environment holds only so much."""


def run_end_command(command: tuple[str, ...], ended: EndedPull, server: str) -> None:
    """Start a command that is told of a download's end by its environment.

    It outlives this process; one that cannot be started is logged and is no failure.

    Args:
        command: The program and its arguments; empty for none.
        ended: What the command is told of.
        server: The address of the server that downloaded.
    """
    if not command:
        return
    shown = _shown(command)
    try:
        process = _started(command, _environment(ended, server))
    except (OSError, ValueError, RuntimeError) as error:
        # Python starts nothing once it shuts down, which is the RuntimeError.
        _log.warning("on_download_end: %s cannot be started: %s", shown, reason_of(error))
    else:
        _reap_later(process, shown)


def _started(command: tuple[str, ...], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=environment,
        close_fds=True,
        start_new_session=True,
    )


def _reap_later(process: subprocess.Popen[bytes], shown: str) -> None:
    # Nobody waits for a daemon thread: this process may end before the command does. Without a
    # thread to be had, what is left of the command goes when this process does.
    with suppress(RuntimeError):
        Thread(target=_reap, args=(process, shown), name="end-command", daemon=True).start()


def _reap(process: subprocess.Popen[bytes], shown: str) -> None:
    if status := process.wait():
        _log.warning("on_download_end: %s ended with status %d", shown, status)


def _environment(ended: EndedPull, server: str) -> dict[str, str]:
    return without_keys(os.environ) | {
        "OLLAMA_TUI_MODEL": _plain(ended.name),
        "OLLAMA_TUI_OUTCOME": ended.outcome.value,
        "OLLAMA_TUI_BYTES": str(ended.total),
        "OLLAMA_TUI_FETCHED": str(ended.fetched),
        "OLLAMA_TUI_SECONDS": str(round(ended.seconds)),
        "OLLAMA_TUI_FAILURE": _plain(ended.failure),
        "OLLAMA_TUI_SERVER": _plain(without_secrets(server)),
    }


def _plain(text: str) -> str:
    """One line that the environment can hold in this system's encoding."""
    line = clean(" ".join(text.split()), _LONGEST)
    encoding = sys.getfilesystemencoding()
    return line.encode(encoding, "replace").decode(encoding)


def _shown(command: tuple[str, ...]) -> str:
    # Its arguments may be secrets.
    return repr(clean(command[0], 200))
