"""The loaded models: memory, how much of it is on a GPU, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from textual.reactive import var

from ollama_tui.core import units
from ollama_tui.core.insights import Insights
from ollama_tui.core.models import LoadingModel, RunningModel
from ollama_tui.core.pins import Pin, Pins
from ollama_tui.tui.lines import Line, bar, elided, fitted, line, loud, quiet, spread
from ollama_tui.tui.lines import width as cells_of
from ollama_tui.tui.running_lines import LOST_ROW, lines_of_row
from ollama_tui.tui.widgets.row_list import RowList
from ollama_tui.tui.widgets.running_columns import bar_width, in_columns, name_width

_PATIENCE_SECONDS = 60.0
"""From which a model that does not go is said to wait."""


class RunningModels(RowList):
    """What `ps` reports, a row a model, and a second line for one that is not all on a GPU."""

    running: var[tuple[RunningModel, ...] | None] = var(None)
    """What is loaded; None if that is not known."""
    loads: var[tuple[LoadingModel, ...]] = var(())
    """What is being loaded; these rows come first."""
    insights: var[Insights] = var(Insights())
    """What is known of them beyond what the server says."""
    unloading: var[Mapping[str, float]] = var(MappingProxyType({}))
    """Since when loaded models are to go, by name."""
    pins: var[Pins] = var(Pins())
    """What is to stay loaded; what is not any more has a row of its own, below the others."""
    is_down: var[bool] = var(False)
    is_limited: var[bool] = var(False)
    """Whether the server has no `ps`."""
    has_headings: var[bool] = var(True)
    now: var[float] = var(0.0)
    signs: var[Mapping[str, str]] = var(MappingProxyType({}))
    """The keys of the acts, by their ids."""

    def heading(self) -> Line:
        """The panel's title: how many are loaded and the memory they take."""
        title = line(quiet("2 "), loud("Running"))
        if not self.running or self.is_down:
            return title
        present = self.insights.present(self.running) or ()
        total = sum(map(self.insights.memory, present))
        facts = f"  {len(present)} · {units.memory(total)}"
        if self.is_folded:
            facts += " · " + " · ".join(_short(model.name) for model in present)
        return (*title, quiet(facts))

    def headings(self, width: int) -> Sequence[Line]:
        """The names of the columns, where there is room for them."""
        if not self.running or not self.has_headings:
            return ()
        words = ("NAME", "MEMORY", "ON GPU", "", "CTX", "UNLOADS")
        return (in_columns([line(quiet(word)) for word in words], width),)

    def row(self, index: int, width: int) -> Sequence[Line]:
        """A model's figures, and what of it is on the CPU; or how long it has been loading."""
        if index < len(self.loads):
            return (self._loading_row(self.loads[index], width),)
        if (lost := self._lost_at(index)) is not None:
            row = self._not_there_row(lost.name, "not loaded", width)
            return (row, *self._pin_line(lost, width))
        model = self.insights.truly((self.running or ())[index - len(self.loads)])
        if self.insights.is_gone(model):
            row = self._not_there_row(model.name, "gone", width)
            return (row, *self._more_lines(model, width))
        share = model.gpu_share
        ink = "costs" if model.is_spilled else "alive"
        until = units.until(model.expires_at, self.now, is_pinned=model.is_pinned(self.now))
        memory, unit = units.memory_parts(self.insights.memory(model))
        figures = (
            line(elided(_short(model.name), name_width(width))),
            line(memory, quiet(f" {unit}")),
            bar(share, bar_width(width), ink),
            line((units.share(share), ink if model.is_spilled else "")),
            line(units.tokens(model.context_length)),
            line(until),
        )
        return (in_columns(figures, width), *self._more_lines(model, width))

    def row_height(self, index: int) -> int:
        """A line more for a model that is not all on a GPU, is to go, or lost its pin."""
        if index < len(self.loads):
            return 1
        if self._lost_at(index) is not None:
            return LOST_ROW
        model = (self.running or ())[index - len(self.loads)]
        return lines_of_row(model, self.unloading, self.pins, self.insights)

    def empty_picture(self, width: int, height: int) -> Sequence[Line]:
        """One quiet line where nothing is loaded, or where that is not known."""
        if self.is_down:
            return (line(quiet("unknown while the server is down")),)
        if self.is_limited:
            return (line(quiet("unknown: this server has no ps")),)
        if self.running is None:
            return (line(quiet("asking the server…")),)
        return (line(quiet("nothing is loaded")),)

    def watch_running(self) -> None:
        """Show what is loaded."""
        self._put()

    def watch_insights(self) -> None:
        """Show what is known of what is loaded."""
        self._put()

    def watch_loads(self) -> None:
        """Show what is being loaded."""
        self._put()

    def watch_unloading(self) -> None:
        """Show what is to go."""
        self._put()

    def watch_pins(self) -> None:
        """Show what is not loaded any more."""
        self._put()

    def watch_is_down(self) -> None:
        """Show that nothing can be known."""
        self._put()

    def watch_is_limited(self) -> None:
        """Show that nothing can be known."""
        self._put()

    def _put(self) -> None:
        if self.is_down:
            self.put_rows(())
            return
        loading = (one.name for one in self.loads)
        loaded = (model.name for model in self.running or ())
        self.put_rows((*loading, *loaded, *(pin.name for pin in self._lost())))

    def _lost(self) -> tuple[Pin, ...]:
        if self.running is None:
            return ()
        return self.pins.lost(self.running, [one.name for one in self.loads])

    def _lost_at(self, index: int) -> Pin | None:
        at = index - len(self.loads) - len(self.running or ())
        return self._lost()[at] if at >= 0 else None

    def _not_there_row(self, name: str, word: str, width: int) -> Line:
        return spread(line(quiet(elided(_short(name), width // 2))), line(quiet(word)), width)

    def _more_lines(self, model: RunningModel, width: int) -> Sequence[Line]:
        if model.name in self.unloading:
            return (fitted(line(quiet(self._leaving(self.unloading[model.name]))), width),)
        pin = self.pins.of(model)
        if self.insights.is_gone(model):
            words = line(("└ its runner is gone", "costs"), quiet(" · the next request loads it"))
            lines = [fitted(words, width)]
        else:
            lines = [self._spilled_line(model, width)] if model.is_spilled else []
            lines += [self._more_line(model, width)] if self.insights.is_more(model) else []
        return (*lines, *(self._pin_line(pin, width) if pin else ()))

    def _spilled_line(self, model: RunningModel, width: int) -> Line:
        part = "all of it" if model.gpu_share == 0 else units.memory(model.cpu_bytes)
        words = f"└ {part} {'runs' if model.gpu_share == 0 else 'are'} on the CPU"
        why = self.insights.why(model)
        if why is None:
            return fitted(line((words, "costs")), width)
        remedy = quiet(f" · {_lowered(why.remedy)}{self._sign(why.act)}")
        whole = line((f"{words}: {why.words}", "costs"), remedy)
        # How much it is, the row itself tells too.
        brief = line((f"└ {why.words}", "costs"), remedy)
        return fitted(whole if cells_of(whole) <= width else brief, width)

    def _more_line(self, model: RunningModel, width: int) -> Line:
        known = self.insights.occupancy(model)
        assert known is not None
        more = units.memory(known.memory - known.reported)
        words = f"└ the server says {more} less than it takes ({known.source.value})"
        return fitted(line(quiet(words)), width)

    def _sign(self, act: str) -> str:
        return f" ({self.signs[act]})" if act in self.signs else ""

    def _pin_line(self, pin: Pin, width: int) -> Sequence[Line]:
        if pin.broken is None:
            return ()
        return (fitted(line((f"└ {pin.broken.words}", "costs"), quiet(" · n renews")), width),)

    def _leaving(self, since: float) -> str:
        if self.now - since < _PATIENCE_SECONDS:
            return "└ unloading"
        lasted = units.duration(self.now - since)
        return f"└ unloading for {lasted}: it waits for requests in flight"

    def _loading_row(self, one: LoadingModel, width: int) -> Line:
        words = f"loading {units.duration(max(1.0, self.now - one.since))}"
        last = one.last_seconds
        before = quiet(f" · {units.duration(last)} the last time") if last is not None else ""
        return spread(
            line(elided(_short(one.name), width // 2)), line((words, "costs"), before), width
        )


def _lowered(sentence: str) -> str:
    return f"{sentence[:1].lower()}{sentence[1:]}"


def _short(name: str) -> str:
    return name.removesuffix(":latest")
