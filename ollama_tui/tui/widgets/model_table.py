"""The table of installed models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual.reactive import var

from ollama_tui.core import units
from ollama_tui.core.library import NO_VERDICTS, Column, Library, Verdicts
from ollama_tui.core.memory.consequence import consequence
from ollama_tui.core.names import same_model
from ollama_tui.core.well_known import WELL_KNOWN
from ollama_tui.tui.lines import DOT, Line, Piece, fitted, line, loud, quiet
from ollama_tui.tui.view import View
from ollama_tui.tui.widgets.model_columns import (
    MARKS_WIDTH,
    ColumnShape,
    fit_cell,
    headings_of,
    name_cell,
    padded,
    shapes_for,
)
from ollama_tui.tui.widgets.model_details import server_facts
from ollama_tui.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from ollama_tui.core.memory.fit import Fit
    from ollama_tui.core.models import Deletion, Model, RunningModel, Server

_DELETING = 20
"""Cells that the whole words about a delete take."""


class ModelTable(RowList):
    """The models of a library in the user's order, with three marks before each name."""

    KEEPS_SCROLL_BAR = True

    library: var[Library | None] = var(None)
    """All installed models; None before any were known."""
    models_size: var[int | None] = var(None)
    """Bytes that they take, what several have counted once; None: as the server tells them."""
    view: var[View] = var(View())
    running: var[tuple[RunningModel, ...] | None] = var(None)
    """What is loaded; None if that is not known."""
    deleting: var[Mapping[str, Deletion]] = var(MappingProxyType({}))
    """When models are deleted unless that is taken back, by name."""
    verdicts: var[Verdicts] = var(NO_VERDICTS)
    """Which models fit."""
    fit: var[Fit | None] = var(None)
    """How the selected model would go into memory; None as long as that is not known."""
    tells_consequence: var[bool] = var(False)
    """Whether the row under the cursor tells what to know before it is loaded."""
    in_sight: var[tuple[str, ...]] = var(())
    """The names of the rows in sight."""
    current: var[str | None] = var(None)
    stale_as_of: var[float | None] = var(None)
    """When the library was last known to be right; None if it is right now."""
    library_failure: var[str] = var("")
    """Why the list could not be read at the last try; empty if it could."""
    server: var[Server | None] = var(None)
    """While it is down the list may be old."""
    now: var[float] = var(0.0)

    def __init__(self, *, id: str | None = None) -> None:
        """Show no models yet."""
        super().__init__(id=id)
        self._shown = Library()

    def heading(self) -> Line:
        """The panel's title: how many models, or the filter as it is typed."""
        if self.library is None:
            title = line(quiet("1 "), loud("Models"), "  ")
            if self.library_failure and not self._is_down:
                return (*title, ("●", "broken"), *line(f" {self.library_failure}"))
            return (*title, quiet("unknown" if self._is_down else "reading the list…"))
        count = len(self.library)
        if self.view.filter or self.view.is_typing or self.view.hides_unfit:
            cursor = "▏" if self.view.is_typing else ""
            typed = f"  /{self.view.filter}{cursor}" if self.view.filter or cursor else ""
            fitting = " · what fits" if self.view.hides_unfit else ""
            return line(
                quiet("1 "), loud("Models"), typed,
                quiet(f"  {len(self._shown)} of {count}{fitting}"),
            )  # fmt: skip
        size = self.library.disk_size if self.models_size is None else self.models_size
        facts = f"{count} · {units.space(size)}" if count else "none"
        if self.stale_as_of is not None:
            facts += f" · as of {self._as_of()}"
            if self.library_failure and not self._is_down:
                facts += f" · {self.library_failure}"
        marked = f" · {len(self.view.marks)} marked" if self.view.marks else ""
        return line(quiet("1 "), loud("Models"), quiet(f"  {facts}{marked}"))

    def headings(self, width: int) -> Sequence[Line]:
        """The names of the columns, the sorted one loud."""
        if not self.library:
            return ()
        return (headings_of(*self._shapes(width - 1), self.view.sort, self.view.reverse),)

    def row(self, index: int, width: int) -> Sequence[Line]:
        """A model's marks, name and figures."""
        model = self._shown.models[index]
        shapes, name_width = self._shapes(width)
        pieces = [(" ", ""), *self._marks(model), (" ", "")]
        name = name_cell(model.name, name_width, self.view.filter)
        pieces += padded(name, name_width)
        if (deletion := self.deleting.get(model.name)) is not None:
            room = sum(shape.width + 2 for shape in shapes)
            is_told = room >= _DELETING and not deletion.has_begun
            word = "deleting · z undoes" if is_told else "deleting"
            return ((*pieces, *fitted(line((word, "broken")), room)),)
        for shape in shapes:
            pieces += padded(self._cell(shape, model), shape.width, right=shape.is_right)
        if self._is_down:
            return (tuple((text, "quiet") for text, _ in pieces),)
        return (tuple(pieces),)

    def row_height(self, index: int) -> int:
        """A line more for the one under the cursor, where there is something to know."""
        return 1 + (index == self._at and bool(self._consequence))

    def beneath(self, width: int) -> Sequence[Line]:
        """What a load of it would do; blank until it is known, so that nothing jumps meanwhile."""
        if (fit := self.fit) is None or not (words := self._consequence):
            return ()
        if fit.name != self.selected:
            return ((),)
        blank = (" " * (MARKS_WIDTH + 3), "")
        takes = f"└ {units.memory(fit.total)} at {units.tokens(fit.options.context)}"
        return ((blank, (takes, "quiet"), DOT, (words, "costs")),)

    def empty_picture(self, width: int, height: int) -> Sequence[Line]:
        """What to press where there are no models, or none that match."""
        if self.library is None:
            return self._server_picture(width)
        if len(self.library) and self.view.hides_unfit and not self.view.filter:
            return ((), line("   nothing fits ", quiet("· f shows all")))
        if len(self.library):
            return ((), line("   no name matches ", quiet("· esc shows all")))
        names = [
            line(f"     {name:<24}", f"{number:>5}", quiet(f" {unit}"))
            for name, size in WELL_KNOWN[:3]
            for number, unit in [units.disk_parts(size)]
        ]
        hint = line("   ", loud("p"), quiet(" pulls one; small ones to begin with:"))
        return ((), line("   No models yet."), (), hint, (), *names)

    @property
    def columns(self) -> tuple[Column, ...]:
        """What the table can be sorted by in its present width."""
        shapes, _ = self._shapes(self.size.width - 1)
        return (Column.NAME, *(shape.column for shape in shapes))

    def watch_now(self, before: float, now: float) -> None:
        """Show how old they are once a minute; how long a server is down, at each poll."""
        if self._is_down or before // 60 != now // 60:
            self.redraw()

    def watch_deleting(self) -> None:
        """Show what is to go."""
        self.redraw()

    def watch_library(self) -> None:
        """Show the models."""
        self._arrange()

    def watch_view(self) -> None:
        """Show them in the new way."""
        self._arrange()

    def watch_verdicts(self) -> None:
        """Show which fit, in another order if it depends on that."""
        if self.view.needs_all_verdicts:
            self._arrange()
        else:
            self.redraw()

    def watch_fit(self) -> None:
        """Tell it under the row, where that is done."""
        if self.tells_consequence:
            self.redraw_around()

    def watch_in_sight(self) -> None:
        """Draw nothing: it follows from what was drawn."""

    def rows_drawn(self, first: int, last: int) -> None:
        """Tell which rows are in sight."""
        self.in_sight = tuple(model.name for model in self._shown.models[first:last])

    def _arrange(self) -> None:
        self._shown = self.view.shown(self.library or Library(), self.verdicts)
        self.put_rows(tuple(model.name for model in self._shown))

    def _shapes(self, width: int) -> tuple[tuple[ColumnShape, ...], int]:
        return shapes_for(width, has_fit=bool(self.verdicts))

    def _cell(self, shape: ColumnShape, model: Model) -> Line:
        if shape.cell is not None:
            return shape.cell(model, self.now)
        loaded = next((r for r in self.running or () if r.is_of(model)), None)
        is_spilled = loaded is not None and loaded.is_spilled
        is_awaited = not (model.is_cloud or model.size is None or self._is_down)
        verdict = self.verdicts.get(model.key)
        return fit_cell(verdict, is_spilled=is_spilled, is_awaited=is_awaited)

    @property
    def _consequence(self) -> str:
        if self.fit is None or not self.tells_consequence or self._is_down:
            return ""
        model = self._shown.get(self.fit.name)
        is_loaded = model is not None and any(one.is_of(model) for one in self.running or ())
        return "" if is_loaded else consequence(self.fit)

    @property
    def _is_down(self) -> bool:
        return self.server is not None and self.server.is_down

    def _server_picture(self, width: int) -> Sequence[Line]:
        if self.server is None or not self.server.is_down:
            return ()
        facts = server_facts(self.server, self.now, width - 6)
        return ((), *(((" " * 3, ""), *of) for of in facts))

    def _as_of(self) -> str:
        at = self.stale_as_of
        is_today = units.date(at)[:10] == units.date(self.now)[:10]
        return units.clock(at) if is_today else units.date(at)

    def _marks(self, model: Model) -> Sequence[Piece]:
        is_marked = model.name in self.view.marks
        is_current = self.current is not None and same_model(self.current, model.name)
        return (
            ("✓" if is_marked else " ", "yours" if is_marked else ""),
            self._loaded_mark(model),
            ("★" if is_current else " ", "yours" if is_current else ""),
        )

    def _loaded_mark(self, model: Model) -> Piece:
        loaded = next((r for r in self.running or () if r.is_of(model)), None)
        if loaded is None or self._is_down:
            return (" ", "")
        return ("◐", "costs") if loaded.is_spilled else ("●", "alive")
