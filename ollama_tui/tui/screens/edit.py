"""What comes after the editor: the difference, or what is wrong with the text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from rich.cells import cell_len, chop_cells
from textual import getters
from textual.widget import Widget

from ollama_tui.tui.lines import Line, line, quiet, wrapped
from ollama_tui.tui.screens.asking import NO, AskingScreen
from ollama_tui.tui.screens.dialog import Lines
from ollama_tui.tui.widgets.pager import Pager

_INKS = {"+": "alive", "-": "broken", "…": "quiet"}
_BESIDE = 8
"""Columns of a dialog's frame, of the blanks within it, and of what shows where one scrolls."""
_AROUND = 9
"""Lines of it, of those around it, of the buttons, and of the blanks between."""
_READ_AT_LEAST = 3
"""Lines that what is to be read has at least, before the rest gets any."""


class Answer(Enum):
    """What becomes of an edited text."""

    CHANGE = "change"
    """The model has it from now on."""
    NEW_NAME = "new name"
    """A new model has it."""
    AGAIN = "edit again"


class AnswerScreen(AskingScreen[Answer]):
    """Lines to read with buttons below, of which the first is chosen; gives None to leave."""

    WIDTH = 100

    pager = getters.query_one(Pager)
    note = getters.query_one("#note", Lines)

    def __init__(self, title: str, kept: str) -> None:
        """Frame the dialog.

        Args:
            title: what is asked, or what is wrong.
            kept: where the text is kept if one leaves.
        """
        super().__init__(title, (("↑↓", "scroll"), ("esc", "close")))
        self._kept = kept

    def lines(self, cells: int) -> Sequence[Line]:
        """What is to be read, in lines that fit."""
        raise NotImplementedError

    def body(self) -> Iterable[Widget]:
        """The lines, the note, and the buttons."""
        yield Pager()
        yield Lines((), id="note")
        yield self.buttons

    def on_mount(self) -> None:
        """Let the keys that move scroll."""
        self._arrange()
        self.pager.focus()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._arrange()

    def _arrange(self) -> None:
        cells = max(10, min(self.WIDTH or 0, self.app.size.width - 4) - _BESIDE)
        # A path has no blanks to break it at.
        rows = chop_cells(self._kept, cells)
        note = [line(quiet(text)) for text in ("If nothing is changed, the text is kept:", *rows)]
        lines = self.lines(cells)
        room = max(1, self.app.size.height - _AROUND)
        del note[max(0, room - _READ_AT_LEAST) :]
        room = max(1, room - len(note))
        self.pager.styles.height = min(len(lines), room)
        self.pager.show(lines)
        self.note.show(((), *note, ()) if note else ((),))


class DifferenceScreen(AnswerScreen):
    """Shows what is different and asks for which name; the default is to change nothing."""

    offers = (
        ("n", NO, None),
        ("y", "same name", Answer.CHANGE),
        ("w", "new name", Answer.NEW_NAME),
        ("e", "edit again", Answer.AGAIN),
    )

    def __init__(self, question: str, difference: Sequence[str], kept: str) -> None:
        """Ask.

        Args:
            question: it holds the name.
            difference: lines with `+`, `-` or a blank before them.
            kept: where the text is kept if one leaves.
        """
        super().__init__(question, kept)
        self._difference = difference

    def lines(self, cells: int) -> Sequence[Line]:
        """The difference, in the colours that it usually has."""
        return [row for text in self._difference for row in _marked(text, cells)]


class MistakeScreen(AnswerScreen):
    """Says what is wrong; the text goes back to the editor unless one leaves."""

    offers = (("e", "edit again", Answer.AGAIN), ("n", NO, None))

    def __init__(self, title: str, words: str, kept: str) -> None:
        """Say it.

        Args:
            title: it names the model.
            words: what is wrong, and what to do about it.
            kept: where the text is kept if one leaves.
        """
        super().__init__(title, kept)
        self._words = words

    def lines(self, cells: int) -> Sequence[Line]:
        """What is wrong."""
        return wrapped(self._words, cells, "broken")


def _marked(text: str, cells: int) -> list[Line]:
    """A line of a difference; where it is too long, it goes on below its own sign."""
    sign, words = text[:1], text[1:]
    if sign == "…":
        return [line(quiet("…"))]
    ink = _INKS.get(sign, "quiet")
    if cell_len(words) <= cells - 2:
        return [line((f"{sign} {words}", ink))]
    rows = wrapped(words, cells - 2, ink)
    return [line((f"{' ' if at else sign} ", ink), *row) for at, row in enumerate(rows)]
