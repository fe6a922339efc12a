"""The processes of this machine, as `/proc` shows them to this user."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_COMMAND_AT_MOST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Process:
    """A process whose command line this user may read."""

    pid: int
    command: tuple[str, ...]
    parent: int
    user_id: int
    started: float
    """Seconds since 1970."""
    resident: int
    """Bytes of memory that it really holds, without what lies on a GPU."""

    @property
    def program(self) -> str:
        """The name of what it runs, without its folder."""
        return self.command[0].rpartition("/")[2]


def processes(*programs: str, proc: Path = PROC) -> tuple[Process, ...] | None:
    """The processes of these programs; None where there is no list of processes.

    Those of others are not among them where the system hides them (`hidepid`).

    Args:
        programs: names without a folder; a process may call itself anything.
        proc: the folder of the list.
    """
    booted = _booted(proc)
    if booted is None:
        return None
    return tuple(_found(proc, programs, booted))


def _found(proc: Path, programs: tuple[str, ...], booted: float) -> Iterator[Process]:
    for name in os.listdir(proc):
        command = _command(proc / name) if name.isdecimal() else ()
        if command and command[0].rpartition("/")[2] in programs:
            process = _process(proc / name, command, booted)
            if process is not None:
                yield process


def _command(folder: Path) -> tuple[str, ...]:
    # One that ended meanwhile, a thread of the kernel, one that is hidden: it has no command.
    try:
        with open(folder / "cmdline", "rb") as file:
            text = file.read(_COMMAND_AT_MOST).decode("utf-8", "replace")
    except OSError:
        return ()
    return tuple(text.rstrip("\0").split("\0")) if text else ()


def _process(folder: Path, command: tuple[str, ...], booted: float) -> Process | None:
    try:
        # The program's name stands in brackets and may hold anything, brackets too.
        fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
        parent, started, pages = int(fields[1]), int(fields[19]), int(fields[21])
        user = folder.stat().st_uid
    except (OSError, ValueError, IndexError):
        return None
    if fields[0] in (b"Z", b"X"):
        return None
    since = booted + started / os.sysconf("SC_CLK_TCK")
    resident = pages * os.sysconf("SC_PAGE_SIZE")
    return Process(int(folder.name), command, parent, user, since, resident)


def _booted(proc: Path) -> float | None:
    try:
        with open(proc / "stat", encoding="ascii", errors="replace") as file:
            words = next((line.split() for line in file if line.startswith("btime ")), ())
    except OSError:
        return None
    return float(words[1]) if len(words) == 2 and words[1].isdecimal() else None
