"""The main screen: which widget shows what of the store, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Region
from textual.screen import Screen

from ollama_tui.core.acts import Panel
from ollama_tui.core.keys import key_sign
from ollama_tui.core.library import Column
from ollama_tui.core.models import ServerState
from ollama_tui.tui.layout import BOXED_FROM, WIDE_FROM, heights
from ollama_tui.tui.needs import DEPENDS_ON, needs_of
from ollama_tui.tui.shown import SHOWN, SITUATION, put_into
from ollama_tui.tui.widgets.canvas import Canvas
from ollama_tui.tui.widgets.download_list import DownloadList
from ollama_tui.tui.widgets.gpu_panel import GpuPanel
from ollama_tui.tui.widgets.header import Header
from ollama_tui.tui.widgets.key_bar import KeyBar
from ollama_tui.tui.widgets.model_details import ModelDetailsPanel
from ollama_tui.tui.widgets.model_table import ModelTable
from ollama_tui.tui.widgets.row_list import RowList
from ollama_tui.tui.widgets.running_models import RunningModels

if TYPE_CHECKING:
    from textual import getters

    from ollama_tui.tui.app import OllamaTuiApp


class MainScreen(Screen[None]):
    """Models, details, what is loaded and what is downloading."""

    AUTO_FOCUS = "#models"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "go_on(1)", show=False, id="move.next_panel"),
        Binding("shift+tab", "go_on(-1)", show=False, id="move.previous_panel"),
    ]

    if TYPE_CHECKING:
        app = getters.app(OllamaTuiApp)

    def __init__(self) -> None:
        """Make the panels."""
        super().__init__()
        self._is_painted = False
        self.header = Header(id="header")
        self.models = ModelTable(id="models")
        self.running = RunningModels(id="running")
        self.details = ModelDetailsPanel(id="details")
        self.gpus = GpuPanel(id="gpus")
        self.side = Vertical(self.details, self.gpus, id="side")
        self.downloads = DownloadList(id="downloads")
        self.key_bar = KeyBar(id="key_bar")

    def compose(self) -> ComposeResult:
        """The panels; each splits its part off the screen, and the table has what is left."""
        # All of it before the first layout, since each change after it would paint again.
        self._follow_store()
        for panel in (self.models, self.running, self.details, self.gpus, self.downloads):
            panel.add_class("panel")
        yield from (self.header, self.key_bar, self.downloads, self.side)
        yield from (self.running, self.models)

    def on_mount(self) -> None:
        """Let the store follow the cursors and the focus."""
        # Not by a message: it would arrive after the next key, which could then act on
        # another row than the one that was on screen.
        self.call_after_refresh(self._know_painted)
        for name, widget in self._cursors().items():
            self.watch(widget, "selected", put_into(self.app, name))
        self.watch(self.models, "in_sight", put_into(self.app, "in_sight"))
        self.watch(self, "focused", self._follow_focus)

    def _know_painted(self) -> None:
        self._is_painted = True

    def _follow_store(self) -> None:
        app, settings = self.app, self.app.settings
        self.set_class(settings.ascii, "-ascii")
        self.header.is_demo, self.header.is_read_only = settings.demo, settings.read_only
        self.details.alias = app.alias_name
        self._name_keys()
        for widget_name, names in SHOWN.items():
            widget: Canvas = getattr(self, widget_name)
            widget.is_ascii = settings.ascii
            for name in names:
                self.watch(app, name, put_into(widget, name))
        for name in SITUATION:
            self.watch(app, name, self._show_situation, init=False)
        for name in ("running", "insights"):
            self.watch(app, name, self._show_present)
        for name in ("server", "library", "current"):
            self.watch(app, name, self._show_server)
        self.watch(app, "view", self._fold)
        for name in DEPENDS_ON:
            self.watch(app, name, self._arrange, init=False)
        self._arrange()

    def _name_keys(self) -> None:
        acts = [act for act in self.app.acts if act.keys]
        self.key_bar.acts = self.app.acts
        self.details.signs = {act.id: key_sign(act.keys[0]) for act in acts}
        here = (act for act in acts if act.works_in(Panel.RUNNING))
        self.running.signs = {act.id: self.details.signs[act.id] for act in here}
        if not self.app.settings.read_only:
            self.downloads.again = self.details.signs.get("pull.again", "")

    def _cursors(self) -> dict[str, RowList]:
        return {
            "selected": self.models,
            "selected_running": self.running,
            "selected_pull": self.downloads,
        }

    @property
    def columns(self) -> tuple[Column, ...]:
        """What the models can be sorted by in the table's present width."""
        return self.models.columns

    def move_down(self) -> None:
        """Move the models' cursor a row down."""
        self.models.action_move(1)

    def go_to(self, panel: Panel) -> None:
        """Put the focus on a panel; if it has it already, fold or unfold that panel."""
        widget = self._panel(panel)
        if self.focused is widget and panel is not Panel.MODELS:
            self.app.view = self.app.view.folding(panel)
        # `Widget.focus` would wait until the keys that came at the same time are done.
        self.set_focus(widget)

    def action_go_on(self, panels: int) -> None:
        """Go to the next panel that is there, or to the one before."""
        shown = [panel for panel in Panel if self._panel(panel).display]
        if shown:
            at = shown.index(self.app.panel) if self.app.panel in shown else 0
            self.set_focus(self._panel(shown[(at + panels) % len(shown)]))

    def on_screen_suspend(self) -> None:
        """Lose the colour of the focus and the cursor's bar behind a dialog."""
        self._set_behind(True)

    def on_screen_resume(self) -> None:
        """Have them again."""
        self._set_behind(False)

    def on_resize(self) -> None:
        """Choose the layout for the new size."""
        self._arrange()

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Repaint, but not all again once the first frame is out, as Textual asks (8.2.8)."""
        repaint = repaint and (self._is_painted or bool(regions))
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def _set_behind(self, is_behind: bool) -> None:
        for name in SHOWN:
            canvas: Canvas = getattr(self, name)
            canvas.is_behind = is_behind
        self._colour_focus()
        self._arrange()

    def _colour_focus(self) -> None:
        # Only where it is: a class of the whole screen would style all widgets anew.
        for panel in Panel:
            widget = self._panel(panel)
            widget.set_class(widget.is_behind and widget is self.focused, "-behind")

    def _panel(self, panel: Panel) -> RowList:
        panels = {
            Panel.MODELS: self.models,
            Panel.RUNNING: self.running,
            Panel.GPUS: self.gpus,
            Panel.DOWNLOADS: self.downloads,
        }
        return panels[panel]

    def _follow_focus(self) -> None:
        for panel in Panel:
            if self._panel(panel) is self.focused:
                self.app.panel = panel
        self._colour_focus()

    def _show_situation(self) -> None:
        self.key_bar.situation = self.app.situation

    def _show_present(self) -> None:
        present = self.app.insights.present(self.app.running)
        self.header.running = self.models.running = self.details.running = present

    def _show_server(self) -> None:
        app = self.app
        self.running.is_down = app.server.is_down
        self.running.is_limited = app.server.state is ServerState.LIMITED
        is_known = app.library is not None and app.stale_as_of is None and not app.server.is_down
        self.header.is_current_missing = bool(
            is_known and app.current and app.library and not app.library.get(app.current)
        )

    def _fold(self) -> None:
        folded = self.app.view.folded
        panels = (Panel.RUNNING, Panel.GPUS, Panel.DOWNLOADS)
        changed = [one for one in panels if (one in folded) != self._panel(one).is_folded]
        for panel in changed:
            self._panel(panel).is_folded = panel in folded
        if changed:
            self._arrange()

    def _arrange(self) -> None:
        if self.models.is_behind:
            return
        width, height = self.app.size
        self.set_class(width < BOXED_FROM, "-narrow")
        self.set_class(width >= WIDE_FROM, "-wide")
        lines = heights(width, height, needs_of(self.app))
        self.running.has_headings = lines.has_headings
        is_boxed = width >= BOXED_FROM
        # Elsewhere the details are not on screen.
        self.models.tells_consequence = not is_boxed
        self.side.display = is_boxed or lines.gpus > 0
        self.side.styles.height = "1fr" if is_boxed else lines.gpus
        for widget, rows in (
            (self.running, lines.running),
            (self.gpus, lines.gpus),
            (self.downloads, lines.downloads),
        ):
            widget.display = rows > 0
            widget.styles.height = rows
            if not rows and self.focused is widget and widget is not self.running:
                self.set_focus(self.models)
