"""Files of the program's own, written so that a crash leaves the old one or the new one."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import tempfile
import time
from io import TextIOWrapper
from pathlib import Path

from ollama_tui.core.errors import StateUnwritable, reason_of

_DEAD_SECONDS = 60.0
"""No program writes one file for as long as that."""
_LONGEST = 64 * 2**20
"""Characters of a file of ours that are read; what is known of 5,000 models takes 4 MB."""

_WARY = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_APPENDS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | _WARY
_READS = os.O_RDONLY | _WARY

JsonObject = dict[str, object]


def write_atomically(path: Path, text: str) -> None:
    """Replace a file as a whole, readable by its owner alone.

    A link in its place is replaced too: what it leads to stays as it is.

    Raises:
        StateUnwritable: when the folder or the disk does not allow it.
    """
    temporary = ""
    try:
        make_folder(path.parent)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            _open_to_its_owner(file.fileno())
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
        remove_fragments(path, _DEAD_SECONDS)
    except OSError as error:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> StateUnwritable:
    """What is told of a file that could not be written."""
    return StateUnwritable(
        f"{path} could not be written: {reason_of(error)}", "Make its folder writable for you."
    )


def make_folder(folder: Path) -> None:
    """Make a folder where it is missing, and close it to others where it is this user's.

    Raises:
        OSError: when it cannot be made.
    """
    # `mkdir(parents=True)` would make those above it as open as the umask lets it.
    for above in reversed(folder.parents):
        if not above.exists():
            _make_private(above)
    if not folder.exists():
        _make_private(folder)
    folder.mkdir(exist_ok=True)
    with contextlib.suppress(OSError):
        # Somebody else's link may lead to any folder of this user's.
        if _is_own(folder.lstat()) and stat.S_IMODE(folder.stat().st_mode) & 0o077:
            folder.chmod(0o700)


def _make_private(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    # The umask took from it, what is its owner's too.
    with contextlib.suppress(OSError):
        folder.chmod(0o700)


def open_private(path: Path, *, truncates: bool = False) -> TextIOWrapper:
    """A file to write to the end of, readable by its owner alone.

    Args:
        path: the file; its folder is made where it is missing.
        truncates: whether what it held goes.

    Raises:
        OSError: when it cannot be opened; a link is not followed, a pipe is not waited for, and
            what belongs to somebody else is not written to.
    """
    make_folder(path.parent)
    handle = os.open(path, _APPENDS, 0o600)
    try:
        found = os.fstat(handle)
        if not (stat.S_ISREG(found.st_mode) and _is_own(found)):
            raise PermissionError(errno.EPERM, "it is not a file of yours")
        if truncates:
            os.ftruncate(handle, 0)
        _open_to_its_owner(handle)
    except OSError:
        os.close(handle)
        raise
    return open(handle, "a", encoding="utf-8")


def _open_to_its_owner(handle: int) -> None:
    # The umask takes from what a file is made with, from its owner too.
    with contextlib.suppress(OSError, AttributeError):
        os.fchmod(handle, 0o600)


def read_start(path: Path, most: int) -> bytes | None:
    """The first bytes of a file; None where a link, a pipe or a device is in its place.

    Raises:
        OSError: when it cannot be read.
    """
    try:
        # What is no file would have to be waited for, or has no end.
        handle = os.open(path, _READS)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    with os.fdopen(handle, "rb") as file:
        return file.read(most)


def _is_own(found: os.stat_result) -> bool:
    return not hasattr(os, "geteuid") or found.st_uid == os.geteuid()


def remove_fragments(path: Path, seconds: float = 0.0) -> None:
    """Remove what programs were writing when they were killed, which lies beside the file.

    Args:
        path: the file.
        seconds: for how long nothing was written to it; 0 where nobody else writes the file.
    """
    import glob

    for fragment in path.parent.glob(f".{glob.escape(path.name)}.????????"):
        with contextlib.suppress(OSError):
            if time.time() - fragment.stat().st_mtime >= seconds:
                fragment.unlink()


def _sync_folder(folder: Path) -> None:
    # Until its folder is on the disk too, a power cut may bring the old file back.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """The text in a file; a pipe in its place, which may lie there for ever, is not waited for.

    Raises:
        OSError: when it is not there, or is no file that can be read.
        ValueError: when it is written in another encoding, or has no end.
    """
    with open(path, encoding=encoding, opener=at_once) as file:
        text = file.read(_LONGEST + 1)
    if len(text) > _LONGEST:
        raise ValueError("too long")
    return text


def at_once(path: str, flags: int) -> int:
    """An opener for `open()`, of files alone and of what holds nothing.

    Raises:
        OSError: when it cannot be opened, or is something else.
    """
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
    found = os.fstat(handle)
    is_void = stat.S_ISCHR(found.st_mode) and os.path.samestat(found, os.stat(os.devnull))
    if stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode) or is_void:
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, "it is not a file")


def read_json(path: Path) -> dict[str, object] | None:
    """The object in a JSON file; None if there is no such file.

    Raises:
        OSError: when the file is there but cannot be read.
        ValueError: when the file is damaged.
    """
    try:
        found = json.loads(read_text(path))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except RecursionError as error:
        raise ValueError("too deeply nested") from error
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def stamp(path: Path) -> tuple[int, ...] | None:
    """What changes when a file does; None if it cannot be seen."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
