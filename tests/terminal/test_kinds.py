"""Kinds of terminals, locales, and tmux."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.conftest import Start
from tests.terminal.person import OldTerminal, Person, environment_of
from tests.terminals import PATIENCE, modes_left

KINDS = [
    ("xterm", {"LANG": ""}, False),
    ("xterm-256color", {"LANG": "en_US.utf8"}, False),
    ("screen", {"LC_ALL": "C", "LANG": "C"}, True),
    ("tmux-256color", {"LANG": "POSIX"}, True),
    ("linux", {"LC_ALL": "C.UTF-8"}, True),
]
"""The terminal, the locale (`en_US.utf8` is not installed), and whether only ASCII is drawn."""
COLOURS = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m")
TITLES = re.compile(rb"\x1b\]2;|\x1b\[2[23](?:;\d)?t")
HAS_TMUX = pytest.mark.skipif(not shutil.which("tmux"), reason="there is no tmux")


def comes_and_goes(person: Person) -> str:
    """See the dashboard and its help, and leave; what was on the screen."""
    person.sees("1 Models", "gemma3:27b", "3 loaded", "? help")
    text = person.text
    person.presses("question_mark")
    person.sees("not all on GPU")
    person.presses("ctrl+c")
    person.sees_no("not all on GPU")
    person.presses("q")
    assert person.ended() == 0
    assert modes_left(person.written) == set()
    assert person.settings == person.settings_before
    return text


@pytest.mark.parametrize(("term", "locale", "is_ascii"), KINDS, ids=[term for term, *_ in KINDS])
def test_it_works_on_each_kind_of_terminal_with_the_signs_of_the_locale(
    start: Start, term: str, locale: dict[str, str], is_ascii: bool
) -> None:
    person = start(kind=OldTerminal, TERM=term, **locale)

    text = comes_and_goes(person)

    assert text.isascii() == is_ascii
    assert COLOURS.search(person.written)
    # The Linux console would print a title.
    assert bool(TITLES.search(person.written)) == (term != "linux")


def test_a_dumb_terminal_gets_the_list(start: Start) -> None:
    person = start(kind=OldTerminal, TERM="dumb")

    assert person.ended() == 0
    assert "gemma3:27b" in person.text
    assert b"\x1b" not in person.written


def test_no_color_is_kept(start: Start) -> None:
    person = start(NO_COLOR="1")

    comes_and_goes(person)

    assert not COLOURS.search(person.written)


class Tmux:
    """A tmux server of the test's own with the dashboard in it."""

    def __init__(self, home: Path, url: str) -> None:
        self._socket = str(home / "tmux")
        self._home = home
        variables = environment_of(home) | {"OLLAMA_HOST": url}
        settings = [f"-e{name}={value}" for name, value in variables.items() if name != "TERM"]
        self("new-session", "-d", "-x120", "-y40", *settings, "sh")

    def __call__(self, *words: str) -> str:
        command = ["tmux", "-S", self._socket, "-f/dev/null", *words]
        done = subprocess.run(
            command, env=environment_of(self._home), cwd=self._home, timeout=PATIENCE,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def shows(self, *words: str) -> None:
        """Wait until its pane holds all these words."""
        until = time.monotonic() + PATIENCE
        while not all(one in (text := self("capture-pane", "-p")) for one in words):
            assert time.monotonic() < until, text
            time.sleep(0.05)


@pytest.fixture
def tmux(home: Path, url: str) -> Iterator[Tmux]:
    tmux = Tmux(home, url)
    yield tmux
    tmux("kill-server")


@HAS_TMUX
def test_in_tmux_its_pane_is_as_before(tmux: Tmux, home: Path) -> None:
    flags = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{wrap_flag} #{keypad_flag}"
    before = tmux("display", "-p", flags)
    tmux("send-keys", "clear; stty -a > before; ollama-tui; echo code $?; stty -a > after", "Enter")
    tmux.shows("1 Models", "gemma3:27b", "3 loaded", "? help")
    tmux("send-keys", "?")
    tmux.shows("not all on GPU")
    tmux("resize-window", "-x80", "-y24")
    tmux("send-keys", "C-c", "q")
    tmux.shows("code 0")

    assert tmux("display", "-p", flags) == before
    assert (home / "after").read_text().splitlines()[1:] == (
        (home / "before").read_text().splitlines()[1:]
    )
