"""The act that shows what each context takes, and saves one as a model of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_tui.core import units
from ollama_tui.core.edited import EditedModels
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model
from ollama_tui.tui.acts.attempts import attempt
from ollama_tui.tui.fitting import expected_context, room_of

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp


async def choose_context(app: OllamaTuiApp) -> None:
    """Show what each context takes of the selected model."""
    if (model := app.situation.model) is not None:
        # In a worker: a slow answer must not hold up the keys.
        app.run_worker(attempt(app, _choose(app, model)), group="context", exclusive=True)


async def _choose(app: OllamaTuiApp, model: Model) -> None:
    from ollama_tui.tui.screens.context import ContextScreen
    from ollama_tui.tui.screens.name import NameScreen

    room = room_of(app)
    fits = await app.fits.at_each_context(model, room)
    first = await expected_context(app, model)
    if len(app.screen_stack) > 1:
        return
    context = await app.push_screen_wait(ContextScreen(model.name, fits, first))
    if context is None:
        return
    app.service.refuse_if_read_only()
    title = f"Make a model of {model.name} with num_ctx {context}"
    proposed = f"{model.name}-{units.tokens(context)}"
    screen = NameScreen(title, "make", proposed, app.library or Library())
    if new_name := await app.push_screen_wait(screen):
        await _make(app, model, new_name, context)


async def _make(app: OllamaTuiApp, model: Model, new_name: str, context: int) -> None:
    app.tell(f"Making {new_name}…")
    models = EditedModels(app.service)
    before = await models.tuning(model.name, new_name)
    after = before.changed({"num_ctx": context})
    made = (await models.create(model.name, new_name, before, after)).model
    app.tell(f"{made.name} is {model.name} with num_ctx {context}", "it takes no disk")
    app.refresh_now()
