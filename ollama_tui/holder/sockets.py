"""Unix sockets of one user alone: where one fits, how it is bound, who is at its other end."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import struct
import sys
from pathlib import Path

from ollama_tui.core.errors import Refused
from ollama_tui.core.files import unwritable

Socket = socket.socket

LONGEST_PATH = 103
"""Bytes that a socket's path may have everywhere: macOS takes 103, Linux 107."""

_BACKLOG = 128
_UCRED = struct.Struct("iII")  # struct ucred of Linux: pid, uid, gid
_NOBODY_THERE = 2**32 - 1
_XUCRED = struct.Struct("II")  # how struct xucred of the BSDs begins: version, uid
_XUCRED_SIZE = 76
_SOL_LOCAL, _LOCAL_PEERCRED = 0, 1


def has_unix_sockets() -> bool:
    """Whether this system has Unix sockets that Python can use."""
    return os.name == "posix" and hasattr(socket, "AF_UNIX")


def fits(path: Path) -> bool:
    """Whether a socket can be bound there, counting its temporary name."""
    return max(len(os.fsencode(path)), len(os.fsencode(_temporary(path)))) <= LONGEST_PATH


def make_private(folder: Path, uid: int) -> None:
    """Make a folder that nobody else can enter, or see that it is one already.

    Raises:
        Refused: when what is there is not a folder of this user's alone.
        StateUnwritable: when it cannot be made.
    """
    try:
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        found = folder.lstat()  # in a folder of all users it may be somebody's symbolic link
    except OSError as error:
        raise unwritable(folder, error) from error
    is_closed = stat.S_ISDIR(found.st_mode) and found.st_mode & 0o777 == 0o700
    if not is_closed or found.st_uid != uid:
        raise Refused(
            f"{folder} is not a folder of yours alone",
            "Remove it, or set XDG_RUNTIME_DIR to a folder of your own with mode 0700.",
        )


def is_private(folder: Path, uid: int) -> bool:
    """Whether it is a folder that nobody else can enter, and that takes a socket."""
    try:
        found = folder.stat()
    except OSError:
        return False
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == uid and not found.st_mode & 0o077
    return is_ours and folder.is_absolute() and os.access(folder, os.W_OK | os.X_OK)


def bind(path: Path) -> Socket:
    """A listening socket, for who holds the lock, in place of what was there.

    Raises:
        StateUnwritable: when the path is too long, or its folder takes no socket.
    """
    listener = Socket(socket.AF_UNIX, socket.SOCK_STREAM)
    temporary = _temporary(path)
    try:
        temporary.unlink(missing_ok=True)
        listener.bind(os.fspath(temporary))
        # The umask belongs to all threads, so it stays. Until listen() every connect is refused,
        # whatever the mode; and whoever finds the path finds a listener.
        temporary.chmod(0o600)
        listener.listen(_BACKLOG)
        temporary.replace(path)
    except OSError as error:
        listener.close()
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise unwritable(path, error) from error
    return listener


def peer_uid(connection: Socket, platform: str = sys.platform) -> int | None:
    """The number of the user at the other end; None where that cannot be known."""
    with contextlib.suppress(OSError, struct.error):
        if platform == "linux":
            peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
            # In another container its process has no number here; its user always has one.
            _, uid, _ = _UCRED.unpack(peer)
            return int(uid) if uid != _NOBODY_THERE else None
        if platform == "darwin" or platform.startswith("freebsd"):
            peer = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_SIZE)
            version, uid = _XUCRED.unpack_from(peer)
            return int(uid) if version == 0 else None
    return None


def _temporary(path: Path) -> Path:
    return path.with_suffix(".new")
