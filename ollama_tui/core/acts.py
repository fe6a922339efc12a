"""The table of acts: the one source of keys, key bar, help, palette and the README's list."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from ollama_tui.core.models import LoadingModel, Model, RunningModel
from ollama_tui.core.pulls import Pull


class Panel(Enum):
    """The panels of the main screen that have a cursor."""

    MODELS = "Models"
    RUNNING = "Running"
    DOWNLOADS = "Downloads"


@dataclass(frozen=True, slots=True)
class Situation:
    """What an act can depend on, at the moment of the key press."""

    panel: Panel = Panel.MODELS
    """The focused one."""
    model: Model | None = None
    """The model under the cursor; None if there is none."""
    loaded: RunningModel | None = None
    """The loaded model under the cursor of Running."""
    loading: LoadingModel | None = None
    """The model under that cursor, if it is being loaded."""
    pull: Pull | None = None
    """The download under the cursor of Downloads."""
    has_marks: bool = False
    """Whether models are marked, in sight or not."""
    is_deleting: bool = False
    """Whether models wait to be deleted."""
    is_down: bool = False
    is_read_only: bool = False
    is_demo: bool = False


Reason = Callable[[Situation], str]
"""Why an act cannot be done now; empty if it can."""


def _always(_: Situation) -> str:
    return ""


def _needs_model(now: Situation) -> str:
    if now.panel is Panel.RUNNING:
        return "" if now.loaded else "Nothing is loaded."
    return "" if now.model else "No model is selected."


def _needs_model_and_server(now: Situation) -> str:
    return _needs_model(now) or ("The server does not answer." if now.is_down else "")


def _needs_writable_server(now: Situation) -> str:
    if now.is_read_only:
        return "Read-only mode: nothing is sent that changes the server."
    return "The server does not answer." if now.is_down else ""


def _can_talk(now: Situation) -> str:
    if now.is_demo:
        return "The demo's models cannot talk: there is no server behind them."
    if now.is_read_only:
        return "Read-only mode: talking would load the model."
    return _needs_model_and_server(now)


def _can_load(now: Situation) -> str:
    if now.model is not None and now.model.is_cloud:
        return f"{now.model.name} runs in the cloud: there is nothing to load here."
    return _needs_model(now) or _needs_writable_server(now)


def _can_change_model(now: Situation) -> str:
    return _needs_model(now) or _needs_writable_server(now)


def _can_act_on_marked(now: Situation) -> str:
    return ("" if now.has_marks else _needs_model(now)) or _needs_writable_server(now)


def _needs_deletes(now: Situation) -> str:
    return "" if now.is_deleting else "Nothing waits to be deleted."


def _needs_loading(now: Situation) -> str:
    return "" if now.loading else "Nothing is being loaded here."


def _needs_pull(now: Situation) -> str:
    return "" if now.pull else "No download is selected."


def _needs_running(now: Situation) -> str:
    if now.pull is not None and now.pull.state.has_ended:
        return f"{now.pull.name} has ended."
    return _needs_pull(now)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a key does."""

    id: str
    keys: tuple[str, ...]
    """As Textual names them; the first one is shown."""
    word: str
    """For the key bar."""
    title: str
    """For help and palette, 24 characters at most."""
    group: str
    """The heading in help."""
    panels: tuple[Panel, ...] = ()
    """Where it works; empty: everywhere."""
    reason_against: Reason = _always
    in_key_bar: bool = True
    in_palette: bool = True
    help_line: str = ""
    """Acts of one help line share it; empty: the title."""

    def works_in(self, panel: Panel) -> bool:
        """Whether the key acts while that panel has the focus."""
        return not self.panels or panel in self.panels

    def meets(self, other: Act) -> bool:
        """Whether there is a panel where both work, so that they cannot share a key."""
        return any(self.works_in(panel) and other.works_in(panel) for panel in Panel)


_MODELS, _ROWS = (Panel.MODELS,), (Panel.MODELS, Panel.RUNNING)
_DOWNLOADS, _RUNNING = (Panel.DOWNLOADS,), (Panel.RUNNING,)


def _act(
    id: str,
    keys: tuple[str, ...],
    word: str,
    title: str,
    group: str,
    help_line: str = "",
    panels: tuple[Panel, ...] = (),
) -> Act:
    """An act that the key bar has no room for."""
    return Act(id, keys, word, title, group, panels, in_key_bar=False, help_line=help_line)


def _move(id: str, keys: tuple[str, ...], title: str, help_line: str = "") -> Act:
    """An act that the palette need not list either."""
    return Act(
        id, keys, title, title, "Move", in_key_bar=False, in_palette=False, help_line=help_line
    )


_SORTS, _PANELS = "sort by next, reverse", "go to a panel, fold it"
_DELETES, _NAMES = "delete, undo", "copy, rename"
_LOADS = "load it, unload it"
_SHOWS = "show it, the history"
_PULLS, _PAUSES = "pull one, or it again", "pause or resume, all"

ACTS: tuple[Act, ...] = (
    Act("model.use", ("enter",), "use", "make it the current one", "Models", _ROWS, _needs_model),
    Act("model.inspect", ("i",), "inspect", "inspect", "Models", _ROWS, _needs_model),
    Act(
        "pull.open",
        ("p",),
        "pull",
        "pull a model",
        "Models",
        (),
        _needs_writable_server,
        help_line=_PULLS,
    ),
    Act(
        "pull.show",
        ("enter",),
        "show",
        "show the download",
        "Downloads",
        _DOWNLOADS,
        _needs_pull,
        help_line=_SHOWS,
    ),
    _act("pull.history", ("H",), "history", "what became of others", "Downloads", _SHOWS),
    Act(
        "pull.cancel", ("x",), "cancel", "cancel, keep parts", "Downloads", _DOWNLOADS, _needs_pull
    ),
    Act(
        "pull.pause",
        ("space",),
        "pause",
        "pause or resume",
        "Downloads",
        _DOWNLOADS,
        _needs_running,
        help_line=_PAUSES,
    ),
    _act("pull.pause_all", ("A",), "all", "resume all, or pause all", "Downloads", _PAUSES),
    Act(
        "model.load",
        ("l",),
        "load",
        "load it",
        "Models",
        _MODELS,
        _can_load,
        help_line=_LOADS,
    ),
    Act(
        "model.unload",
        ("u",),
        "unload",
        "unload it",
        "Models",
        _ROWS,
        _can_change_model,
        help_line=_LOADS,
    ),
    Act(
        "model.unload_all",
        ("U",),
        "unload all",
        "unload all, after asking",
        "Running",
        (),
        _needs_writable_server,
        in_key_bar=False,
    ),
    Act(
        "model.abort_load",
        ("x",),
        "abort",
        "abort its loading",
        "Running",
        _RUNNING,
        _needs_loading,
        in_key_bar=False,
    ),
    Act(
        "model.delete",
        ("d",),
        "delete",
        "delete it, or the marked",
        "Models",
        _MODELS,
        _can_act_on_marked,
        help_line=_DELETES,
    ),
    Act(
        "model.undo",
        ("z",),
        "undo",
        "take the delete back",
        "Models",
        (),
        _needs_deletes,
        in_key_bar=False,
        help_line=_DELETES,
    ),
    Act(
        "model.copy",
        ("c",),
        "copy",
        "copy it to a new name",
        "Models",
        _MODELS,
        _can_change_model,
        in_key_bar=False,
        help_line=_NAMES,
    ),
    Act(
        "model.rename",
        ("R",),
        "rename",
        "rename it",
        "Models",
        _MODELS,
        _can_change_model,
        in_key_bar=False,
        help_line=_NAMES,
    ),
    Act("model.mark", ("space",), "mark", "mark, and move down", "Models", _MODELS, _needs_model),
    Act(
        "pull.again",
        ("P",),
        "pull again",
        "pull it, or the marked",
        "Models",
        _MODELS,
        _can_act_on_marked,
        in_key_bar=False,
        help_line=_PULLS,
    ),
    Act("view.filter", ("slash",), "filter", "filter, esc clears", "Look"),
    Act("view.sort", ("s",), "sort", "sort by the next column", "Look", _MODELS, help_line=_SORTS),
    Act(
        "model.keep_alive",
        ("t",),
        "keep-alive",
        "how long it stays loaded",
        "Running",
        _ROWS,
        _can_change_model,
    ),
    Act("model.talk", ("o",), "talk", "talk to it, then back", "Models", _ROWS, _can_talk),
    Act("model.copy_name", ("y",), "copy name", "copy the name", "Models", _ROWS, _needs_model),
    _act("view.reverse", ("S",), "reverse", "sort the other way", "Look", _SORTS, _MODELS),
    _act("server.refresh", ("r",), "try again", "ask the server again", "Look"),
    _act("view.repaint", ("ctrl+l",), "repaint", "repaint the screen", "Look"),
    _act("view.theme", ("T",), "theme", "the next theme", "Look"),
    _act("panel.models", ("1",), "models", "go to Models", "Move", _PANELS),
    _act("panel.running", ("2",), "running", "go to, fold Running", "Move", _PANELS),
    _act("panel.downloads", ("4",), "downloads", "go to, fold Downloads", "Move", _PANELS),
    _move("view.escape", ("escape",), "drop filter, then marks"),
    Act("program.help", ("question_mark", "f1"), "help", "every key that works", "Program"),
    replace(
        _move("program.palette", ("colon", "ctrl+p"), "every act by its name"), group="Program"
    ),
    _act("program.suspend", ("ctrl+z",), "suspend", "suspend; fg comes back", "Program"),
    Act("program.quit", ("q", "ctrl+c"), "quit", "quit", "Program"),
)

MOVES: tuple[Act, ...] = (
    _move("move.down", ("down", "j"), "a row down", "a row down, up"),
    _move("move.up", ("up", "k"), "a row up", "a row down, up"),
    _move("move.page_down", ("pagedown", "ctrl+d"), "a page down", "a page down, up"),
    _move("move.page_up", ("pageup", "ctrl+u"), "a page up", "a page down, up"),
    _move("move.first", ("g", "home"), "to the first row", "first row, last row"),
    _move("move.last", ("G", "end"), "to the last row", "first row, last row"),
    _move("move.next_panel", ("tab",), "to the next panel"),
    _move("move.previous_panel", ("shift+tab",), "to the panel before"),
)
