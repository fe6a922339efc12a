"""What the acts can depend on, taken from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_tui.core.acts import Panel, Situation
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.pins import Pin

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp


def situation_of(app: OllamaTuiApp) -> Situation:
    """The focused panel, the rows under the cursors and the server's state, as they are now."""
    library, running = app.library, app.running or ()
    model = library.get(app.selected) if library is not None and app.selected else None
    loaded = next((one for one in running if one.name == app.selected_running), None)
    return Situation(
        panel=app.panel,
        model=model,
        loaded=loaded,
        pin=_pin(app, loaded if app.panel is Panel.RUNNING else model),
        loading=next((one for one in app.loads if one.name == app.selected_running), None),
        pull=next((pull for pull in app.pulls if pull.name == app.selected_pull), None),
        has_marks=bool(app.view.marks),
        is_deleting=any(not one.has_begun for one in app.deleting.values()),
        doomed=_doomed(app, loaded if app.panel is Panel.RUNNING else model),
        is_vram_known=app.free_vram is not None,
        is_down=app.server.is_down,
        is_read_only=app.settings.read_only,
        is_demo=app.settings.demo,
    )


def _pin(app: OllamaTuiApp, model: Model | RunningModel | None) -> Pin | None:
    if model is not None:
        return app.pins.of(model)
    if app.panel is not Panel.RUNNING:
        return None
    return next((pin for pin in app.pins.pins if pin.name == app.selected_running), None)


def _doomed(app: OllamaTuiApp, model: Model | RunningModel | None) -> str:
    return model.name if model is not None and model.name in app.deleting else ""
