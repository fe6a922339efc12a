"""Three ways to show a download: a bar, plain lines, JSON lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from ollama_tui.cli.output import cells, in_ascii, print_json, say, write_words
from ollama_tui.core import units
from ollama_tui.core.pulls import Pull, PullState

_BAR_AT_LEAST = 6
_BAR_AT_MOST = 40
_NAME_AT_LEAST = 6
_LINE_EVERY = 10.0
"""Seconds after which a plain line is due, even if little has arrived."""

_PHASES = {
    PullState.WAITING: "waits its turn",
    PullState.PAUSED: "paused",
    PullState.UNFINISHED: "unfinished",
    PullState.STARTING: "asking the registry",
    PullState.STALLED: "stalled: nothing arrives; the server's log may say why",
    PullState.VERIFYING: "verifying",
}


class ProgressView(Protocol):
    """Shows a download."""

    def show(self, pull: Pull) -> None:
        """Show how far it is; called a few times a second."""

    def end(self, pull: Pull) -> None:
        """Make room for the words about how it ended."""


class ProgressBar:
    """One line of a terminal, redrawn in place."""

    def __init__(self, width: Callable[[], int | None], *, ascii_only: bool) -> None:
        """Draw on stderr.

        Args:
            width: the terminal's cells now; it may change.
            ascii_only: whether only ASCII is drawn.
        """
        self._width = width
        self._ascii_only = ascii_only
        self._drawn = ""

    def show(self, pull: Pull) -> None:
        """Draw the line anew if it has changed."""
        # The last cell stays free: some terminals wrap when it is filled.
        line = bar_line(pull, (self._width() or 80) - 1)
        line = in_ascii(line) if self._ascii_only else line
        if line != self._drawn:
            self._drawn = line
            write_words(f"\r{line}\x1b[K")

    def end(self, pull: Pull) -> None:
        """Take the line away."""
        if self._drawn:
            self._drawn = ""
            write_words("\r\x1b[K")


class ProgressLines:
    """A line for each phase, each tenth, or each ten seconds, for logs."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Write on stderr."""
        self._clock = clock
        self._told: tuple[str, int] | None = None
        self._told_at = 0.0

    def show(self, pull: Pull) -> None:
        """Write a line if one is due."""
        reached = (_phase(pull), int((pull.share or 0) * 10))
        if reached != self._told or self._clock() - self._told_at >= _LINE_EVERY:
            self._told, self._told_at = reached, self._clock()
            say(f"{pull.name}: {', '.join(_facts(pull))}")

    def end(self, pull: Pull) -> None:
        """Nothing has to make room."""


class JsonLines:
    """An object a line on stdout, for programs."""

    def __init__(self) -> None:
        """Nothing is written yet."""
        self._told: dict[str, object] | None = None

    def show(self, pull: Pull) -> None:
        """Write what has changed."""
        content: dict[str, object] = {
            "name": pull.name,
            "state": pull.state.value,
            "status": pull.status,
            "completed_bytes": pull.completed,
            "total_bytes": pull.total,
            "share": None if pull.share is None else round(pull.share, 4),
            "bytes_per_second": None if pull.rate is None else round(pull.rate),
            "failure": pull.failure or None,
        }
        if content != self._told:
            self._told = content
            print_json(content)

    def end(self, pull: Pull) -> None:
        """Write the end, if it is not written yet."""
        self.show(pull)


def bar_line(pull: Pull, width: int) -> str:
    """The download on one line: what does not fit is left out, the percentage last."""
    facts = _facts(pull)
    while True:
        rest = "  ".join(facts)
        room = width - cells(pull.name) - cells(rest) - 4
        if room >= _BAR_AT_LEAST and pull.share is not None:
            return f"{pull.name}  {_bar(pull.share, min(room, _BAR_AT_MOST))}  {rest}"
        if len(facts) == 1:
            break
        facts = facts[:-1]
    name_room = width - cells(rest) - 2
    if name_room < _NAME_AT_LEAST:
        return rest[: max(0, width)]
    name = pull.name if len(pull.name) <= name_room else f"{pull.name[: name_room - 1]}…"
    return f"{name}  {rest}"


def _bar(share: float, width: int) -> str:
    full = int(share * width)
    return "━" * full + "─" * (width - full)


def _facts(pull: Pull) -> list[str]:
    """Percentage, phase, bytes, speed and time left, as far as they are known."""
    facts = [] if pull.share is None else [units.share(pull.share)]
    facts += [phase] if (phase := _phase(pull)) else []
    if pull.total:
        facts.append("{} of {} {}".format(*units.arrived(pull.completed, pull.total)))
    if pull.rate is not None:
        facts.append(units.rate(pull.rate))
    if left := units.time_left(pull.seconds_left):
        facts.append(left)
    return facts or ["pulling"]


def _phase(pull: Pull) -> str:
    if pull.is_retried:
        return units.trying_again(pull.note, pull.attempt)
    return _PHASES.get(pull.state, "")
