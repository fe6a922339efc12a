"""A question with a safe answer and one that acts, or several."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.widget import Widget

from ollama_tui.tui.lines import Line, line, quiet
from ollama_tui.tui.screens.asking import NO, AskingScreen, Offer
from ollama_tui.tui.screens.dialog import AROUND, Lines, Result

_BELOW = 2
"""Lines that the dialog has under the facts: a blank and the buttons."""


def shortened(facts: Sequence[Line], height: int) -> Sequence[Line]:
    """The facts that a screen has room for, and how many there are beyond.

    Args:
        facts: a line each.
        height: lines of the screen.
    """
    room = max(1, height - AROUND - _BELOW)
    if len(facts) <= room:
        return facts
    return (*facts[: room - 1], line(quiet(f"… {len(facts) - room + 1} lines more")))


class QuestionScreen(AskingScreen[Result]):
    """Ask before something that is hard to undo; the default is not to."""

    IS_DESTRUCTIVE = True

    def __init__(
        self, question: str, facts: Sequence[Line], offers: Sequence[Offer[Result]]
    ) -> None:
        """Ask a question.

        Args:
            question: it holds the name or the number.
            facts: lines that say what the act means.
            offers: the safe answer, then those that act.
        """
        super().__init__(question, (("esc", "close"),))
        self._facts, self.offers = facts, offers

    def body(self) -> Iterable[Widget]:
        """The facts, then the buttons."""
        yield Lines(self._shown)
        yield self.buttons

    def on_resize(self) -> None:
        """Keep the buttons on the screen."""
        self.query_one(Lines).show(self._shown)

    @property
    def _shown(self) -> Sequence[Line]:
        return (*shortened(self._facts, self.app.size.height), ())


class ConfirmScreen(QuestionScreen[bool]):
    """Whether to do it."""

    def __init__(self, question: str, facts: Sequence[Line], verb: str, no: str = NO) -> None:
        """Ask a question.

        Args:
            question: it holds the name or the number.
            facts: lines that say what the act means.
            verb: of the answer that acts.
            no: of the safe answer.
        """
        super().__init__(question, facts, (("n", no, False), ("y", verb, True)))
