"""Acts on downloads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.pulls import Pull, PullState
from ollama_tui.tui.acts.attempts import attempt
from ollama_tui.tui.lines import line, quiet
from ollama_tui.tui.told import Told

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp


def take(app: OllamaTuiApp, pulls: tuple[Pull, ...]) -> None:
    """Put the downloads into the store, what failed last, without what left nothing to do."""
    listed = (pull for pull in pulls if not pull.state.is_over)
    app.pulls = tuple(sorted(listed, key=lambda pull: pull.state.has_ended))


def work(app: OllamaTuiApp, deed: Coroutine[Any, Any, None]) -> None:
    """Do what may have to wait for another process, and show what has changed or why not."""

    async def worked() -> None:
        await attempt(app, deed)
        take(app, app.downloads.pulls)

    app.run_worker(worked(), group="downloads acts")


async def cancel(app: OllamaTuiApp) -> None:
    """Cancel the selected download after asking, or drop a failed one from the list."""
    pull = app.situation.pull
    if pull is None:
        return
    if pull.state.has_ended:
        work(app, app.downloads.forget(pull.name))
        app.tell(f"Dismissed {pull.name}")
        return
    await ask_to_cancel(app, pull.name)


async def show_history(app: OllamaTuiApp) -> None:
    """Show what became of the downloads that ended."""
    from ollama_tui.tui.screens.history import HistoryScreen

    await app.push_screen(HistoryScreen(app.downloads.history, app.clock()))


async def pause(app: OllamaTuiApp) -> None:
    """Pause the selected download, or go on with it; ask again for one that failed."""
    if (pull := app.situation.pull) is None:
        return
    if pull.state.has_ended:
        ask_again(app, pull.name)
    elif pull.state.is_held:
        work(app, app.downloads.resume(pull.name))
        app.tell(f"{pull.name} goes on")
    else:
        work(app, app.downloads.pause(pull.name))
        app.tell(f"Paused {pull.name}", "the server keeps its parts until it restarts")


def ask_again(app: OllamaTuiApp, name: str) -> None:
    """Pull what failed again, as it was asked for."""
    app.told = app.told.begun(name)
    work(app, app.downloads.resume(name))
    app.tell(f"Pulling {name} again")


async def pause_all(app: OllamaTuiApp) -> None:
    """Go on with all that is paused; if nothing is, pause all."""
    held = [pull.name for pull in app.pulls if pull.state.is_held]
    running = [pull.name for pull in app.pulls if not (pull.state.is_held or pull.state.has_ended)]
    if held:
        work(app, each(app.downloads.resume, held))
        app.tell(f"{units.counted(len(held), 'download')} resumed")
    elif running:
        # The last first, so that none has its turn only to be paused.
        work(app, each(app.downloads.pause, running[::-1]))
        app.tell(f"{units.counted(len(running), 'download')} paused", "A goes on with all")
    else:
        app.tell("No download runs.")


async def ask_to_cancel(app: OllamaTuiApp, name: str) -> None:
    """Ask, and cancel at a yes; what arrived is kept."""
    from ollama_tui.tui.screens.confirm import ConfirmScreen

    pull = next((pull for pull in app.pulls if pull.name == name), None)
    if pull is None or pull.state.has_ended:
        return

    def answered(is_yes: bool | None) -> None:
        if is_yes:
            work(app, app.downloads.cancel(name))

    arrived = units.received(pull.completed, pull.total)
    facts = (
        line(name, quiet(f"  {arrived} arrived")),
        (),
        line(quiet("What arrived is kept; pulling it again goes on from there.")),
    )
    await app.push_screen(ConfirmScreen("Cancel the download?", facts, "cancel", "go on"), answered)


def settle(app: OllamaTuiApp, pulls: tuple[Pull, ...]) -> None:
    """Show the downloads, and say once what has become of them since the last look."""
    take(app, pulls)
    # What is read from the disk knows no moment of a failure.
    ends = {
        (pull.name, None if pull.state is PullState.FAILED else pull.ended): pull
        for pull in pulls
        if pull.state.has_ended
    }
    unfinished = frozenset(pull.name for pull in pulls if pull.state is PullState.UNFINISHED)
    told, trouble = app.told, app.downloads.trouble
    app.told = Told(frozenset(ends), unfinished, trouble)
    if unfinished - told.unfinished:
        count = units.counted(len(unfinished), "download")
        app.tell(f"{count} unfinished", "A resumes all, space in Downloads one")
    if trouble and trouble != told.trouble:
        app.tell_failure(trouble)
    for end in ends.keys() - (ends if told.ends is None else told.ends):
        _tell_end(app, ends[end])


def _tell_end(app: OllamaTuiApp, pull: Pull) -> None:
    if pull.state is PullState.FAILED:
        app.tell_failure(f"{pull.name}: {pull.failure}")
        _call(app, f"{pull.name} failed: {pull.failure}")
        return
    app.tell(*_outcome(pull))
    if pull.state is PullState.DONE:
        _call(app, f"{pull.name} is here")
    app.library_pacer.hurry()


async def each(deed: Callable[[str], Awaitable[object]], names: Sequence[str]) -> None:
    """Do something to downloads in turn."""
    failures = []
    for name in names:
        try:
            await deed(name)
        except OllamaTuiError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _call(app: OllamaTuiApp, words: str) -> None:
    """Reach a person who looks elsewhere, unless that is not wanted."""
    from ollama_tui.tui.terminal import announce

    if app.settings.notify:
        announce(app, words)


def _outcome(pull: Pull) -> tuple[str, str]:
    if pull.state is PullState.CANCELLED:
        return f"Cancelled {pull.name}", f"{units.received(pull.completed, pull.total)} are kept"
    total = units.received(pull.total, pull.total)
    seconds = units.duration((pull.ended or pull.started) - pull.started)
    if pull.was_here:
        return f"{pull.name} was here already", total
    return f"Pulled {pull.name}", f"{total} in {seconds}"
