"""The dialog that shows what each context takes, and gives the chosen one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.memory.fit import Fit
from ollama_tui.tui.lines import Line, joined, line, loud, quiet, wrapped
from ollama_tui.tui.screens.choosing import ChoosingScreen

Contexts = tuple[Sequence[Fit], int]
"""How a model goes into memory with each context, and the one that it would get, or has."""


_SAVES = "save as a model"


class ContextScreen(ChoosingScreen[int]):
    """A row for each context, once they are read; gives its tokens, or None if it is left."""

    def __init__(
        self, name: str, read: Callable[[], Awaitable[Contexts]], against: str = ""
    ) -> None:
        """Show what a model takes.

        Args:
            name: the model's.
            read: learns it, which may take long.
            against: why none can be saved as a model; empty if it can.
        """
        super().__init__(f"Memory of {name} by context, driver included", _SAVES)
        self._read, self._against = read, against
        if against:
            self._keys = (("", f"↵ {_SAVES}"), *self._keys[1:])
        self.say((line(quiet("Reading…")),))

    def on_mount(self) -> None:
        """Read, while the keys are taken here already."""
        self.run_worker(self._learn(), group="read")

    def action_press(self) -> None:
        """Take the one under the cursor, or say why not."""
        if self._against:
            self.show_keys((("", self._against),))
        else:
            super().action_press()

    async def _learn(self) -> None:
        try:
            fits, first = await self._read()
        except OllamaTuiError as error:
            self.say(wrapped(str(error), self.choices.size.width, "broken"))
            return
        largest = next((fit.max_context for fit in fits), None)
        rows = {
            str(fit.options.context): (
                fit.options.context,
                _words(fit, is_largest=fit.options.context == largest),
            )
            for fit in fits
        }
        near = [context for context, _ in rows.values() if context <= first]
        self.offer(rows, str(max(near, default=first)))


def _words(fit: Fit, *, is_largest: bool) -> Line:
    parts = [line(quiet("the largest that fits"))] if is_largest else []
    if fit.measured is not None:
        parts.append(line(quiet("seen when loaded")))
    verdict = fit.verdict.value if fit.verdict else units.UNKNOWN
    return joined([*parts, line(loud(units.memory(fit.total))), line(f"{verdict:<6}")])
