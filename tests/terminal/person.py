"""Somebody at a terminal: what they see of a program, and what they do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from ollama_tui.core.keys import key_sign
from tests.holders import is_running
from tests.terminal.drawing import Screen, Stream
from tests.terminals import LEAVES_SCREEN, PROGRAM, Terminal

MODERN: Mapping[bytes, bytes] = {
    rb"\x1b\[0?c": b"\x1b[?62;22c",
    rb"\x1b\[6n": b"\x1b[1;1R",
    rb"\x1b\[\?2026\$p": b"\x1b[?2026;2$y",
    rb"\x1b\[\?2048\$p": b"\x1b[?2048;2$y",
}
"""What a terminal says that can draw frames at once and tells of its size in band."""

_KEYS = {
    "enter": "\r", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ",
    "backspace": "\x7f", "up": "\x1b[A", "down": "\x1b[B", "left": "\x1b[D", "right": "\x1b[C",
    "home": "\x1b[H", "end": "\x1b[F", "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "f1": "\x1bOP",
}  # fmt: skip
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_UNFINISHED = re.compile(rb"\x1b(\[[0-?]*[ -/]*|[P\]^_][^\x07\x1b]*|)$")
# pyte would print these.
_UNKNOWN = re.compile(rb"\x1b\[[<>=][0-9;]*[a-z]|\x1b\[\?[0-9;]*\$p|\x1b[P^_][^\x1b]*\x1b\\")


class Person(Terminal):
    """Somebody who looks at a terminal with a program in it."""

    ANSWERS = MODERN
    ESCAPE = b"\x1b[27u"

    def __init__(
        self,
        home: Path,
        url: str,
        *arguments: str,
        size: tuple[int, int] = (120, 40),
        command: tuple[str, ...] = PROGRAM,
        **more: str,
    ) -> None:
        """Start the program.

        Args:
            home: the person's home folder.
            url: the server's address.
            arguments: of the program.
            size: columns and lines of the terminal.
            command: the program, where it is another one.
            more: further variables of the environment.
        """
        self.home, self.url = home, url
        self._screen = Screen(*size)
        self._stream = Stream(self._screen)
        self._rest = b""
        self._lines: list[str] | None = None
        variables = environment_of(home) | {"OLLAMA_HOST": url} | more
        super().__init__((*command, *arguments), variables, size, folder=home)

    @property
    def lines(self) -> list[str]:
        """What is on the screen, line by line."""
        if self._lines is None:
            self._lines = self._screen.rows
        return self._lines

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self.lines)

    def line_with(self, words: str) -> str:
        """The first line on the screen that holds these words; empty if there is none."""
        return next((line for line in self.lines if words in line), "")

    @property
    def said_at_last(self) -> str:
        """What is to be read below once the program has left the screen."""
        return _SEQUENCE.sub("", self.written.rpartition(LEAVES_SCREEN)[2].decode())

    @property
    def leftovers(self) -> list[psutil.Process]:
        """The processes that were started at this home and run."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get("HOME") == str(self.home) and is_running(process):
                    found.append(process)
        return found

    def sees(self, *words: str) -> None:
        """Wait until all these words are on the screen."""
        self.wait_until(lambda: all(one in self.text for one in words), words)

    def sees_either(self, *words: str) -> None:
        """Wait until one of these is on the screen."""
        self.wait_until(lambda: any(one in self.text for one in words), words)

    def sees_no(self, words: str) -> None:
        """Wait until these words are not on the screen."""
        self.wait_until(lambda: words not in self.text, f"no {words!r}")

    def is_on(self, name: str) -> None:
        """Wait until the cursor's bar is on the row of that name."""
        self.wait_until(lambda: name in self._under_cursor(), f"the cursor on {name}")

    def is_not_on(self, name: str) -> None:
        """Wait until the cursor's bar is elsewhere."""
        self.wait_until(lambda: name not in self._under_cursor(), f"no cursor on {name}")

    def draws_something(self) -> None:
        """Wait until the program writes."""
        before = len(self.written)
        self.wait_until(lambda: len(self.written) > before, "anything drawn")

    def is_stopped(self) -> None:
        """Wait until the program is suspended."""
        is_stopped = psutil.Process(self.pid).status
        self.wait_until(lambda: is_stopped() == psutil.STATUS_STOPPED, "a suspended program")

    def loses_the_screen(self) -> None:
        """See nothing any more of what was drawn, as after another program's output."""
        self._screen.select_graphic_rendition(0)
        self._screen.erase_in_display(2)
        self._lines = None

    def sees_in_line(self, words: str, *others: str) -> None:
        """Wait until a line holds these words, and the others too."""
        self.wait_until(
            lambda: any(all(one in line for one in (words, *others)) for line in self.lines),
            (words, *others),
        )

    def presses(self, *keys: str) -> None:
        """Press keys, by the names that Textual has for them."""
        for key in keys:
            self.write(self.ESCAPE if key == "escape" else typed_by(key))

    def types(self, text: str) -> None:
        """Type a text."""
        self.write(text.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Drag the window; a terminal that was asked to says so in band too."""
        self._screen.resize(lines, columns)
        self._lines = None
        super().resize(columns, lines)
        if self.written.rfind(b"\x1b[?2048h") > self.written.rfind(b"\x1b[?2048l"):
            self.write(f"\x1b[48;{lines};{columns};0;0t".encode())

    def take(self, written: bytes) -> None:
        """Draw what was written."""
        text = self._rest + written
        cut = _UNFINISHED.search(text)
        self._rest = cut[0] if cut else b""
        self._stream.feed(_UNKNOWN.sub(b"", text[: len(text) - len(self._rest)]))
        self._lines = None

    def _under_cursor(self) -> str:
        rows = (self._screen.buffer[at] for at in range(self.size[1]))
        return "".join(row[at].data for row in rows for at in row if row[at].bg != "default")

    def _seen(self) -> str:
        return f"on the screen:\n{self.text}\nsaid at last: {self.said_at_last[-2000:]}"


class OldTerminal(Person):
    """Somebody whose terminal answers no question, and sends Escape as it begins other keys."""

    ANSWERS: Mapping[bytes, bytes] = {}
    ESCAPE = b"\x1b"


def typed_by(key: str) -> bytes:
    """What a terminal sends for a key."""
    if key.startswith("ctrl+"):
        return bytes([ord(key[5].upper()) & 31])
    return _KEYS.get(key, key_sign(key)).encode()


def environment_of(home: Path) -> dict[str, str]:
    """The variables of a person with that home folder."""
    names = ("config", "state", "cache")
    folders = {f"XDG_{name.upper()}_HOME": str(home / name) for name in names}
    path = f"{home / 'bin'}:{Path(PROGRAM[0]).parent}:/usr/local/bin:/usr/bin:/bin"
    return {
        "HOME": str(home), "PATH": path, "TERM": "xterm-256color", "LANG": "C.UTF-8", "TZ": "UTC",
        "EDITOR": "edit",
        **folders,
    }  # fmt: skip
