"""The dialog that shows all about one model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import getters
from textual.binding import Binding, BindingType
from textual.widget import Widget

from ollama_tui.core import units
from ollama_tui.core.models import Model, ModelDetails
from ollama_tui.tui.lines import Line, line, quiet, wrapped
from ollama_tui.tui.screens.dialog import Dialog
from ollama_tui.tui.widgets.model_details import fact
from ollama_tui.tui.widgets.pager import Pager


class TextPager(Pager):
    """Facts, then long texts under their headings, broken into lines that fit."""

    def __init__(self, sections: Sequence[tuple[str, str]], facts: Sequence[Line]) -> None:
        """Show facts, then sections of a heading and a text each."""
        super().__init__()
        self._facts = facts
        self._sections = sections

    def on_resize(self) -> None:
        """Break the lines anew."""
        rows = [*self._facts]
        for heading, text in self._sections:
            rows += [(), line((heading, "loud yours"))]
            for paragraph in text.splitlines():
                rows += wrapped_paragraph(paragraph, max(10, self.size.width - 2))
        self.show(rows)


class InspectScreen(Dialog[None]):
    """Parameters, template, system prompt, licence and Modelfile, to be scrolled through."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q,i", "leave", show=False)]

    WIDTH = None

    pager = getters.query_one(TextPager)

    def __init__(self, model: Model, details: ModelDetails, now: float, trouble: str = "") -> None:
        """Show a model and what `show` told of it, or why it told nothing."""
        super().__init__(model.name, (("↑↓ pgdn g G", "move"), ("esc", "close")))
        self._facts = facts_of(model, details, now)
        self._sections = [("Not all is known", trouble)] if trouble else []
        self._sections += sections_of(details)

    def body(self) -> Iterable[Widget]:
        """The text."""
        yield TextPager(self._sections, self._facts)

    def on_mount(self) -> None:
        """Take most of the screen."""
        box = self.query_one(".dialog")
        box.styles.width, box.styles.height = "90%", "90%"
        box.styles.padding = (0, 1)
        halo = self.query_one(".halo")
        halo.styles.width, halo.styles.height, halo.styles.padding = "100%", "100%", 0
        halo.styles.align = ("center", "middle")
        self.pager.styles.height = "1fr"
        self.pager.focus()


def facts_of(model: Model, details: ModelDetails, now: float) -> list[Line]:
    """What is known of a model in single words."""
    context = details.context_length or model.context_length
    rows = [
        fact("size", line(units.disk(model.size))),
        fact(
            "modified",
            line(units.ago(model.modified, now), quiet(f" · {units.date(model.modified)}")),
        ),
        fact("digest", line(model.digest[:32])),
        line(f"{'':11}{model.digest[32:]}"),
        fact("family", line(", ".join(details.families) or details.family or model.family)),
        fact("arch", line(details.architecture)),
        fact("parameters", line(details.parameter_size or model.parameter_size)),
        fact("quant", line(details.quantization or model.quantization)),
        fact("context", line(f"{context:,} tokens" if context else "")),
        fact(
            "embedding", line(f"{details.embedding_length:,}" if details.embedding_length else "")
        ),
        fact("can", line(", ".join(details.capabilities or model.capabilities))),
    ]
    return rows


def sections_of(details: ModelDetails) -> list[tuple[str, str]]:
    """The long texts that there are, with their headings."""
    texts = (
        ("Parameters", details.parameters),
        ("System", details.system),
        ("Template", details.template),
        ("Licence", details.licence),
        ("Modelfile", details.modelfile),
    )
    return [(heading, text) for heading, text in texts if text]


def wrapped_paragraph(text: str, cells: int) -> list[Line]:
    """One line of a text, broken between words only if it is too long; its indent is kept."""
    if len(text) <= cells and text.isascii():
        return [line(text)]
    return wrapped(text, cells) or [()]
