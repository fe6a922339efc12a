"""Every way out gives the terminal back as it was."""

from __future__ import annotations

import re
import shutil
import signal
from pathlib import Path

import pytest

from ollama_tui.core.acts import ACTS
from tests.holders import holders, wait_for_end
from tests.terminal.conftest import HELD_UP, Start, put_program
from tests.terminal.person import OldTerminal, Person
from tests.terminals import modes_left

SIGNALS = [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
# Python runs a module of this name, if there is one, before anything else.
CRASHES = """\
import sys
if "ollama-tui" in sys.argv[0]:
    from ollama_tui.tui.acts import disk
    disk.show_usage = lambda app: 1 / 0
"""
HAS_BASH = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")


def arrives(person: Person) -> None:
    person.sees("1 Models", "gemma3:27b", "3 loaded", "? help")


def has_the_terminal_back(person: Person) -> None:
    assert modes_left(person.written) == set()
    assert person.settings == person.settings_before


def leaves_no_process(person: Person) -> None:
    wait_for_end(person.leftovers)


@pytest.mark.parametrize("kind", [Person, OldTerminal])
def test_q_leaves_nothing_behind_whatever_is_typed_after_it(
    start: Start, kind: type[Person]
) -> None:
    person = start(kind=kind)
    arrives(person)
    person.types("q" + "".join(act.keys[0] for act in ACTS if len(act.keys[0]) == 1))

    assert person.ended() == 0
    assert person.said_at_last == ""
    has_the_terminal_back(person)
    leaves_no_process(person)


def test_a_signal_ends_it_in_good_order(start: Start) -> None:
    person = start()
    arrives(person)
    person.presses("question_mark")
    person.signal(signal.SIGINT)

    assert person.ended() == 130
    assert "Traceback" not in person.said_at_last
    has_the_terminal_back(person)
    leaves_no_process(person)


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_as_it_takes_the_screen_is_heeded_too(
    start: Start, number: signal.Signals, code: int
) -> None:
    person = start()
    person.shows("\x1b[?1049h")
    person.signal(number)

    assert person.ended() == code
    assert "Traceback" not in person.said_at_last
    has_the_terminal_back(person)


def test_a_closed_window_ends_it(start: Start) -> None:
    person = start()
    arrives(person)
    person.close()

    assert person.ended() == 129
    leaves_no_process(person)


def test_an_exception_is_told_in_a_line_and_fails(start: Start, home: Path) -> None:
    (home / "sitecustomize.py").write_text(CRASHES)
    person = start(PYTHONPATH=str(home))
    arrives(person)
    person.presses("D")

    assert person.ended() == 1
    said = re.sub(r"\s+", "", person.said_at_last)
    assert said.endswith(f"ollama-tuicrashed;whathappenedisin{home}/state/ollama-tui/crash.log")
    assert "ZeroDivisionError" in (home / "state/ollama-tui/crash.log").read_text()
    has_the_terminal_back(person)
    leaves_no_process(person)


def test_a_download_goes_on_in_the_holder_alone(start: Start, home: Path) -> None:
    person = start()
    arrives(person)
    person.presses("p")
    person.sees("name, command or address")
    person.types(HELD_UP)
    person.presses("enter")
    person.sees(f"Pulling {HELD_UP}", "1.0 of 2.0 GB")
    person.signal(signal.SIGHUP)

    assert person.ended() == 129
    has_the_terminal_back(person)
    wait_for_end([one for one in person.leftovers if "ollama_tui.holder" not in one.cmdline()])
    assert len(holders(home / "state" / "ollama-tui")) == 1


def test_a_signal_while_another_program_has_the_terminal_ends_it(start: Start, home: Path) -> None:
    put_program(home, "ollama", 'echo "I am $2"; exec sleep 300')
    person = start()
    arrives(person)
    person.presses("o")
    person.sees("I am")
    person.signal(signal.SIGTERM)

    assert person.ended() == 143
    has_the_terminal_back(person)


@HAS_BASH
def test_ctrl_z_and_fg_in_a_shell(start: Start, home: Path) -> None:
    person = start(command=("bash", "--norc", "--noprofile", "-i"), PS1="$ ")
    person.sees("$")
    person.types("stty -a > before; ollama-tui\r")
    arrives(person)
    person.presses("ctrl+z")
    person.sees("Stopped")
    person.types("stty -a > stopped; jobs\r")
    person.sees_in_line("[1]+", "ollama-tui")
    assert modes_left(person.written) <= {"?2004"}
    person.loses_the_screen()
    person.types("fg\r")
    person.sees("1 Models", "gemma3:27b", "? help")
    person.loses_the_screen()
    person.presses("q")
    person.sees("$")
    person.types("stty -a > after; exit $?\r")

    assert person.ended() == 0
    assert modes_left(person.written) <= {"?2004"}
    settings = {(home / name).read_text() for name in ("before", "stopped", "after")}
    assert len(settings) == 1
    leaves_no_process(person)
