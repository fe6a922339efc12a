"""The dialog that asks for how long a model stays loaded."""

from __future__ import annotations

from collections.abc import Sequence

from ollama_tui.core import units
from ollama_tui.tui.lines import line, quiet
from ollama_tui.tui.screens.choosing import ChoosingScreen


class KeepAliveScreen(ChoosingScreen[float]):
    """Choices of times; gives seconds, negative for ever, 0 to unload; None if it is left."""

    def __init__(self, name: str, times: Sequence[float], first: float) -> None:
        """Ask about a model.

        Args:
            name: the model's.
            times: seconds to choose from, negative for ever; it can be unloaded in any case.
            first: the one of them that the cursor begins at.
        """
        super().__init__(f"Keep {name} for", "keep")
        named = {**{units.stay(seconds): seconds for seconds in times}, "unload now": 0.0}
        rows = {words: (seconds, line(quiet(_remark(seconds)))) for words, seconds in named.items()}
        self.offer(rows, units.stay(first))


def _remark(seconds: float) -> str:
    if seconds < 0:
        return "pinned"
    return "after each use" if seconds else ""
