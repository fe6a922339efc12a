"""The terminal itself: its signals, its modes, and lending it to another program."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from textual.app import App, ReturnType, SuspendNotSupported

from ollama_tui.core.errors import StateUnwritable, reason_of
from ollama_tui.core.files import write_atomically
from ollama_tui.core.log_lines import without_secrets_in
from ollama_tui.core.text import clean, clean_lines
from ollama_tui.tui.stalled import end_without_terminal

_ENDING_SIGNALS = ("SIGTERM", "SIGHUP")
# Textual sets these and does not undo them on every way out.
_PUSH_TITLE, _POP_TITLE = "\x1b[22;2t", "\x1b[23;2t"
_STDOUT, _STDERR = 1, 2
_UNDO = "\x1b[?1016l\x1b[?2048l"


def end_on_signals(app: App[ReturnType]) -> None:
    """Leave in good order on SIGTERM and SIGHUP, with the exit code that shells expect.

    Without it Textual dies at once and leaves the alternate screen behind.
    """
    loop = asyncio.get_running_loop()
    for name in _ENDING_SIGNALS:
        number = getattr(signal, name, None)
        if number is not None:
            loop.add_signal_handler(number, partial(_leave, app, number))
            # The loop does not hear of it while a stalled terminal holds it up; this does.
            signal.signal(number, lambda *_: end_without_terminal())


def _leave(app: App[ReturnType], number: int) -> None:
    app.exit(return_code=128 + number)
    for process in _lent_to:
        # The application waits for it.
        process.send_signal(number)


def write_crash_report(path: Path, secrets: Iterable[str] = ()) -> Path | None:
    """Write down the exception that is being handled, without the values of variables.

    Args:
        path: the report's, which is given back; None if the file could not be written.
        secrets: keys and tokens, which may be in the exception's words.
    """
    try:
        write_atomically(path, clean_lines(without_secrets_in(traceback.format_exc(), secrets)))
    except StateUnwritable:
        return None
    return path


def set_title(title: str) -> None:
    """Name the terminal's window; the name of before is kept on the terminal's own stack."""
    _write(_named(title))


def give_title_back(app: App[ReturnType]) -> None:
    """Give the window its old name for as long as another program has it."""
    _write_while_drawing(app, _POP_TITLE)


def take_title_again(app: App[ReturnType]) -> None:
    """Name the window again."""
    _write_while_drawing(app, _named(app.title))


def undo_modes() -> None:
    """Take back the modes that may be left, and the title."""
    try:
        _write(_UNDO + _POP_TITLE)
        sys.stderr.flush()
    except OSError:
        # The window is closed; what is written when the interpreter ends would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), _STDERR)


def _named(title: str) -> str:
    return f"{_PUSH_TITLE}\x1b]2;{title}\x1b\\"


@contextmanager
def stdout_on_screen() -> Iterator[None]:
    """Let stdout be the terminal that is drawn on, for as long as a full-screen program runs.

    Textual asks it for its size, though it draws on stderr (seen with 8.2.8); and nothing that
    is printed meanwhile gets among the data.
    """
    kept = os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    try:
        yield
    finally:
        os.dup2(kept, _STDOUT)
        os.close(kept)


def announce(app: App[None], text: str) -> None:
    """Call whoever looks elsewhere: a bell, and a notice of the desktop where a terminal has them.

    Terminals that know no OSC 9 take no notice of it; tmux hands it on where it is allowed to.
    """
    app.bell()
    sequence = f"\x1b]9;{clean(text, 200)}\a"
    if "TMUX" in os.environ:
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        sequence = f"\x1bPtmux;{doubled}\x1b\\"
    _write_while_drawing(app, sequence)


def _write_while_drawing(app: App[ReturnType], sequence: str) -> None:
    # Through the driver, as Textual's own OSC 52 goes, so that no frame is cut in two.
    if os.environ.get("TERM") != "linux" and app._driver is not None:
        app._driver.write(sequence)


def _write(sequence: str) -> None:
    # Where Textual draws too; the Linux console knows no titles and would print them.
    stream = sys.__stderr__
    if stream is not None and stream.isatty() and os.environ.get("TERM") != "linux":
        stream.write(sequence)
        stream.flush()


_LENT = threading.Lock()
"""Held while a program has the terminal, of which there is one."""
_lent_to: set[asyncio.subprocess.Process] = set()
"""The program that has it, while one does."""


async def run_in_terminal(
    app: App[None], command: Sequence[str], environment: Mapping[str, str]
) -> str:
    """Run a program in the terminal and come back; the failure in words, or an empty string.

    Downloads go on meanwhile. Ctrl-C is the program's own: this one takes no notice of it.
    """
    if not _LENT.acquire(blocking=False):
        return "Another program has the terminal."
    try:
        return await _run(app, command, environment)
    finally:
        _LENT.release()


async def _run(app: App[None], command: Sequence[str], environment: Mapping[str, str]) -> str:
    before = signal.getsignal(signal.SIGINT)
    try:
        # Nothing is painted into the other program's screen.
        with app.batch_update(), app.suspend():
            # A handler, not SIG_IGN, which the program would inherit.
            signal.signal(signal.SIGINT, _take_no_notice)
            process = await asyncio.create_subprocess_exec(*command, env=environment)
            _lent_to.add(process)
            code = await process.wait()
    except SuspendNotSupported:
        return "This terminal cannot be lent to another program."
    except OSError as error:
        return f"{command[0]} could not be started: {reason_of(error)}."
    finally:
        _lent_to.clear()
        signal.signal(signal.SIGINT, before)
    name = " ".join((Path(command[0]).name, *command[1:]))
    return f"{name} ended with code {code}." if code else ""


def _take_no_notice(*_: object) -> None:
    """Stand in for SIGINT's handler."""
