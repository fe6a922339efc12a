"""The program as a process of its own that is there at once: forked where its imports are made.

What a start costs is mostly imports, the same ones again and again. What they themselves do is
looked at by tests that start the program anew: those in `tests/terminal`, and `TestStart`. So it
is with the holder, of which `tests/holder/test_one_holder.py` and others start genuine ones.
"""

from __future__ import annotations

import asyncio
import atexit
import fcntl
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Self

import httpx

from ollama_tui.cli import _COMMANDS

_USUAL = (
    *("core.client", "core.service", "core.preflight", "core.model_disk"),
    *("cli.parts", "cli.commands", "cli.completing", "cli.logs"),
    *("demo.emulator", "demo.library", "holder.run", "holder.client"),
)
_DEMO = ("cli.demo_disk", "cli.demo_gpus", "demo.transport", "demo.registry_routes")
_NEEDED = {
    "pick": ("tui.pick", "tui.run"),
    "serve": ("api.server", "api.application"),
    "--demo": _DEMO,
}
"""What commands import besides their own module."""
_ROOT = Path(__file__).parents[1]
_code: list[int] = []
"""How the program that this process is has ended; empty as long as it runs."""


class Forked:
    """A program that runs."""

    def __init__(self, pid: int, told: int) -> None:
        """It has that number.

        Args:
            pid: its number.
            told: the pipe that tells how it ended.
        """
        self.pid, self.told = pid, told
        self.returncode: int | None = None
        """As subprocess has it; None while it runs."""

    def poll(self) -> int | None:
        """How it ended; None if it has not."""
        if self.returncode is None and select.select([self.told], [], [], 0)[0]:
            self.returncode = os.waitstatus_to_exitcode(int(os.read(self.told, 20)))
            os.close(self.told)
        return self.returncode

    def wait(self, seconds: float = 30) -> int:
        """Wait for its end."""
        if self.returncode is None:
            select.select([self.told], [], [], seconds)
        ended = self.poll()
        assert ended is not None, "it does not end"
        return ended

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def fork(
    arguments: Sequence[str],
    streams: Sequence[int],
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
    *,
    leads_session: bool = False,
    is_holder: bool = False,
) -> Forked:
    """Start the program.

    Args:
        arguments: its arguments.
        streams: the descriptors that are its stdin, stdout and stderr, and those from 3 on.
        environment: its variables.
        folder: where it works; None: here.
        leads_session: whether its stdin is the terminal of a session of its own.
        is_holder: whether the program is the holder, whose own number goes to descriptor 5.
    """
    told, tells = os.pipe()
    asked = [arguments, dict(environment), str(folder or Path.cwd()), leads_session, is_holder]
    with socket.socket(socket.AF_UNIX) as asking:
        asking.connect(_address())
        socket.send_fds(asking, [b" "], [tells, *streams])
        os.close(tells)
        asking.sendall(json.dumps(asked).encode())
        asking.shutdown(socket.SHUT_WR)
        pid = asking.recv(20)
    assert pid, "what is forked has ended"
    return Forked(int(pid), told)


class Piped(Forked):
    """One that writes into pipes, and reads nothing; it is killed with the block."""

    def __init__(self, *arguments: str) -> None:
        """Start the program with these arguments, in this environment."""
        (out, out_end), (err, err_end) = os.pipe(), os.pipe()
        self.stdout, self.stderr = os.fdopen(out), os.fdopen(err)
        with open(os.devnull) as nothing:
            begun = fork(arguments, (nothing.fileno(), out_end, err_end))
        os.close(out_end)
        os.close(err_end)
        super().__init__(begun.pid, begun.told)

    def communicate(self) -> tuple[str, str]:
        """Wait for its end: what it has written to stdout and to stderr."""
        with ThreadPoolExecutor(2) as readers:
            out, err = readers.map(lambda stream: stream.read(), (self.stdout, self.stderr))
        self.wait()
        return out, err

    def __enter__(self) -> Self:
        """Begin the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the program."""
        self.send_signal(signal.SIGKILL)
        self.wait()
        self.stdout.close()
        self.stderr.close()


@cache
def _address() -> str:
    """Where that listens which is forked; it ends with these tests."""
    # The kernel gives the name: no file is left.
    listener = socket.socket(socket.AF_UNIX)
    listener.bind("")
    listener.listen()
    with listener:
        descriptor = listener.fileno()
        # What it has for streams cannot seek, and so do not those of the programs.
        pipe = subprocess.PIPE
        serving = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", str(descriptor)], stdin=pipe, stdout=pipe,
            stderr=pipe, cwd=_ROOT, pass_fds=[descriptor], start_new_session=True,
        )  # fmt: skip
        atexit.register(serving.communicate)
        name: bytes = listener.getsockname()
    return name.decode()


@dataclass(frozen=True, slots=True)
class _Asked:
    """A program that is to run."""

    asking: socket.socket
    tells: int
    """The pipe that tells how it ended."""
    streams: Sequence[int]
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: str
    leads_session: bool
    is_holder: bool


class _Programs:
    """Those that run, and whom their ends are told."""

    def __init__(self) -> None:
        self._tells: dict[int, int] = {}
        self.have_ended, wakes = os.pipe()
        """Can be read from when some have."""
        for end in (self.have_ended, wakes):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wakes)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def is_this(self, asked: _Asked) -> bool:
        """Fork one; whether this process is it."""
        pid = os.fork()
        if not pid:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return True
        self._tells[pid] = asked.tells
        asked.asking.sendall(str(pid).encode())
        asked.asking.close()
        for stream in asked.streams:
            os.close(stream)
        return False

    def tell_ends(self) -> None:
        """Say of each that has ended how it did."""
        with suppress(BlockingIOError):
            os.read(self.have_ended, 4096)
        # No program is left, or who started it is not.
        with suppress(ChildProcessError, BrokenPipeError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                tells = self._tells.pop(ended[0])
                os.write(tells, str(ended[1]).encode())
                os.close(tells)


def _program_to_be(listener: socket.socket) -> _Asked | None:
    """Fork programs until stdin is closed; in a program this returns what it is."""
    for name in _USUAL:
        import_module(f"ollama_tui.{name}")
    asyncio.run(_ask_nobody())
    # No process that is forked looks through it, which would copy it.
    gc.freeze()
    programs = _Programs()
    waits_for = [listener, sys.stdin, programs.have_ended]
    while sys.stdin not in (ready := select.select(waits_for, [], [])[0]):
        programs.tell_ends()
        if listener in ready:
            asked = _asked_of(listener)
            if programs.is_this(asked):
                listener.close()
                _become(asked)
                return asked
    return None


def _asked_of(listener: socket.socket) -> _Asked:
    asking, _ = listener.accept()
    _, (tells, *streams), _, _ = socket.recv_fds(asking, 1, 8)
    asked = _Asked(asking, tells, streams, *json.loads(asking.makefile("rb").read()))
    for word in asked.arguments:
        own = [f"cli.{_COMMANDS[word].partition('.')[0]}"] if word in _COMMANDS else []
        for name in (*own, *_NEEDED.get(word, ())):
            import_module(f"ollama_tui.{name}")
    return asked


async def _ask_nobody() -> None:
    # The half of what a request needs is imported as the first one is sent.
    with suppress(httpx.HTTPError):
        async with httpx.AsyncClient(trust_env=False, verify=False) as client:
            await client.get("http://127.0.0.1:1/")


def _become(asked: _Asked) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if asked.leads_session:
        os.setsid()
        fcntl.ioctl(asked.streams[0], termios.TIOCSCTTY, 0)
    _take_streams(asked)
    _set_up(asked)


def _take_streams(asked: _Asked) -> None:
    asked.asking.close()
    aside = [fcntl.fcntl(stream, fcntl.F_DUPFD, 256) for stream in asked.streams]
    os.closerange(3, 256)
    for at, descriptor in enumerate(aside):
        os.dup2(descriptor, at)
        os.close(descriptor)


def _set_up(asked: _Asked) -> None:
    os.environ.clear()
    os.environ.update(asked.environment)
    time.tzset()
    os.chdir(asked.folder)
    sys.argv = ["ollama-tui", *asked.arguments]
    for stream in (sys.stdout, sys.stderr):
        assert isinstance(stream, TextIOWrapper)
        stream.reconfigure(line_buffering=stream is sys.stderr or stream.isatty())


def _run() -> None:
    atexit.register(_leave)
    asked = _program_to_be(socket.socket(fileno=int(sys.argv[1])))
    if asked and asked.is_holder:
        from ollama_tui.holder.__main__ import main as hold

        os.setsid()
        os.register_at_fork(after_in_child=_tell_own_number)
        hold()
        _code.append(0)
    elif asked:
        from ollama_tui.cli import main

        _end_with(main)


def _end_with(main: Callable[[], int]) -> None:
    try:
        _code.append(main())
    except SystemExit as end:
        # Words are Python's to say.
        _code.extend([end.code or 0] if not isinstance(end.code, str) else [])
        raise
    sys.exit(_code[0])


def _leave() -> None:
    """End at once what has come to its end.

    Python would take apart all that was imported, for longer than most programs run.
    """
    # Of what cannot be written it is Python that tells.
    with suppress(OSError, ValueError):
        for code in _code:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)


def _tell_own_number() -> None:
    # Later forks find it closed: whatever the holder starts is a program of its own.
    with suppress(OSError):
        os.write(5, str(os.getpid()).encode())
        os.close(5)


if __name__ == "__main__":
    _run()
