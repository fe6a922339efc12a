"""The program that computes for the server: whether it is where the server looks for it."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ollama_tui.core.doctor.evidence import Answer, Engine, Machine
from ollama_tui.core.doctor.finding import Finding, fault, ok, unknown
from ollama_tui.core.listeners import Listener
from ollama_tui.core.processes import PROC, processes
from ollama_tui.core.server_log import ServerLog
from ollama_tui.core.server_start import from_last_start
from ollama_tui.core.text import clean
from ollama_tui.core.versions import Version, version_of

_OF_ITS_OWN: Version = (0, 30, 0)
"""Since when it is a program of its own."""
_NAME = "llama-server"
_MISSED = f"{_NAME} binary not found"
_PACKAGED = ("../lib/ollama", "lib/ollama", ".")
_BUILT = ("build/lib/ollama", "dist/*/lib/ollama", "build/llama-server-*/bin")
_SHOWN = 3
_INSTALL = "Install Ollama anew, all of it: https://ollama.com/download."


def check(machine: Machine, answer: Answer) -> Iterator[Finding]:
    """Whether the server can start what computes."""
    version, name, engine = version_of(answer.version), "engine.program", machine.engine
    if not machine.is_here:
        yield unknown(name, machine.elsewhere)
    elif version is not None and version < _OF_ITS_OWN:
        yield ok(name, "What computes is a part of its own program.")
    elif engine.path:
        yield ok(name, f"What computes is {engine.path}.")
    elif engine.looked_in:
        where = ", ".join(engine.looked_in[:_SHOWN])
        yield fault(name, f"Its {_NAME} is missing, so no model loads: not in {where}.", _INSTALL)
    elif engine.is_missed:
        words = f"Its {_NAME} is missing, so no model loads: its log says so."
        yield fault(name, words, _INSTALL)
    else:
        yield unknown(name, f"it cannot be seen from which folder the server runs {_NAME}")


def engine_of(held: Iterable[Listener], log: ServerLog, proc: Path = PROC) -> Engine:
    """The program that computes for a server; it reads folders, so it blocks.

    Args:
        held: who listens on the server's port.
        log: the server's.
        proc: where the kernel tells of processes.
    """
    missed = any(_MISSED in line for line in from_last_start(log.newest))
    pids = [of.pid for of in held if of.pid is not None and of.program == "ollama"]
    if not pids:
        return Engine(is_missed=missed)
    process = proc / str(pids[0])
    folders = tuple(_folders(process))
    # As the process sees it, which may be in a container.
    root = str(process / "root") if (process / "root").exists() else ""
    path = _running(pids[0], proc) or _found(root, folders)
    looked = dict.fromkeys(clean(os.path.normpath(f"{at}/{part}")) for at, part in folders)
    return Engine(clean(path), tuple(looked), missed)


def _folders(process: Path) -> Iterator[tuple[str, str]]:
    """Where Ollama looks (llm/llama_binary.go), as far as this user may see."""
    with suppress(OSError):
        own = os.path.dirname(os.readlink(process / "exe"))
        yield from ((own, part) for part in (*_PACKAGED, *_BUILT))
        with suppress(OSError):
            working = os.readlink(process / "cwd")
            yield from ((working, part) for part in _BUILT)


def _running(server: int, proc: Path) -> str:
    """One that the server started, wherever it found that."""
    started = (one for one in processes(_NAME, proc=proc) or () if one.parent == server)
    return next((one.command[0] for one in started), "")


def _found(root: str, folders: Iterable[tuple[str, str]]) -> str:
    for at, part in folders:
        for file in glob.iglob(f"{glob.escape(root + at)}/{part}/{_NAME}"):
            return os.path.normpath(file.removeprefix(root))
    return ""
