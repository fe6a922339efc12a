"""The dialog that tells what became of downloads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.widget import Widget

from ollama_tui.core import units
from ollama_tui.core.history import EndedPull, Outcome
from ollama_tui.tui.lines import Line, elided, fitted, line, quiet, wrapped
from ollama_tui.tui.screens.dialog import Dialog
from ollama_tui.tui.widgets.pager import Pager

_OUTCOME, _WHEN, _AMOUNT, _RATE = 9, 15, 8, 9
_INKS = {Outcome.FINISHED: "", Outcome.CANCELLED: "quiet", Outcome.FAILED: "broken"}


class HistoryScreen(Dialog[None]):
    """Downloads that ended, the newest first: how, when, how many bytes, how fast, why."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,H,enter", "leave", show=False)]

    WIDTH = 90

    pager = getters.query_one(Pager)

    def __init__(self, history: Sequence[EndedPull], now: float) -> None:
        """Tell of these downloads.

        Args:
            history: the newest first.
            now: seconds since 1970.
        """
        super().__init__("What became of downloads", (("↑↓ pgdn g G", "move"), ("esc", "close")))
        self._history, self._now = history, now

    def body(self) -> Iterable[Widget]:
        """The downloads."""
        yield Pager()

    def on_mount(self) -> None:
        """Show them."""
        self._show()
        self.pager.focus()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._show()

    def _show(self) -> None:
        cells = max(20, min(90, self.app.size.width - 4) - 8)
        rows = [row for one in self._history for row in ended_lines(one, self._now, cells)]
        self.pager.styles.height = max(1, min(len(rows), self.app.size.height - 8))
        self.pager.show(rows or [line(quiet("No download has ended yet."))])


def ended_lines(ended: EndedPull, now: float, cells: int) -> list[Line]:
    """A download's line of that many cells, and for a failure why."""
    figures = (
        fitted(line((ended.outcome.value, _INKS[ended.outcome])), _OUTCOME),
        fitted(line(quiet(units.ago(ended.ended_at, now))), _WHEN),
        fitted(line(units.received(ended.fetched, ended.total)), _AMOUNT, right=True),
        fitted(line(units.rate(ended.rate) if ended.rate else ""), _RATE, right=True),
    )
    rest = tuple(piece for figure in figures for piece in (("  ", ""), *figure))
    room = cells - (_OUTCOME + _WHEN + _AMOUNT + _RATE + 8)
    if room < 12:
        rest, room = (("  ", ""), *figures[0]), cells - _OUTCOME - 2
    first = (*fitted(line(elided(ended.shown_name, room)), room), *rest)
    why = [(("  ", ""), *of) for of in wrapped(ended.failure, cells - 2, "quiet")]
    return [first, *why]
