"""What the keys do: a module a family, ten lines an act."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp

    Performed = Callable[[OllamaTuiApp], Awaitable[None]]

PERFORM: Mapping[str, str] = {
    "model.use": "models.use",
    "model.inspect": "models.inspect",
    "model.talk": "models.talk",
    "model.copy_name": "models.copy_name",
    "model.load": "loading.load",
    "model.abort_load": "loading.abort",
    "model.unload": "running.unload",
    "model.unload_all": "running.unload_all",
    "model.keep_alive": "running.choose_keep_alive",
    "model.renew_pin": "pins.renew",
    "model.delete": "deleting.delete",
    "model.undo": "deleting.undo",
    "model.copy": "installed.copy",
    "model.rename": "installed.rename",
    "model.edit": "editing.edit",
    "model.context": "context.choose_context",
    "model.mark": "models.mark",
    "pull.open": "pulling.open_pull",
    "pull.show": "pulling.show",
    "pull.history": "downloads.show_history",
    "pull.cancel": "downloads.cancel",
    "pull.pause": "downloads.pause",
    "pull.pause_all": "downloads.pause_all",
    "pull.again": "pulling.pull_again",
    "view.filter": "views.filter_models",
    "view.sort": "views.sort",
    "view.reverse": "views.reverse",
    "view.disk": "disk.show_usage",
    "view.fitting": "views.hide_unfit",
    "view.repaint": "views.repaint",
    "view.theme": "views.next_theme",
    "view.escape": "views.escape",
    "panel.models": "views.go_to_models",
    "panel.running": "views.go_to_running",
    "panel.gpus": "views.go_to_gpus",
    "panel.downloads": "views.go_to_downloads",
    "server.refresh": "program.refresh",
    "program.help": "program.show_help",
    "program.palette": "program.open_palette",
    "program.doctor": "doctor.look_for_trouble",
    "program.suspend": "program.suspend",
    "program.quit": "program.leave",
}
"""The module and the function of each, by act id, as in core/acts/table.py.

A module is imported when its first act is done: all of them would delay the first frame.
"""


def performed(act: str) -> Performed:
    """What does an act of that id."""
    module, function = PERFORM[act].split(".")
    found: Performed = getattr(import_module(f"{__name__}.{module}"), function)
    return found
