"""Acts on downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.library import Library
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.tui.lines import line, quiet

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp


async def open_pull(app: OllamaTuiApp) -> None:
    """Ask for a name and pull it."""
    from ollama_tui.tui.screens.pull import PullScreen

    def begin(name: str | None) -> None:
        if name:
            start(app, name)

    await app.push_screen(PullScreen(app.library or Library()), begin)


def start(app: OllamaTuiApp, name: str) -> None:
    """Pull a model and show its progress."""
    try:
        pull = app.downloads.start(name)
    except OllamaTuiError as error:
        app.tell_failure(str(error))
        return
    app.pulls = app.downloads.pulls
    open_progress(app, pull.name)


async def show(app: OllamaTuiApp) -> None:
    """Show one download's progress, or why it failed."""
    if (pull := app.situation.pull) is not None:
        open_progress(app, pull.name)


def open_progress(app: OllamaTuiApp, name: str) -> None:
    """Show a download in a dialog of its own, from which it can be cancelled."""
    from ollama_tui.tui.screens.pulling import PullingScreen

    def ended(is_to_cancel: bool | None) -> None:
        if is_to_cancel:
            app.call_next(ask_to_cancel, app, name)

    app.push_screen(PullingScreen(name), ended)


async def cancel(app: OllamaTuiApp) -> None:
    """Cancel the selected download after asking, or drop a failed one from the list."""
    pull = app.situation.pull
    if pull is None:
        return
    if pull.state.has_ended:
        await app.downloads.forget(pull.name)
        app.pulls = app.downloads.pulls
        return
    await ask_to_cancel(app, pull.name)


async def pause(app: OllamaTuiApp) -> None:
    """Pause the selected download, or go on with it."""
    if (pull := app.situation.pull) is None:
        return
    if pull.state is PullState.PAUSED:
        await app.downloads.resume(pull.name)
        app.tell(f"{pull.name} goes on")
    else:
        await app.downloads.pause(pull.name)
        app.tell(f"Paused {pull.name}", "the server keeps its parts until it restarts")
    app.pulls = app.downloads.pulls


async def pause_all(app: OllamaTuiApp) -> None:
    """Go on with all that is paused; if nothing is, pause all."""
    pulls = app.downloads.pulls
    paused = [pull.name for pull in pulls if pull.state is PullState.PAUSED]
    for name in paused:
        await app.downloads.resume(name)
    if paused:
        app.tell(f"{units.counted(len(paused), 'download')} resumed")
    elif running := [pull.name for pull in pulls if not pull.state.has_ended]:
        for name in reversed(running):
            await app.downloads.pause(name)
        app.tell(f"{units.counted(len(running), 'download')} paused", "A goes on with all")
    else:
        app.tell("No download runs.")
    app.pulls = app.downloads.pulls


async def pull_again(app: OllamaTuiApp) -> None:
    """Pull the marked models again, or the selected one, which brings them up to date."""
    names = sorted(app.view.marks) or ([app.situation.model.name] if app.situation.model else [])
    for name in names:
        try:
            app.downloads.start(name)
        except OllamaTuiError as error:
            app.tell_failure(str(error))
            return
    app.pulls, app.view = app.downloads.pulls, app.view.unmarked()
    app.tell(f"Pulling {names[0] if len(names) == 1 else units.counted(len(names), 'model')} again")


async def ask_to_cancel(app: OllamaTuiApp, name: str) -> None:
    """Ask, and cancel at a yes; what arrived is kept."""
    from ollama_tui.tui.screens.confirm import ConfirmScreen

    pull = next((pull for pull in app.pulls if pull.name == name), None)
    if pull is None or pull.state.has_ended:
        return

    async def answered(is_yes: bool | None) -> None:
        if is_yes:
            await app.downloads.cancel(name)

    facts = (
        line(name, quiet(f"  {units.transferred(pull.completed)} arrived")),
        (),
        line(quiet("What arrived is kept; pulling it again goes on from there.")),
    )
    await app.push_screen(
        ConfirmScreen("Cancel the download?", facts, ("go on", "cancel")), answered
    )


async def settle(app: OllamaTuiApp, pulls: tuple[Pull, ...]) -> None:
    """Say how downloads ended, and drop them from the list; failed ones stay."""
    for pull in pulls:
        if pull.state is PullState.FAILED and pull.name not in app.told_failures:
            app.told_failures.add(pull.name)
            app.tell_failure(f"{pull.name}: {pull.failure}")
            _call(app, f"{pull.name} failed: {pull.failure}")
        elif not pull.state.has_ended:
            app.told_failures.discard(pull.name)
        elif pull.state is not PullState.FAILED:
            app.tell(*_outcome(pull))
            if pull.state is PullState.DONE:
                _call(app, f"{pull.name} is here")
            await app.downloads.forget(pull.name)
            app.pulls = app.downloads.pulls
            app.library_pacer.hurry()


def _call(app: OllamaTuiApp, words: str) -> None:
    """Reach a person who looks elsewhere, unless that is not wanted."""
    from ollama_tui.tui.terminal import announce

    if app.settings.notify:
        announce(app, words)


def _outcome(pull: Pull) -> tuple[str, str]:
    if pull.state is PullState.CANCELLED:
        return f"Cancelled {pull.name}", f"{units.transferred(pull.completed)} are kept"
    seconds = units.duration((pull.ended or pull.started) - pull.started)
    if not pull.fetched:
        return f"{pull.name} was here already", units.disk(pull.total)
    return f"Pulled {pull.name}", f"{units.transferred(pull.total)} in {seconds}"
