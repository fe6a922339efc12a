"""The terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ollama_tui.core.doctor import Outcome, terminal
from ollama_tui.core.doctor.evidence import Terminal
from ollama_tui.core.doctor.finding import Finding
from tests.core.doctor.evidences import TERMINAL, found


def told(check: str, environment: dict[str, str] | None = None, **changes: Any) -> Finding:
    variables = {**TERMINAL.environment, **(environment or {})}
    changed = replace(TERMINAL, environment=variables, **changes)
    return found(terminal.check(changed), f"terminal.{check}")


def test_a_usual_one_is_well() -> None:
    assert {one.outcome for one in terminal.check(TERMINAL)} == {Outcome.OK}


def test_without_one_all_is_unknown() -> None:
    findings = list(terminal.check(Terminal(is_there=False)))

    assert {one.outcome for one in findings} == {Outcome.UNKNOWN}
    assert len(findings) == 6


@pytest.mark.parametrize("term", ["", "dumb"])
def test_one_that_cannot_draw_is_a_fault(term: str) -> None:
    assert told("type", term=term).outcome is Outcome.FAULT


def test_the_wrong_type_within_tmux_is_a_warning() -> None:
    assert told("type", {"TMUX": "/tmp/x"}).outcome is Outcome.WARNING
    assert told("type", {"TMUX": "/tmp/x"}, term="tmux-256color").outcome is Outcome.OK


@pytest.mark.parametrize(
    ("environment", "term", "words"),
    [
        ({"NO_COLOR": "1"}, "xterm-256color", "no colour"),
        ({"COLORTERM": "truecolor"}, "xterm", "all colours"),
        ({}, "xterm-256color", "256 colours"),
        ({}, "linux", "16 colours"),
    ],
)
def test_its_colours_are_told(environment: dict[str, str], term: str, words: str) -> None:
    assert words in told("colours", environment, term=term).sentence


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "C.utf8"}, Outcome.OK),
        ({"LC_ALL": "C"}, Outcome.WARNING),
        ({"LANG": ""}, Outcome.WARNING),
    ],
)
def test_its_letters_are_judged(environment: dict[str, str], expected: Outcome) -> None:
    assert told("utf8", environment).outcome is expected


def test_the_console_has_ascii() -> None:
    assert "ASCII" in told("utf8", term="linux").sentence


@pytest.mark.parametrize(
    ("columns", "lines", "expected"),
    [(80, 24, Outcome.OK), (79, 24, Outcome.WARNING), (80, 23, Outcome.WARNING)],
)
def test_its_size_is_judged(columns: int, lines: int, expected: Outcome) -> None:
    assert told("size", columns=columns, lines=lines).outcome is expected


@pytest.mark.parametrize(
    ("environment", "passthrough", "expected"),
    [
        ({"TMUX": "/tmp/x"}, "on", Outcome.OK),
        ({"TMUX": "/tmp/x"}, "off", Outcome.WARNING),
        ({"TMUX": "/tmp/x"}, "", Outcome.UNKNOWN),
        ({"STY": "1.pts"}, "", Outcome.WARNING),
    ],
)
def test_a_multiplexer_is_judged(
    environment: dict[str, str], passthrough: str, expected: Outcome
) -> None:
    assert told("tmux", environment, passthrough=passthrough).outcome is expected


def test_ssh_is_told() -> None:
    assert "ssh" in told("ssh", {"SSH_CONNECTION": "1 2 3 4"}).sentence
