"""When a server's log is read for what it says of its start."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from ollama_tui.core.start_log import KEPT_FOR, StartLog
from tests.core.test_server_start import CONFIG


@dataclass
class Written:
    """A log, and a clock that stands still."""

    contexts: list[int] = field(default_factory=lambda: [8192, 16384])
    now: float = 100.0

    def lines(self) -> tuple[str, ...]:
        return (CONFIG.replace("LENGTH:0", f"LENGTH:{self.contexts.pop(0)}"),)


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
def log(written: Written) -> StartLog:
    return StartLog(written.lines, lambda: written.now)


def test_it_is_read_once_whoever_asks(log: StartLog) -> None:
    assert log.known.context is None

    assert [log.read().context, log.read().context, log.known.context] == [8192] * 3


def test_it_is_read_anew_after_some_minutes(log: StartLog, written: Written) -> None:
    log.read()
    written.now += KEPT_FOR

    assert log.read().context == 16384


def test_it_is_read_anew_once_the_server_was_away(log: StartLog) -> None:
    log.read()
    log.forget()

    assert log.read().context == 16384


def test_what_was_read_while_the_server_was_away_is_read_anew(written: Written) -> None:
    def lines() -> tuple[str, ...]:
        forgetful.forget()
        return written.lines()

    forgetful = StartLog(lines, lambda: written.now)

    assert [forgetful.read().context, forgetful.read().context] == [8192, 16384]


def test_without_lines_nothing_is_known() -> None:
    assert StartLog().read().context is None
