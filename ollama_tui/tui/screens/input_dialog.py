"""A dialog in which a text is typed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.widgets import Input

from ollama_tui.tui.screens.dialog import Dialog


class InputDialog(Dialog[str]):
    """Asks for a text; gives it, or None."""

    def __init__(self, title: str, keys: Sequence[tuple[str, str]], *, placeholder: str) -> None:
        """Frame a dialog with an input.

        Args:
            title: as of any dialog.
            keys: key and verb, for the lower border.
            placeholder: what the input shows while it is empty.
        """
        super().__init__(title, keys)
        self.field = Input(placeholder=placeholder, select_on_focus=False)
        # A cursor that blinks sends 2.5 KB a second.
        self.field.cursor_blink = False
