"""Where the holder's lock and socket are, and how the one tells of the other."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ollama_tui.core import files
from ollama_tui.core.errors import Refused, StateUnwritable
from ollama_tui.holder.sockets import Socket, bind, fits, is_private, make_private

_LONGEST_LINE = 4096


def own_uid() -> int:
    """The number of the user whom this process acts for; 0 where users have none."""
    return os.geteuid() if hasattr(os, "geteuid") else 0


@dataclass(frozen=True, slots=True)
class HolderPlace:
    """The lock and the socket of one user's holder on one machine."""

    state: Path
    """The state folder."""
    machine: str
    """This machine's name: a home folder may be shared between machines."""
    environment: Mapping[str, str]
    uid: int = field(default_factory=own_uid)
    """Whose folders are ours."""
    run_user: Path = Path("/run/user")
    """The folder of the users' runtime folders."""

    @property
    def folder(self) -> Path:
        """The state folder, whatever folder a process works in."""
        return Path(os.path.abspath(self.state))

    @property
    def lock(self) -> Path:
        """The file that the one holder keeps locked, and whose text says where its socket is."""
        return self.folder / f"holder-{_file_name(self.machine)}.lock"

    @property
    def journal(self) -> Path:
        """What was asked for and has not arrived, and what has ended; only the holder writes it."""
        return self.folder / f"downloads-{_file_name(self.machine)}.json"

    @property
    def log(self) -> Path:
        """What the holder met with."""
        return self.folder / f"holder-{_file_name(self.machine)}.log"

    @property
    def socket(self) -> Path:
        """The best path for the socket."""
        return self.socket_candidates()[0]

    def socket_candidates(self) -> tuple[Path, ...]:
        """Every path that the socket may have, best first; nothing is made by asking.

        Raises:
            StateUnwritable: when no folder has a path that is short enough.
        """
        named = Path(self.environment.get("XDG_RUNTIME_DIR", ""))
        runtime = (named, self.run_user / str(self.uid))
        private = (folder for folder in runtime if is_private(folder, self.uid))
        folders = dict.fromkeys((*private, self.folder, self._last_resort))
        fitting = tuple(path for folder in folders if fits(path := folder / self._socket_name))
        if not fitting:
            raise StateUnwritable(
                "every folder for the socket has a path that is too long",
                "Set XDG_RUNTIME_DIR to a folder of your own with mode 0700 and a short path.",
            )
        return fitting

    def prepare(self) -> None:
        """Make the state folder where it is missing.

        Raises:
            Refused: when it is another user's, or would be made in the home of whoever ran sudo.
            StateUnwritable: when it cannot be made.
        """
        if self._is_foreign():
            raise Refused(
                f"{self.folder} belongs to another user",
                "Run it without sudo -E, or set XDG_STATE_HOME to a folder of your own.",
            )
        try:
            files.make_folder(self.folder)
        except OSError as error:
            raise files.unwritable(self.folder, error) from error

    def listen(self) -> tuple[Path, Socket]:
        """Bind, for who holds the lock, at the first candidate whose file system takes a socket."""
        *others, last = self.socket_candidates()
        for path in others:
            with contextlib.suppress(Refused, StateUnwritable):
                return path, self._bound(path)
        return last, self._bound(last)

    def _bound(self, path: Path) -> Socket:
        if path.parent == self._last_resort:
            make_private(path.parent, self.uid)
        return bind(path)

    @property
    def _socket_name(self) -> str:
        # The runtime folder is shared by all state folders of a user: tests, XDG_STATE_HOME.
        whole = os.fsencode(os.path.realpath(self.folder)) + b"\0" + os.fsencode(self.machine)
        return f"ollama-tui-{hashlib.sha256(whole).hexdigest()[:8]}.sock"

    @property
    def _last_resort(self) -> Path:
        # Python's own search writes into each folder, which fails where a disk is full.
        shared = os.path.abspath(self.environment.get("TMPDIR") or "/tmp")
        return Path(shared) / f"ollama-tui-{self.uid}"

    def _is_foreign(self) -> bool:
        with contextlib.suppress(OSError):
            return self.folder.stat().st_uid != self.uid
        # Made by `sudo -E`, it would be in the way of whoever ran sudo ever after.
        nearest = next(parent for parent in self.folder.parents if os.path.exists(parent))
        owner = nearest.stat().st_uid
        return owner != self.uid and str(owner) == self.environment.get("SUDO_UID")


def write_socket(lock: int, path: Path) -> None:
    """Write the socket's path through the descriptor that holds the lock."""
    line = json.dumps({"socket": os.fspath(path)}).encode() + b"\n"
    try:
        # In this order a reader sees a whole first line at any time.
        os.pwrite(lock, line, 0)
        os.ftruncate(lock, len(line))
    except OSError as error:
        raise files.unwritable(path, error) from error


def read_socket(lock: Path) -> Path | None:
    """The path that a lock file names; None if there is no such file or it names none."""
    try:
        line = (files.read_start(lock, _LONGEST_LINE) or b"").partition(b"\n")[0]
        path = Path(json.loads(line)["socket"])
        return path if path.is_absolute() and "\0" not in str(path) and fits(path) else None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _file_name(machine: str) -> str:
    safe = re.sub(r"[^A-Za-z0-9_.-]", "-", machine)[:63]
    # Names that differ only in what is not safe stay apart.
    mark = hashlib.sha256(os.fsencode(machine)).hexdigest()[:6]
    return safe if safe and safe == machine else f"{safe}-{mark}"
