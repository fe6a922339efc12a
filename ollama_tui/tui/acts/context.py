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
    from ollama_tui.tui.screens.context import Contexts


async def choose_context(app: OllamaTuiApp) -> None:
    """Show what each context takes of the selected model."""
    from ollama_tui.tui.screens.context import ContextScreen

    model = app.situation.model
    if model is None:
        return

    async def read() -> Contexts:
        fits = await app.fits.at_each_context(model, room_of(app))
        return fits, await expected_context(app, model)

    async def chosen(context: int | None) -> None:
        if context is not None:
            await _ask_for_name(app, model, context)

    against = app.act("model.edit").reason_against(app.situation)
    await app.push_screen(ContextScreen(model.name, read, against), chosen)


async def _ask_for_name(app: OllamaTuiApp, model: Model, context: int) -> None:
    from ollama_tui.tui.screens.name import NameScreen

    if reason := app.act("model.edit").reason_against(app.situation):
        app.tell(reason)
        return

    def named(new_name: str | None) -> None:
        if new_name:
            app.run_worker(attempt(app, _make(app, model, new_name, context)), group="context")

    title = f"Make a model of {model.name} with num_ctx {context}"
    proposed = f"{model.name}-{units.tokens(context)}"
    await app.push_screen(NameScreen(title, "make", proposed, app.library or Library()), named)


async def _make(app: OllamaTuiApp, model: Model, new_name: str, context: int) -> None:
    app.tell(f"Making {new_name}…")
    models = EditedModels(app.service)
    before = await models.tuning(model.name, new_name)
    after = before.changed({"num_ctx": context})
    made = (await models.create(model.name, new_name, before, after)).model
    app.tell(f"{made.name} is {model.name} with num_ctx {context}", "it takes no disk")
    app.refresh_now()
