"""What `/proc` tells of a program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ollama_tui.core.processes import PROC
from ollama_tui.core.text import clean

_READ_AT_MOST = 4096


@dataclass(frozen=True, slots=True)
class Program:
    """A running program; what cannot be seen is empty."""

    user: str = ""
    command: str = ""
    """Its name alone."""
    is_ollama: bool = False
    """Whether it is Ollama, or a runner of Ollama's."""


def program_of(pid: int, proc: Path = PROC) -> Program | None:
    """What a process runs, and whose it is; None if there is no such process to be seen."""
    folder = proc / str(pid)
    try:
        user = _name_of(folder.stat().st_uid)
        words = _read(folder / "cmdline").split("\0")
        name = _read(folder / "comm").strip()
    except OSError:
        return None
    # Some programs write a whole sentence there; the system's own have nothing there.
    command = words[0].split(" ")[0].rpartition("/")[2] or name
    return Program(clean(user, 40), clean(command, 80), _is_ollama(words))


def _is_ollama(words: list[str]) -> bool:
    path = words[0].split(" ")[0]
    is_runner = any("/blobs/sha256-" in word for word in words[1:])
    return path.rpartition("/")[2] == "ollama" or "/ollama/" in path or is_runner


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_READ_AT_MOST).decode(errors="replace")


def _name_of(uid: int) -> str:
    try:
        from pwd import getpwuid
    except ImportError:
        return ""
    try:
        return getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
