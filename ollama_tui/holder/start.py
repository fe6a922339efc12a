"""Starting the holder: of many who start it at once, one does."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import sysconfig
from contextlib import ExitStack, suppress
from pathlib import Path

from ollama_tui.core.errors import OllamaTuiError, StateUnwritable, reason_of
from ollama_tui.core.handed_on import without_keys
from ollama_tui.holder.logout import Logout, at_logout, started
from ollama_tui.holder.place import HolderPlace, write_socket
from ollama_tui.holder.sockets import Socket

_SECONDS = 10.0
"""How long it may take until the child has let go."""
_PACKAGE_FOLDER = Path(__file__).resolve().parents[2]


def start_holder(place: HolderPlace) -> bool:
    """Start the holder, unless there is one; whether this call did.

    The socket listens when this returns, so that nobody has to wait for the holder to be ready.

    Raises:
        OllamaTuiError: when it cannot be started.
    """
    with ExitStack() as opened:
        lock = opened_lock(place)
        if lock is None:
            return False
        opened.callback(os.close, lock)
        path, listener = place.listen()
        opened.enter_context(listener)
        try:
            write_socket(lock, path)
            _spawn(place, lock, path, listener)
        except OllamaTuiError:
            path.unlink(missing_ok=True)
            raise
    return True


def opened_lock(place: HolderPlace) -> int | None:
    """The descriptor that holds the lock, made where it is missing; None if another holds it.

    Raises:
        OllamaTuiError: when it cannot be made.
    """
    place.prepare()
    lock = _opened(place.lock)
    try:
        is_locked = _is_locked(lock, place.lock)
    except OllamaTuiError:
        os.close(lock)
        raise
    if not is_locked:
        os.close(lock)
    return lock if is_locked else None


def _opened(lock: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        handle = os.open(lock, flags, 0o600)
    except OSError as error:
        raise _failed(f"{lock} could not be opened", error) from error
    with suppress(OSError):
        # The umask took from it, what is its owner's too.
        os.fchmod(handle, 0o600)
    return handle


def _is_locked(lock: int, path: Path) -> bool:
    try:
        # It belongs to the open file, so the holder keeps it when this process closes its own.
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise _failed(f"{path} could not be locked", error) from error
    return True


def _spawn(place: HolderPlace, lock: int, path: Path, listener: Socket) -> None:
    words = [str(lock), str(listener.fileno()), str(path), str(place.folder), place.machine]
    command, handed_on = [sys.executable, *_way_in(), *words], (lock, listener.fileno())
    logout = at_logout()
    try:
        if logout is Logout.NEEDS_SCOPE:
            if _is_run(started([*command, "1"], logout), handed_on):
                return
            # The user's manager cannot be asked, so nothing keeps it alive.
            logout = Logout.ENDS
        if _is_run([*command, str(int(logout is not Logout.ENDS))], handed_on):
            return
    except OSError as error:
        raise _failed("the process that holds downloads could not be started", error) from error
    raise OllamaTuiError("the process that holds downloads ended at once", f"See {place.log}.")


def _is_run(command: list[str], handed_on: tuple[int, int]) -> bool:
    # Whoever inherits a descriptor of the terminal keeps `ssh` from ending.
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=_folder(),
        pass_fds=handed_on,
        env=without_keys(os.environ),
        start_new_session=True,
    )
    try:
        return child.wait(_SECONDS) == 0
    except subprocess.TimeoutExpired:
        child.kill()
        return False


def _way_in() -> list[str]:
    # -P: what lies about in the working folder is no module of ours.
    safe = ["-P"] if _folder() == "/" else []
    return [*safe, "-m", "ollama_tui.holder"]


def _folder() -> str:
    installed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return "/" if str(_PACKAGE_FOLDER) in installed else str(_PACKAGE_FOLDER)


def _failed(what: str, error: OSError) -> StateUnwritable:
    remedy = "Set XDG_STATE_HOME to a folder of your own."
    return StateUnwritable(f"{what}: {reason_of(error)}", remedy)
