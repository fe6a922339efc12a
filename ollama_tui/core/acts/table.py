"""The table of acts, in the order of the key bar."""

from __future__ import annotations

from functools import partial

from ollama_tui.core.acts import reasons
from ollama_tui.core.acts.act import Act, Panel

_MODELS, _ROWS = (Panel.MODELS,), (Panel.MODELS, Panel.RUNNING)
_DOWNLOADS, _RUNNING = (Panel.DOWNLOADS,), (Panel.RUNNING,)
_PULLED = (Panel.MODELS, Panel.DOWNLOADS)
_UNSHOWN = partial(Act, in_key_bar=False)
"""An act that the key bar has no room for."""


def _move(id: str, keys: tuple[str, ...], title: str, help_line: str = "") -> Act:
    """An act that the palette need not list either."""
    return _UNSHOWN(id, keys, title, title, "Move", in_palette=False, help_line=help_line)


_SORTS, _PANELS = "sort by next, reverse", "go to a panel, fold it"
_DELETES, _NAMES = "delete, undo", "copy, rename"
_LOADS = "load it, unload it"
_SHOWS = "show it, the history"
_PULLS, _PAUSES = "pull one, or it again", "pause or resume, all"

ACTS: tuple[Act, ...] = (
    Act(
        "model.use", ("enter",), "use", "make it the current one", "Models", _ROWS,
        reasons.a_model_to_use, command="use",
    ),
    Act(
        "model.inspect", ("i",), "inspect", "inspect", "Models", _ROWS,
        reasons.a_model, command="show",
    ),
    Act(
        "pull.open", ("p",), "pull", "pull a model", "Models", (),
        reasons.a_server, changes=True, command="pull", help_line=_PULLS,
    ),
    Act(
        "pull.show", ("enter",), "show", "show the download", "Downloads", _DOWNLOADS,
        reasons.a_download, command="pulls", help_line=_SHOWS,
    ),
    _UNSHOWN(
        "pull.history", ("H",), "history", "what became of others", "Downloads",
        command="pulls --history", help_line=_SHOWS,
    ),
    Act(
        "pull.cancel", ("x",), "cancel", "cancel, keep parts", "Downloads", _DOWNLOADS,
        reasons.a_download, changes=True, command="pulls cancel", failed_word="dismiss",
    ),
    Act(
        "pull.pause", ("space",), "pause", "pause or resume", "Downloads", _DOWNLOADS,
        reasons.a_download, changes=True, command="pulls pause", help_line=_PAUSES,
        failed_word="pull again",
    ),
    _UNSHOWN(
        "pull.pause_all", ("A",), "all", "resume all, or pause all", "Downloads",
        changes=True, command="pulls resume --all", help_line=_PAUSES,
    ),
    Act(
        "model.load", ("l",), "load", "load it", "Models", _MODELS,
        reasons.a_model_to_load, changes=True, command="load", help_line=_LOADS,
    ),
    Act(
        "model.unload", ("u",), "unload", "unload it", "Models", _ROWS,
        reasons.a_model_and_a_server, changes=True, command="unload", help_line=_LOADS,
    ),
    _UNSHOWN(
        "model.unload_all", ("U",), "unload all", "unload all, after asking", "Running", (),
        reasons.a_server, changes=True, command="unload --all",
    ),
    _UNSHOWN(
        "model.renew_pin", ("n",), "renew pin", "pin again what was lost", "Running", _ROWS,
        reasons.a_lost_pin, changes=True, command="load --keep-alive forever",
    ),
    _UNSHOWN(
        "model.abort_load", ("x",), "abort", "abort its loading", "Running", _RUNNING,
        reasons.a_model_being_loaded, changes=True,
    ),
    Act(
        "model.delete", ("d",), "delete", "delete it, or the marked", "Models", _MODELS,
        reasons.models_and_a_server, changes=True, command="rm", help_line=_DELETES,
    ),
    _UNSHOWN(
        "model.undo", ("z",), "undo", "take the delete back", "Models", (),
        reasons.models_to_be_deleted, help_line=_DELETES,
    ),
    _UNSHOWN(
        "model.copy", ("c",), "copy", "copy it to a new name", "Models", _MODELS,
        reasons.a_model_and_a_server, changes=True, command="cp", help_line=_NAMES,
    ),
    _UNSHOWN(
        "model.rename", ("R",), "rename", "rename it", "Models", _MODELS,
        reasons.a_model_that_stays, changes=True, command="mv", help_line=_NAMES,
    ),
    _UNSHOWN(
        "model.edit", ("e",), "edit", "edit its parameters", "Models", _ROWS,
        reasons.a_model_to_edit, changes=True, command="edit",
    ),
    _UNSHOWN(
        "model.context", ("m",), "memory", "memory by context", "Models", _MODELS,
        reasons.a_model_to_load, command="fit",
    ),
    Act(
        "model.mark", ("space",), "mark", "mark, and move down", "Models", _MODELS,
        reasons.a_model,
    ),
    _UNSHOWN(
        "pull.again", ("P",), "pull again", "pull it, or the marked", "Models", _PULLED,
        reasons.something_to_pull_again, changes=True, command="pull", help_line=_PULLS,
    ),
    Act("view.filter", ("slash",), "filter", "filter, esc clears", "Look"),
    Act("view.sort", ("s",), "sort", "sort by the next column", "Look", _MODELS, help_line=_SORTS),
    _UNSHOWN(
        "view.fitting", ("f",), "what fits", "hide what does not fit", "Look", _MODELS,
        reasons.a_known_vram, command="fit",
    ),
    Act(
        "model.keep_alive", ("t",), "keep-alive", "how long it stays loaded", "Running", _ROWS,
        reasons.a_model_and_a_server, changes=True, command="keep",
    ),
    Act(
        "model.talk", ("o",), "talk", "talk to it, then back", "Models", _ROWS,
        reasons.a_model_that_talks, changes=True, command="run",
    ),
    Act(
        "model.copy_name", ("y",), "copy name", "copy the name", "Models", _ROWS,
        reasons.a_model,
    ),
    _UNSHOWN(
        "view.reverse", ("S",), "reverse", "sort the other way", "Look", _MODELS,
        help_line=_SORTS,
    ),
    _UNSHOWN("view.disk", ("D",), "disk", "what fills the disk", "Look", command="du"),
    _UNSHOWN("server.refresh", ("r",), "try again", "ask the server again", "Look"),
    _UNSHOWN("view.repaint", ("ctrl+l",), "repaint", "repaint the screen", "Look"),
    _UNSHOWN("view.theme", ("T",), "theme", "the next theme", "Look"),
    _UNSHOWN("panel.models", ("1",), "models", "go to Models", "Move", help_line=_PANELS),
    _UNSHOWN("panel.running", ("2",), "running", "go to, fold Running", "Move", help_line=_PANELS),
    _UNSHOWN("panel.gpus", ("3",), "gpus", "go to, fold GPU", "Move", help_line=_PANELS),
    _UNSHOWN(
        "panel.downloads", ("4",), "downloads", "go to, fold Downloads", "Move", help_line=_PANELS
    ),
    _move("view.escape", ("escape",), "drop filter, then marks"),
    Act("program.help", ("question_mark", "f1"), "help", "every key that works", "Program"),
    Act(
        "program.palette", ("colon", "ctrl+p"), "every act by its name", "every act by its name",
        "Program", in_key_bar=False, in_palette=False,
    ),
    _UNSHOWN(
        "program.doctor", ("exclamation_mark",), "what is wrong", "look for what is wrong",
        "Program", command="doctor",
    ),
    _UNSHOWN("program.suspend", ("ctrl+z",), "suspend", "suspend; fg comes back", "Program"),
    Act("program.quit", ("q", "ctrl+c"), "quit", "quit", "Program"),
)  # fmt: skip

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
