"""Running the holder in this process, with what its starter handed on."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from io import TextIOWrapper
from pathlib import Path
from typing import Any

# All that a download needs is imported now: the files may be another version's later.
from ollama_tui.core import pull_stream  # noqa: F401
from ollama_tui.core.files import open_private
from ollama_tui.core.journal import Journal
from ollama_tui.core.log_lines import LogLines
from ollama_tui.holder.place import HolderPlace
from ollama_tui.holder.server import Holder
from ollama_tui.holder.servers import Servers
from ollama_tui.holder.sockets import Socket

_log = logging.getLogger(__name__)


class _Log(logging.FileHandler):
    """One run's words; a holder that met with nothing leaves those of the one before."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, delay=True)

    def _open(self) -> TextIOWrapper:
        return open_private(Path(self.baseFilename), truncates=True)


def run(
    lock: str, listener: str, path: str, state: str, machine: str, outlives_logout: str
) -> None:
    """Serve until the last download has ended; the arguments are words of a command line.

    Args:
        lock: the descriptor that holds the lock.
        listener: the descriptor of the listening socket.
        path: where that socket is.
        state: the state folder.
        machine: this machine's name.
        outlives_logout: `1` if this machine lets it go on when its user logs out, else `0`.
    """
    place = HolderPlace(Path(state), machine, os.environ)
    for descriptor in (lock, listener):
        # What it starts must not keep them.
        os.set_inheritable(int(descriptor), False)
    bound = Socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=int(listener))
    log = _Log(place.log)
    log.setFormatter(LogLines())
    logging.basicConfig(handlers=[log], level=logging.WARNING)
    try:
        asyncio.run(_serve(place, int(lock), Path(path), bound, outlives_logout == "1"))
    except BaseException:
        _log.critical("the holder ended", exc_info=True)
        raise


async def _serve(
    place: HolderPlace, lock: int, path: Path, listener: Socket, outlives_logout: bool
) -> None:
    holder, loop = Holder(place, lock, outlives_logout=outlives_logout), asyncio.get_running_loop()
    loop.set_exception_handler(_note_fault)
    loop.add_signal_handler(signal.SIGTERM, holder.end)
    await holder.serve(path, listener, Servers(Journal(place.journal)))


def _note_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A program that is killed breaks its connection, which is no fault, and asyncio may tell of it.
    if not isinstance(context.get("exception"), ConnectionError):
        loop.default_exception_handler(context)
