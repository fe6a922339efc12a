"""Acts on the selected model."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from ollama_tui.core.acts import Panel
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model, ModelDetails
from ollama_tui.core.text import in_shell
from ollama_tui.tui.notice import Notice

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp
    from ollama_tui.tui.screens.inspect import InspectScreen

_REST_SECONDS = 0.3
"""How long the cursor rests on a model before the server is asked about it."""
_KNOWN_AT_MOST = 200
_LETTERS_AT_MOST = 20_000_000


def target(app: OllamaTuiApp) -> str:
    """The name of the model under the cursor of the focused panel."""
    now = app.situation
    if now.panel is Panel.RUNNING:
        shown = now.loaded or now.pin
        return shown.name if shown else ""
    return now.model.name if now.model else ""


async def use(app: OllamaTuiApp) -> None:
    """Make the model the current one, which the alias follows."""
    before = app.current
    try:
        name = await app.alias.choose(target(app), app.library or Library())
    except OllamaTuiError as error:
        app.tell_failure(str(error))
        return
    app.current = name
    previous = f"it was {before}" if before not in (None, name) else ""
    app.tell(f"{name} is the current model", previous)
    follow_choice(app, f"{name} is current")


def follow_choice(app: OllamaTuiApp, chosen: str) -> None:
    """Let the alias follow; what fails then is told beside what was chosen."""
    if not app.alias.name:
        return

    async def follow() -> None:
        if not (trouble := await app.alias.try_to_follow()):
            app.library_pacer.hurry()
        elif app.settings.read_only:
            app.notice = Notice(f"{chosen}. {trouble}")
        else:
            app.tell_failure(f"{chosen}. {trouble}")

    # In a worker: a slow answer must not hold up the keys.
    app.run_worker(follow(), group="alias")


async def follow_change(app: OllamaTuiApp, library: Library) -> None:
    """Let the alias follow a current model that was pulled again, edited or chosen elsewhere."""
    if app.settings.read_only:
        return
    try:
        if await app.alias.follow_change(library):
            app.tell(f"{app.alias.name} is a copy of {app.current} as it is now")
            app.library_pacer.hurry()
    except OllamaTuiError as error:
        app.tell_failure(app.alias.trouble(error))


async def inspect(app: OllamaTuiApp) -> None:
    """Show all that the server tells of it."""
    from ollama_tui.tui.screens.inspect import InspectScreen

    model = (app.library or Library()).get(target(app))
    if model is None:
        app.tell(f"{target(app)} is loaded, but not installed any more.")
        return

    known = app.known_details.get(_key(model))
    command = app.settings.command(f"show {in_shell(model.name)}")
    screen = InspectScreen(model, known, app.now, command=command)
    await app.push_screen(screen)
    if known is None:
        # A slow answer holds up no key, and is given up with the dialog.
        screen.run_worker(_tell(app, screen, model))


async def _tell(app: OllamaTuiApp, screen: InspectScreen, model: Model) -> None:
    try:
        details = await details_of(app, model)
    except OllamaTuiError as error:
        screen.fail(str(error))
    else:
        screen.tell(details)


async def talk(app: OllamaTuiApp) -> None:
    """Talk to it with `ollama run` in this terminal."""
    from ollama_tui.core.talk import talk_to
    from ollama_tui.tui.terminal import run_in_terminal

    try:
        talk = talk_to(target(app), app.settings.url, os.environ)
    except OllamaTuiError as error:
        app.tell_failure(str(error))
        return
    if failure := await run_in_terminal(app, talk.command, talk.environment):
        app.tell_failure(failure)
    app.refresh_now()


async def copy_name(app: OllamaTuiApp) -> None:
    """Copy the name by the terminal's own clipboard (OSC 52)."""
    app.copy_to_clipboard(target(app))
    app.tell(target(app), "sent to the terminal's clipboard")


async def mark(app: OllamaTuiApp) -> None:
    """Mark or unmark the model, and move down."""
    from ollama_tui.tui.screens.main import MainScreen

    app.view = app.view.marked(target(app))
    if isinstance(app.screen, MainScreen):
        app.screen.move_down()


async def load_details(app: OllamaTuiApp) -> None:
    """Learn what `show` tells of the model on which the cursor rests."""
    model = None
    while model != app.situation.model:
        # What is known already is shown at once; the server is asked when the cursor rests.
        model = app.situation.model
        app.details = app.known_details.get(_key(model)) if model else None
        if app.details is None:
            await asyncio.sleep(_REST_SECONDS)
    if model is None or model.is_cloud or app.details is not None:
        return
    try:
        details = await details_of(app, model)
    except OllamaTuiError:
        return
    if app.situation.model == model:
        app.details = details


async def details_of(app: OllamaTuiApp, model: Model) -> ModelDetails:
    """What `show` tells of a model, asked once for each digest."""
    known = app.known_details.get(_key(model))
    if known is None:
        shown = await app.service.whole_show(model.name)
        known = await app.service.details_in(model.name, shown)
        if not model.is_cloud:
            await app.fits.tell(model, shown)
            app.fits_pacer.hurry()
        app.known_details[_key(model)] = known
        _forget_some(app.known_details)
    return known


def _forget_some(known: dict[str, ModelDetails]) -> None:
    """Forget the oldest, until there are few enough and all but the last are not too long."""
    while len(known) > 1 and (
        len(known) > _KNOWN_AT_MOST or sum(one.length for one in known.values()) > _LETTERS_AT_MOST
    ):
        known.pop(next(iter(known)))


def _key(model: Model) -> str:
    return f"{model.name} {model.digest}"
