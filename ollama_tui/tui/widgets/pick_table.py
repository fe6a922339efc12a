"""The table of models from which one is picked: letters go into its filter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from ollama_tui.tui.lines import Line, line, loud, quiet
from ollama_tui.tui.widgets.model_table import ModelTable


class PickTable(ModelTable, inherit_bindings=False):
    """Models with a cursor that begins at one of them and is moved without letters."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "move(1)", show=False),
        Binding("up,ctrl+p", "move(-1)", show=False),
        Binding("pagedown", "move_page(1)", show=False),
        Binding("pageup", "move_page(-1)", show=False),
        Binding("home", "move_to_first", show=False),
        Binding("end", "move_to_last", show=False),
    ]

    def __init__(self, begins_at: str | None, *, id: str | None = None) -> None:
        """Show no models yet.

        Args:
            begins_at: the model under the cursor at first; None for the first row.
            id: as of any widget.
        """
        super().__init__(id=id)
        self._begins_at = begins_at

    def heading(self) -> Line:
        """What it is for, the filter, and how old the list is."""
        title = line(loud("Pick a model"), "  ")
        if self.library is None:
            return (*title, quiet("reading the list…"))
        count = f"{len(self._shown)} of {len(self.library)}"
        facts = f" · as of {self._as_of()}" if self.stale_as_of is not None else ""
        failure = f" · {self.library_failure}" if self.library_failure else ""
        return (*title, *line(f"/{self.view.filter}▏", quiet(f"  {count}{facts}{failure}")))

    def empty_picture(self, width: int, height: int) -> Sequence[Line]:
        """What to do where no model matches."""
        if not self.library:
            return ()
        return ((), line("   no name matches ", quiet("· ^u shows all")))

    def put_rows(self, names: Sequence[str]) -> None:
        """Show these rows; at first the cursor goes where it begins."""
        super().put_rows(names)
        if names and self._begins_at is not None:
            self.move_to(self._begins_at)
            self._begins_at = None
