"""The frame of all dialogs: a box with a title, its keys in the lower border, cut free."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget

from ollama_tui.core.text import ASCII
from ollama_tui.tui.lines import Line
from ollama_tui.tui.widgets.canvas import Canvas, content_style

AROUND = 6
"""Lines of a dialog's frame, of the blanks within it and of those around it."""

Result = TypeVar("Result")


class Dialog(ModalScreen[Result], Generic[Result]):
    """A question or a picture over the main screen; Escape leaves it without an act."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", show=False),
        Binding("ctrl+c", "leave", "close", show=False),
    ]
    IS_DESTRUCTIVE = False
    WIDTH: ClassVar[int | None] = 68
    """Columns of the box where the screen has them; None where the dialog sees to it itself."""

    def __init__(self, title: str, keys: Sequence[tuple[str, str]]) -> None:
        """Frame a dialog.

        Args:
            title: it ends in a question mark if it asks.
            keys: key and verb, for the lower border; without a key the words are dim.
        """
        super().__init__()
        self._heading = title
        self._keys = keys

    def body(self) -> Iterable[Widget]:
        """The widgets in the box."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The box around the body."""
        with Container(classes="halo"), Vertical(classes="dialog") as box:
            box.set_class(self.IS_DESTRUCTIVE, "-destructive")
            self._fit(box)
            yield from self.body()

    def on_mount(self) -> None:
        """Write title and keys into the border."""
        is_ascii = self.app.screen_stack[0].has_class("-ascii")
        self.set_class(is_ascii, "-ascii")
        self.query_one(".dialog").border_title = Content(self._heading)
        self.show_keys(self._keys)
        for canvas in self.query(Canvas):
            canvas.is_ascii = is_ascii

    def on_resize(self) -> None:
        """Keep the box within the screen."""
        self._fit(self.query_one(".dialog"))

    def show_keys(self, keys: Sequence[tuple[str, str]]) -> None:
        """Write what the keys do into the lower border."""
        self._keys = keys
        pieces: list[tuple[str, str]] = []
        for key, verb in keys:
            pieces += [("   ", "")] if pieces else []
            pieces += [(key, "loud"), (f" {verb}", "quiet")] if key else [(verb, "quiet")]
        signs = ASCII if self.has_class("-ascii") else {}
        self.query_one(".dialog").border_subtitle = Content.assemble(
            *((text.translate(signs), content_style(ink)) for text, ink in pieces)
        )

    def take_most_of_screen(self) -> None:
        """Be as large as nine tenths of the screen, whatever is in it; for where WIDTH is None."""
        box, halo = self.query_one(".dialog"), self.query_one(".halo")
        box.styles.width, box.styles.height, box.styles.padding = "90%", "90%", (0, 1)
        halo.styles.width, halo.styles.height, halo.styles.padding = "100%", "100%", 0
        halo.styles.align = ("center", "middle")

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Close, and give up what is still being read for it, which would find no widgets."""
        if not self.is_active:
            # It is closed, or lies beneath another: Textual would close that one (8.2.8).
            return AwaitComplete()
        self.workers.cancel_node(self)
        return super().dismiss(result)

    def action_leave(self) -> None:
        """Close without an act."""
        self.dismiss(None)

    def _fit(self, box: Widget) -> None:
        if self.WIDTH is not None:
            box.styles.width = min(self.WIDTH, max(1, self.app.size.width - 4))


class Lines(Canvas):
    """Fixed lines in a dialog, as high as there are lines."""

    def __init__(self, lines: Sequence[Line], *, id: str | None = None) -> None:
        """Show these lines."""
        super().__init__(id=id)
        self._given = tuple(lines)
        self.styles.height = max(1, len(self._given))

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """The lines, cut at the edge."""
        return self._given

    def show(self, lines: Sequence[Line]) -> None:
        """Show other lines."""
        if len(lines) != len(self._given):
            self.styles.height = max(1, len(lines))
        self._given = tuple(lines)
        self.redraw()
