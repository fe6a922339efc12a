"""A document in which one finds what one types, as in `less`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual import events
from textual.reactive import var

from ollama_tui.tui.document import Document
from ollama_tui.tui.finding import Found
from ollama_tui.tui.widgets.reader import Reader


class FindingReader(Reader):
    """A reader that looks for what is typed, from where one was when it was begun."""

    typed: var[str | None] = var(None)
    """What is being typed to be looked for; None while nothing is."""
    count: var[str] = var("")
    """How many places were found by now, and which one is the present one."""

    def __init__(self) -> None:
        """Look for nothing yet."""
        super().__init__()
        self._origin = 0

    def begin(self) -> None:
        """Let the letters go into what is looked for."""
        self._origin = self.top
        self._type("")

    def take(self, event: events.Key) -> bool:
        """Take a letter, if something is being typed and that is one."""
        if self.typed is None:
            return False
        if event.key == "backspace":
            self._type(self.typed[:-1])
        elif event.is_printable and event.character:
            self._type(self.typed + event.character)
        else:
            return False
        return True

    def keep(self) -> None:
        """Let the keys move again, with what was found still marked."""
        if self.typed == "":
            self._drop()
        self.typed = None

    def leave(self) -> bool:
        """Drop what is looked for; False if nothing is."""
        if self.typed is None and self.found is None:
            return False
        self.typed = None
        self._drop()
        return True

    def step(self, places: int) -> bool:
        """Go to the next place or the one before; False if nothing is looked for."""
        if self.found is None:
            return False
        self.found.step(places)
        self.show_found()
        return True

    def show(self, document: Document) -> None:
        """Show another document, and look for the same in it."""
        super().show(document)
        if self.found is not None:
            self._look_for(self.found.wanted)

    def show_found(self) -> None:
        """Show what was found by now, and tell how much that is."""
        super().show_found()
        self.count = self.found.words if self.found is not None and self.found.wanted else ""

    def _type(self, typed: str) -> None:
        self.typed = typed
        self._look_for(typed)

    def _look_for(self, wanted: str) -> None:
        self.found = Found(wanted, self.document.text)
        # Not begun before its turn: many keys may come at once.
        look: Callable[[], Awaitable[None]] = self._look
        self.run_worker(look, group="find", exclusive=True)

    async def _look(self) -> None:
        found = self.found
        if found is None:
            return
        for _ in found.look():
            if found.present is None and found.go_from(self._origin):
                self.show_found()
            # Keys have their turn.
            await asyncio.sleep(0)
        self.show_found()

    def _drop(self) -> None:
        self.workers.cancel_group(self, "find")
        self.found = None
        self.count = ""
