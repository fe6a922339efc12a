"""The ground all panels are drawn on: lines in, and only the cells that changed go out.

Textual sends a dirty region again as a whole, without looking at what is on the screen; over
SSH that is most of the traffic. A canvas therefore keeps the lines that it shows, compares
them piece by piece with the next ones and marks just the difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.segment import Segment
from textual.app import App
from textual.content import Content
from textual.geometry import Region, Size
from textual.reactive import Reactive, var
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from ollama_tui.core.text import ASCII
from ollama_tui.tui.ink import Inks, inks_of
from ollama_tui.tui.lines import Line, changed_cells


class Canvas(Widget):
    """A widget that shows lines.

    A change of a reactive that a subclass declares draws the picture anew, unless the subclass
    watches that reactive itself.
    """

    ALLOW_SELECT = False

    # A canvas does not scroll, so a new size of it asks for no second layout, which would
    # paint all that was moved once more.
    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False, repaint=False)

    is_ascii = var(False)
    """Whether only ASCII is drawn."""

    is_behind = var(False)
    """Whether a dialog is over it: it then stays as it is, without a cursor bar.

    Textual 8.2.8 repaints all that ever changed behind a dialog at each new change there.
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Show nothing yet."""
        super().__init__(id=id)
        self._lines: list[Line] = []
        self._strips: dict[int, Strip] = {}
        self._drawn_size = Size(0, 0)
        self._is_quiet = False
        self._titled: tuple[Line, bool, bool] | None = None
        """What the title was made of; None before there is one."""

    def picture(self, width: int, height: int) -> Sequence[Line]:
        """The lines to show in so many cells; what is over the height is not shown."""
        raise NotImplementedError

    def heading(self) -> Line:
        """What stands in the upper border; nothing by default."""
        return ()

    def redraw(self) -> None:
        """Draw the picture anew and repaint where it differs from what is shown."""
        if not self.is_behind:
            self._redraw()

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Canvas:
        """Repaint; while the title is being set, not the whole widget."""
        if self._is_quiet and not regions and not layout and not recompose:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_line(self, y: int) -> Strip:
        """One line, as Textual asks for it."""
        if self.size != self._drawn_size:
            self._draw()
        strip = self._strips.get(y)
        if strip is None:
            inks = theme_inks(self.app)
            shown = self._lines[y] if y < len(self._lines) else ()
            segments = [Segment(self._spelled(text), inks.style(ink)) for text, ink in shown]
            strip = Strip(segments).simplify().adjust_cell_length(self.size.width, inks.style(""))
            self._strips[y] = strip
        return strip

    def notify_style_update(self) -> None:
        """Forget what was drawn in the colours of before."""
        self._strips.clear()
        super().notify_style_update()

    def on_mount(self) -> None:
        """Write the title before the first paint, and follow what the picture is made of."""
        self._retitle()
        for name in self._drawn_values():
            self.watch(self, name, self.redraw, init=False)

    def on_resize(self) -> None:
        """Draw in the new size, behind a dialog too: it may have come up a moment ago."""
        self._redraw()

    def watch_is_behind(self) -> None:
        """Draw what the cursor is now, and what has changed meanwhile."""
        self._redraw()

    def watch_is_ascii(self) -> None:
        """Draw with the other signs."""
        self._strips.clear()
        self.refresh()

    def _drawn_values(self) -> Iterator[str]:
        kinds = type(self).__mro__
        for kind in kinds[: kinds.index(Canvas)]:
            for name, value in vars(kind).items():
                if isinstance(value, Reactive) and not hasattr(self, f"watch_{name}"):
                    yield name

    def _redraw(self) -> None:
        if not self.is_attached or not self.size:
            return
        self._retitle()
        if self.size != self._drawn_size:
            # Textual repaints what it has resized.
            self._draw()
            return
        before = self._lines
        self._draw(keep_strips=True)
        regions = []
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                self._strips.pop(y, None)
                start, end = changed_cells(old, new)
                regions.append(Region(start, y, min(end, self.size.width) - start, 1))
        if regions:
            self.refresh(*regions)

    def _draw(self, *, keep_strips: bool = False) -> None:
        width, height = self.size
        lines = list(self.picture(width, height))[:height]
        self._lines = lines + [()] * (height - len(lines))
        self._drawn_size = self.size
        if not keep_strips:
            self._strips.clear()

    def _retitle(self) -> None:
        heading = self.heading()
        is_boxed = bool(self.styles.border_left[0])
        if (made_of := (heading, is_boxed, self.is_ascii)) == self._titled:
            return
        self._titled = made_of
        pieces = ((self._spelled(text), content_style(ink)) for text, ink in heading)
        title = Content.assemble(*pieces)
        if not is_boxed:
            # A box has blanks around its title of itself, a rule has not.
            title = Content(" ") + title + Content(" ")
        # Setting a title repaints the widget; its border's first line is all that changes.
        self._is_quiet = True
        self.border_title = title if heading else None
        self._is_quiet = False
        left, top = self.content_offset
        self.refresh(Region(-left, -top, self.outer_size.width, 1))

    def _spelled(self, text: str) -> str:
        return text.translate(ASCII) if self.is_ascii else text


def theme_inks(app: App[object]) -> Inks:
    """The inks under the theme that an application has now."""
    return inks_of(app.theme_variables, is_ansi=app.current_theme.ansi, has_color=not app.no_color)


_CONTENT_STYLES = {
    "quiet": "dim",
    "loud": "bold",
    "yours": "$secondary",
    "costs": "$warning",
    "broken": "$error",
}


def content_style(ink: str) -> str | Style:
    """An ink as the words that Textual's `Content` takes, for titles in borders."""
    return " ".join(_CONTENT_STYLES.get(word, "") for word in ink.split())
