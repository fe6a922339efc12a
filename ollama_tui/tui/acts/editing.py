"""The act that changes a model's parameters and system prompt in the user's editor."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ollama_tui.core.drafts import Draft, editor_command
from ollama_tui.core.edited import Edited, EditedModels
from ollama_tui.core.errors import OllamaTuiError, Unsettled
from ollama_tui.core.handed_on import without_keys
from ollama_tui.core.library import Library
from ollama_tui.core.tuning import Tuning, difference, edited_from, text_of
from ollama_tui.tui.acts.attempts import attempt
from ollama_tui.tui.acts.models import target
from ollama_tui.tui.notice import Notice

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp

_GROUP = "editing"
_A_MOMENT = 0.1


@dataclass(frozen=True, slots=True)
class _Edit:
    """One model that is being edited."""

    app: OllamaTuiApp
    name: str
    models: EditedModels
    before: Tuning
    draft: Draft


async def edit(app: OllamaTuiApp) -> None:
    """Open the parameters and the system prompt of the model in an editor."""
    model = (app.library or Library()).get(target(app))
    if model is None:
        app.tell(f"{target(app)} is loaded, but not installed any more.")
    elif any(worker.group == _GROUP and not worker.is_finished for worker in app.workers):
        app.tell("Another edit is not over yet.")
    else:
        # In a worker: a slow answer must not hold up the keys.
        app.run_worker(attempt(app, _edit(app, model.name, app.keys_pressed)), group=_GROUP)


async def _edit(app: OllamaTuiApp, name: str, keys: int) -> None:
    command = editor_command(os.environ)
    models = EditedModels(app.service)
    before = await _read(app, models, name)
    if app.keys_pressed != keys or app.has_dialog:
        # An editor that opens now would get what is meant for something else.
        # It waits for a key, since another program may have the screen now.
        app.tell_failure(f"{name} is not edited: something else was begun while it was read.")
        return
    draft = Draft(app.settings.paths.drafts, name, text_of(before, name))
    try:
        await _until_done(_Edit(app, name, models, before, draft), command)
    finally:
        if draft.given_up():
            app.tell_failure(f"What you typed is kept in {_short(draft.path)}")


async def _read(app: OllamaTuiApp, models: EditedModels, name: str) -> Tuning:
    reading = app.notice = Notice(f"Reading {name}…")
    try:
        return await models.tuning(name)
    finally:
        if app.notice is reading:
            app.notice = None


async def _until_done(of: _Edit, command: tuple[str, ...]) -> None:
    from ollama_tui.tui.terminal import run_in_terminal

    while True:
        words = await run_in_terminal(
            of.app, [*command, str(of.draft.path)], without_keys(os.environ)
        )
        # The file is told in the dialog, where there is room for it.
        words = words.replace(f" {of.draft.path}", "")
        if not of.draft.is_touched:
            _tell_untouched(of, words)
            return
        is_over = not await _again(of, words) if words else await _offer(of)
        if is_over:
            return


def _tell_untouched(of: _Edit, words: str) -> None:
    if words:
        of.app.tell_failure(f"{words} Nothing is changed.")
    else:
        of.app.tell(f"{of.name} is as it was", "the text is not changed")


async def _offer(of: _Edit) -> bool:
    """Show the difference and do what is chosen; gives whether the edit is over."""
    from ollama_tui.tui.screens.edit import Answer, DifferenceScreen

    try:
        after = edited_from(of.draft.read(), of.before)
    except OllamaTuiError as error:
        return not await _again(of, str(error))
    lines = difference(of.before, after)
    while True:
        screen = DifferenceScreen(f"Change {of.name}?", lines, _short(of.draft.path))
        answer = await of.app.push_screen_wait(screen)
        if answer in (None, Answer.AGAIN):
            return answer is None
        new_name = of.name if answer is Answer.CHANGE else await _new_name(of)
        if new_name:
            return await _create(of, new_name, after)


async def _new_name(of: _Edit) -> str | None:
    from ollama_tui.tui.screens.name import NameScreen

    library = of.app.library or Library()
    screen = NameScreen(f"Make a model of {of.name}", "make", of.name, library)
    return await of.app.push_screen_wait(screen)


async def _create(of: _Edit, new_name: str, after: Tuning) -> bool:
    of.app.tell(f"Making {new_name}…")
    try:
        edited = await of.models.create(of.name, new_name, of.before, after)
    except Unsettled as error:
        return not await _again(of, str(error), f"Nobody knows whether {new_name} is changed")
    except OllamaTuiError as error:
        return not await _again(of, str(error))
    of.draft.discard()
    _tell_made(of, edited)
    return True


def _tell_made(of: _Edit, edited: Edited) -> None:
    name = edited.model.name
    words = f"{name} is changed" if name == of.name else f"{name} is made of {of.name}"
    of.app.tell(words, "; ".join(edited.caveats))
    of.app.refresh_now()


async def _again(of: _Edit, words: str, title: str = "") -> bool:
    """Say what is wrong, and ask whether the text is to be edited again."""
    from ollama_tui.tui.screens.edit import Answer, MistakeScreen

    await _until_nobody_types(of.app)
    title = title or f"{of.name} is not changed"
    screen = MistakeScreen(title, words, _short(of.draft.path))
    return await of.app.push_screen_wait(screen) is Answer.AGAIN


async def _until_nobody_types(app: OllamaTuiApp) -> None:
    """Wait as long as a dialog that comes up would get keys that are meant for something else."""
    while app.has_dialog or app.view.is_typing or app.typing.has_more:  # noqa: ASYNC110 - nobody tells it
        await asyncio.sleep(_A_MOMENT)


def _short(path: Path) -> str:
    """A path as people write it."""
    try:
        return f"~{os.sep}{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)
