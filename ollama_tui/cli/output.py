"""What the commands print: data on stdout, words on stderr."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TextIO

from ollama_tui.cli.terminal import stream_width
from ollama_tui.core.errors import OllamaTuiError, reason_of
from ollama_tui.core.text import ASCII

SCHEMA = 1
"""The version of the JSON objects; it rises when a field changes its meaning or goes."""

_NAME_AT_LEAST = 12


def prepare_streams() -> None:
    """Let characters that the terminal's encoding lacks be escaped instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


_IS_QUIET = ContextVar("is_quiet", default=False)


def be_quiet(is_quiet: bool) -> None:
    """Say nothing from now on but what failed, or all again."""
    _IS_QUIET.set(is_quiet)


def say(words: str) -> None:
    """Write a line of words to stderr, unless that is not wanted."""
    if not _IS_QUIET.get():
        write_words(f"{words}\n")


def say_failure(words: str) -> None:
    """Write a line to stderr that says who it is that failed or warns."""
    write_words(f"ollama-tui: {words}\n")


def write_words(text: str) -> None:
    """Write text to stderr as it is; a stderr that is closed stops nothing."""
    with suppress(OSError, ValueError):
        if sys.stderr is not None:
            sys.stderr.write(text)
            sys.stderr.flush()


def is_yes(question: str) -> bool:
    """Ask on stderr and wait for a line; only a yes is one."""
    return answer_to(question) in ("y", "yes")


def answer_to(question: str) -> str:
    """Ask on stderr and wait for a line, which is given in lower case."""
    # With asyncio's own answer to Ctrl-C, the line would be waited for all the same.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        write_words(question)
        return _typed_line().strip().casefold()
    except KeyboardInterrupt:
        write_words("\n")
        raise
    finally:
        signal.signal(signal.SIGINT, before)


def _typed_line() -> str:
    """The next line of the terminal, or a KeyboardInterrupt."""
    # A Ctrl-C just before the wait for the line would be seen only once that is there.
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    before = signal.set_wakeup_fd(wakes)
    try:
        select.select([sys.stdin, woken], [], [])
        return sys.stdin.readline()
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(wakes)


def print_text(text: str, *, ascii_only: bool = False) -> None:
    """Write lines of data to stdout.

    Raises:
        BrokenPipeError: when the reader has left.
        OllamaTuiError: when it cannot be written for another reason.
    """
    try:
        _written(sys.stdout, in_ascii(text) if ascii_only else text)
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise OllamaTuiError(f"standard output could not be written: {reason}") from error


def print_json(content: Mapping[str, object]) -> None:
    """Write an object to stdout on one line, with the schema's version; it is pure ASCII."""
    print_text(json.dumps({"version": SCHEMA, **content}))


def drop_unwritten() -> None:
    """Drop what could not be written: the interpreter would try again, and end with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def in_ascii(text: str) -> str:
    """The text with the program's own signs in ASCII."""
    return text.translate(ASCII)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """The rows in aligned columns below their headings.

    Args:
        headings: the first line.
        rows: the cells, as many in each row as there are headings.
        right: the columns whose cells end at the same place.

    On a terminal the first column gives way, so that no line is broken; elsewhere all is whole.
    """
    lines = [headings, *rows]
    if (width := stream_width(sys.stdout)) is not None:
        lines = _narrowed(lines, width)
    widths = [max(cells(line[at]) for line in lines) for at in range(len(headings))]
    return "\n".join(
        "  ".join(
            _padded(cell, width, right=at in right)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _narrowed(lines: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    others = sum(max(cells(line[at]) for line in lines) + 2 for at in range(1, len(lines[0])))
    room = max(_NAME_AT_LEAST, width - others)
    return [(_elided(line[0], room), *line[1:]) for line in lines]


def _elided(name: str, room: int) -> str:
    tag = name.rpartition(":")[2][-room // 2 :]
    return name if cells(name) <= room else f"{name[: room - len(tag) - 2]}…:{tag}"


def cells(text: str) -> int:
    """How many cells of a terminal the text takes."""
    if text.isascii():
        return len(text)
    return sum(_cells_of(letter) for letter in text)


def iso(moment: float | None) -> str | None:
    """A moment as ISO 8601 in UTC; None if it is unknown or beyond the calendar."""
    if moment is None:
        return None
    try:
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None


def _written(stream: TextIO | None, text: str) -> None:
    if stream is None:
        raise ValueError("it is closed")
    stream.write(f"{text}\n")
    stream.flush()


def _padded(cell: str, width: int, *, right: bool) -> str:
    blank = " " * (width - cells(cell))
    return f"{blank}{cell}" if right else f"{cell}{blank}"


def _cells_of(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
