"""The first line: which box, how its server is, and the current model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.reactive import var

from ollama_tui.core import units
from ollama_tui.core.models import RunningModel, Server, ServerState
from ollama_tui.tui.lines import Line, joined, line, loud, quiet, spread
from ollama_tui.tui.lines import width as width_of
from ollama_tui.tui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from ollama_tui.core.shortage import Disk

_WIDE = 120


class Header(Canvas):
    """The status line; what does not fit goes from the right, never host, state and current."""

    server: var[Server | None] = var(None)
    running: var[tuple[RunningModel, ...] | None] = var(None)
    """What is loaded; None if that is not known."""
    current: var[str | None] = var(None)
    is_current_missing: var[bool] = var(False)
    """Whether the current model is not installed any more."""
    model_disk: var[Disk | None] = var(None)
    """The disk of the models; None: nobody knows it."""
    is_demo: var[bool] = var(False)
    is_read_only: var[bool] = var(False)

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """One line, with the margin that the panels have."""
        if self.server is None:
            return ()
        is_wide = self.app.size.width >= _WIDE
        margin = 2 if is_wide else 1
        room = width - 2 * margin
        right = self._current(is_wide)
        left = self._left(self.server, is_wide, room - width_of(right) - 2)
        blank = (" " * margin, "")
        return ((blank, *spread(left, right, room), blank),)

    def _left(self, server: Server, is_wide: bool, room: int) -> Line:
        host = line(loud(server.label))
        for flag, word in ((self.is_demo, "DEMO"), (self.is_read_only, "READ-ONLY")):
            if flag:
                host += line("  ", (word, "loud costs"))
        host += line("  ", *self._state(server, is_wide))
        facts = [*self._facts(server), *self._free(is_wide)]
        separator = ("  ·  ", "quiet") if is_wide else ("  ", "")
        while facts and width_of(joined([host, *facts], separator)) > room:
            facts.pop()
        return joined([host, *facts], separator)

    def _state(self, server: Server, is_wide: bool) -> Line:
        match server.state:
            case ServerState.UNKNOWN:
                return line(quiet("connecting…"))
            case ServerState.DOWN:
                return line(("●", "broken"), (" not reachable", "broken"))
            case ServerState.LIMITED:
                return line(("◐", "costs"), " limited", quiet(f" {server.version}"))
            case ServerState.ALIVE:
                word = " running" if is_wide else ""
                return line(("●", "alive"), word, quiet(f" {server.version}".rstrip()))

    def _facts(self, server: Server) -> list[Line]:
        if server.is_down:
            failure = server.failure.removesuffix(f" at {server.url}")
            return [line(failure), line(quiet(server.url.partition("://")[2]))]
        if server.state is ServerState.LIMITED:
            return [line(server.failure)]
        if self.running is None:
            return []
        count = len(self.running)
        return [line(f"{count} loaded" if count else "nothing loaded")]

    def _free(self, is_wide: bool) -> list[Line]:
        if self.model_disk is None:
            return []
        ink = "costs" if self.model_disk.is_nearly_full else ""
        word = quiet("disk ") if is_wide else ""
        amount, unit = units.space(self.model_disk.free).split(" ")
        return [line(word, (amount, ink), (f" {unit}", "quiet"), (" free", ink or "quiet"))]

    def _current(self, is_wide: bool) -> Line:
        if self.current is None:
            return line(quiet("no current model"))
        missing = (" missing", "broken") if self.is_current_missing else ""
        return line(quiet("current ") if is_wide else "", ("★", "yours"), " ",
                    loud(self.current), missing)  # fmt: skip
