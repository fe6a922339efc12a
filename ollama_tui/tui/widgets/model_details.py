"""What is known of the selected model; while the server is down, of the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual.reactive import var

from ollama_tui.core import units
from ollama_tui.core.insights import Insights
from ollama_tui.core.library import Library
from ollama_tui.core.memory.consequence import consequence
from ollama_tui.core.names import same_model
from ollama_tui.core.text import first_line
from ollama_tui.tui.lines import Line, elided, fitted, joined, line, loud, quiet, wrapped
from ollama_tui.tui.widgets.canvas import Canvas

if TYPE_CHECKING:
    from ollama_tui.core.memory.fit import Fit
    from ollama_tui.core.models import Model, ModelDetails, RunningModel, Server

_LABEL = 11


class ModelDetailsPanel(Canvas):
    """A label and a value a line: first what changes a decision, then what it is."""

    library: var[Library | None] = var(None)
    selected: var[str | None] = var(None)
    """The name of the model to show; None if there is none."""
    details: var[ModelDetails | None] = var(None)
    """What `show` told of it; None as long as it has not."""
    fit: var[Fit | None] = var(None)
    """How it would go into memory; None as long as that is not known."""
    running: var[tuple[RunningModel, ...] | None] = var(None)
    insights: var[Insights] = var(Insights())
    """What is known of what is loaded beyond what the server says."""
    current: var[str | None] = var(None)
    alias: var[str] = var("")
    """The name of the current model's alias; empty for none."""
    server: var[Server | None] = var(None)
    now: var[float] = var(0.0)
    signs: var[Mapping[str, str]] = var(MappingProxyType({}))
    """The keys of the acts, by their ids."""

    def heading(self) -> Line:
        """The model's name, or the word for what is wrong."""
        if self.server is not None and self.server.is_down:
            return line(loud("Server"))
        name = elided(self.selected, max(8, self.size.width - 4)) if self.selected else "Details"
        return line(loud(name))

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """The facts, one a line."""
        if self.server is not None and self.server.is_down:
            return [fitted(of, width) for of in server_facts(self.server, self.now, width)]
        model = self.library.get(self.selected) if self.library and self.selected else None
        if model is None:
            return ()
        facts = model_facts(
            model, self._details_of(model), self.library or Library(), self.running,
            self.current, self.now,
        )  # fmt: skip
        facts[1:1] = self._memory_facts(model, width)
        if self.alias and same_model(self.alias, model.name):
            facts.insert(1, fact("alias", _alias(model, self.current, self.library or Library())))
        return [fitted(of, width) for of in (*facts, *self._cause_facts(model, width))]

    def watch_details(self, before: ModelDetails | None, now: ModelDetails | None) -> None:
        """Show them, unless both are another model's, of which nothing is shown."""
        model = self.library.get(self.selected) if self.library and self.selected else None
        if model is not None and (_are_of(before, model) or _are_of(now, model)):
            self.redraw()

    def _memory_facts(self, model: Model, width: int) -> list[Line]:
        loaded = next((one for one in self.running or () if one.is_of(model)), None)
        memory = fact("memory", _memory(loaded, self.insights.memory(loaded)) if loaded else ())
        facts = [memory]
        if self.fit is not None and self.fit.name == model.name:
            sign = self.signs.get("model.context", "")
            facts = fit_facts(self.fit, memory if loaded else None, width, sign)
        elif not model.is_cloud:
            # Room for it, since all below would be sent again when it is known.
            facts.append(())
        known = self.insights.occupancy(loaded) if loaded is not None else None
        if known is not None and known.is_more:
            less = units.memory(known.memory - known.reported)
            facts.append(fact("", line(quiet(f"server says {less} less"))))
        return facts

    def _cause_facts(self, model: Model, width: int) -> list[Line]:
        """Why it is on the CPU, whole: its row may have room for a part of that only."""
        loaded = next((one for one in self.running or () if one.is_of(model)), None)
        why = self.insights.why(loaded) if loaded is not None else None
        words = f"{why.words}. {why.remedy}." if why else ""
        return [(), *_wrapped_fact("on CPU", words, width)] if words else []

    def _details_of(self, model: Model) -> ModelDetails | None:
        return self.details if _are_of(self.details, model) else None


def _are_of(details: ModelDetails | None, model: Model) -> bool:
    return details is not None and same_model(details.name, model.name)


def fact(label: str, value: Line) -> Line:
    """A label with its value, or with a dash where there is none."""
    return line(quiet(f"{label:<{_LABEL}}"), *(value or line(quiet(units.UNKNOWN))))


def model_facts(
    model: Model,
    details: ModelDetails | None,
    library: Library,
    running: Sequence[RunningModel] | None,
    current: str | None,
    now: float,
) -> list[Line]:
    """What is known of a model, in the order of its weight for a decision."""
    system = fact("system", line(first_line(details.system)) if details else ())
    loaded = next((one for one in running or () if one.is_of(model)), None)
    return [
        fact("state", _state(model, loaded, current, now)),
        fact("size", _size(model, library)),
        (),
        *_nature(model, details, now),
        (),
        system,
    ]


def fit_facts(fit: Fit, loaded: Line | None, width: int, sign: str) -> list[Line]:
    """What a model takes: as it is loaded, or would be, where that is from, and what it does.

    Args:
        fit: how it goes into memory.
        loaded: what it takes; None if it is not loaded.
        width: cells of the panel.
        sign: the key that shows what each context takes; empty for none.
    """
    verdict = [line(fit.verdict.value)] if fit.verdict else []
    size = line(f"{units.memory(fit.total)} at {units.tokens(fit.options.context)}")
    source = fit.source
    if fit.error is not None:
        off = units.deviation(fit.error)
        source = f"seen when loaded, {f'estimate {off}' if off else 'as estimated'}"
    elif loaded is not None:
        source = f"estimate {units.memory(fit.total)}"
    largest = f"{_largest(fit)} ({sign})" if sign else _largest(fit)
    about = [line(quiet(words)) for words in (source, largest) if words]
    is_short = len(source) + len(largest) + 3 <= width - _LABEL
    more = [joined(about)] if is_short else about
    if loaded is None:
        more += wrapped(consequence(fit), width - _LABEL, "costs")
    first = loaded or fact("memory", joined([size, *verdict]))
    return [first, *(fact("", of) for of in more)]


def _largest(fit: Fit) -> str:
    """The largest context that fits, as far as that is known."""
    if fit.max_context is not None:
        return f"up to {units.tokens(fit.max_context)} fits"
    return "by context" if fit.verdict is None else "no context fits"


def server_facts(server: Server, now: float, width: int) -> list[Line]:
    """What was tried, what came back, since when, when next and what to do."""
    since = units.duration(now - (server.since or now))
    remedy = wrapped(server.remedy, width)
    return [
        line(("Ollama does not answer", "loud broken")),
        (),
        fact("tried", line(server.url)),
        *_wrapped_fact("got", server.failure.removesuffix(f" at {server.url}"), width),
        fact("since", line(f"{units.clock(server.since)}, {since}")),
        fact("next try", line(f"within {server.next_try:.0f} s, or ", loud("r"))),
        (),
        line(quiet("to do")),
        *remedy,
        line(loud("!"), " looks for what is wrong."),
    ]


def _nature(model: Model, details: ModelDetails | None, now: float) -> list[Line]:
    context = model.context_length or (details.context_length if details else None)
    can = model.capabilities or (details.capabilities if details else ())
    kind = (model.parameter_size, "cloud" if model.is_cloud else model.quantization)
    return [
        fact("family", line(model.family)),
        fact("parameters", line(" · ".join(filter(None, kind)))),
        fact("context", line(units.tokens(context), quiet(" trained")) if context else ()),
        fact("can", line(", ".join(can))),
        fact("licence", line(first_line(details.licence, 60)) if details else ()),
        fact("modified", _modified(model, now)),
        fact("digest", line(model.digest[:12])),
    ]


def _state(model: Model, loaded: RunningModel | None, current: str | None, now: float) -> Line:
    is_current = current is not None and same_model(current, model.name)
    parts = [line("current")] if is_current else []
    if model.is_cloud:
        host = model.remote_host.removeprefix("https://").removesuffix(":443")
        return joined([*parts, line(quiet(f"runs at {host}"))])
    if loaded is None:
        return joined([*parts, line(quiet("not loaded"))])
    until = units.until(loaded.expires_at, now, is_pinned=loaded.is_pinned(now))
    words = {"pinned": "pinned", "busy": "busy"}.get(until, f"unloads in {until}")
    # A request to any name of a digest is answered by the same runner.
    name = "" if same_model(loaded.name, model.name) else f" as {loaded.name}"
    # The word would leave no room for when it unloads.
    star = (("★", "yours"), " ") if is_current else ()
    return joined([line(*star, f"loaded{name}"), line(quiet(words))])


def _alias(model: Model, current: str | None, library: Library) -> Line:
    chosen = library.get(current) if current else None
    if chosen is not None and chosen.digest == model.digest:
        return line("of the current model")
    if current is not None and chosen is None:
        return line((f"of {current}, which is gone", "costs"))
    return line(("not of the current model", "costs"))


def _memory(loaded: RunningModel, size: int) -> Line:
    share = f"{units.share(loaded.gpu_share)} on GPU" if loaded.gpu_share is not None else ""
    context = units.tokens(loaded.context_length)
    parts = (units.memory(size), share, f"{context} context" if not share else context)
    ink = "costs" if loaded.is_spilled else ""
    return joined([line((part, ink if part == share else "")) for part in parts if part])


def _size(model: Model, library: Library) -> Line:
    aliases = library.aliases_of(model)
    shared = line(quiet(f"shared with {', '.join(aliases)}")) if aliases else ()
    size = line(units.UNKNOWN) if model.size is None else line(units.disk(model.size))
    return joined([size, shared])


def _modified(model: Model, now: float) -> Line:
    if model.modified is None:
        return ()
    return joined([line(units.ago(model.modified, now)), line(quiet(units.date(model.modified)))])


def _wrapped_fact(label: str, text: str, width: int) -> list[Line]:
    first, *rest = wrapped(text, max(10, width - _LABEL)) or [()]
    return [fact(label, first), *(fact("", of) for of in rest)]
