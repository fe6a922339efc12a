"""Acts that begin downloads: asking for a name, looking ahead, pulling."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ollama_tui.core import units
from ollama_tui.core.acts import Panel
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.library import Library
from ollama_tui.core.names import parse_name
from ollama_tui.tui.acts.downloads import ask_again, ask_to_cancel, each, take, work
from ollama_tui.tui.lines import Line, line, quiet

if TYPE_CHECKING:
    from textual.worker import Worker

    from ollama_tui.core.forecast import Forecast
    from ollama_tui.tui.app import OllamaTuiApp
    from ollama_tui.tui.screens.pulling import PullingScreen


async def open_pull(app: OllamaTuiApp) -> None:
    """Ask for a name and pull it."""
    from ollama_tui.tui.screens.pull import PullScreen

    def begin(name: str | None) -> None:
        if name:
            start(app, name)

    asks = app.preflight is not None and app.settings.preflight
    ahead = partial(_ahead, app) if asks else None
    await app.push_screen(PullScreen(app.library or Library(), ahead), begin)


def start(app: OllamaTuiApp, name: str) -> None:
    """Pull a model once it is seen to fit, and show its progress from the look ahead on."""
    shown = str(parse_name(name))
    open_progress(app, shown, app.run_worker(_look_and_pull(app, name, shown)))


async def pull_again(app: OllamaTuiApp) -> None:
    """Pull the marked models again, or the selected one, or a download that failed."""
    if app.panel is Panel.DOWNLOADS:
        if (pull := app.situation.pull) is not None:
            ask_again(app, pull.name)
        return
    names = sorted(app.view.marks) or ([app.situation.model.name] if app.situation.model else [])
    work(app, each(app.downloads.start, names))
    app.view = app.view.unmarked()
    app.tell(f"Pulling {units.named(names, 'model')} again")


async def show(app: OllamaTuiApp) -> None:
    """Show one download's progress, or why it failed."""
    if (pull := app.situation.pull) is not None:
        open_progress(app, pull.name)


def open_progress(app: OllamaTuiApp, name: str, beginning: Worker[None] | None = None) -> None:
    """Show a download in a dialog of its own, from which it can be cancelled, or pulled again.

    Args:
        app: the dashboard.
        name: the download's.
        beginning: what looks ahead and pulls it; None for one that is there already.
    """
    from ollama_tui.tui.screens.pulling import PullingScreen, Wish

    async def ended(wish: Wish | None) -> None:
        if wish is Wish.CANCEL:
            await _cancel_shown(app, name, beginning)
        elif wish is Wish.AGAIN:
            again = _begin(app, name, app.downloads.resume(name))
            open_progress(app, name, app.run_worker(again))

    screen = PullingScreen(name, is_there=beginning is None, can_act=not app.settings.read_only)
    app.push_screen(screen, ended)


async def _cancel_shown(app: OllamaTuiApp, name: str, beginning: Worker[None] | None) -> None:
    if app.settings.read_only:
        app.tell(app.act("pull.cancel").reason_against(app.situation))
    elif any(pull.name == name and not pull.state.has_ended for pull in app.pulls):
        await ask_to_cancel(app, name)
    elif beginning is not None and not beginning.is_finished:
        beginning.cancel()
        # It may have been asked for a moment ago.
        work(app, app.downloads.cancel(name))
        app.tell(f"{name} is not pulled")


async def _look_and_pull(app: OllamaTuiApp, name: str, shown: str) -> None:
    forecast = await _forecast(app, name, shown)
    if forecast is None or not forecast.lacks_space:
        await _pull(app, name, shown)
    elif _close_progress(app, shown):
        await _ask_though_it_does_not_fit(app, name, forecast)
    else:
        # A question that comes up amid other keys would be answered by one of them.
        app.tell_failure(f"{shown} is not pulled, the disk is too full: {forecast.words}")


async def _ahead(app: OllamaTuiApp, name: str) -> tuple[Line, ...]:
    """What is said of a name that nobody has asked for yet."""
    from ollama_tui.tui.screens.pulling import forecast_lines, least_of, memory_lines

    forecast = await _look(app, name, name)
    if forecast is not None:
        return (*forecast_lines(forecast), *memory_lines(least_of(app, name, forecast)))
    is_unknown = app.preflight is not None and await app.preflight.is_unknown(parse_name(name))
    words = "the registry knows no such model or tag" if is_unknown else "its size cannot be learnt"
    return (line(quiet(words)),)


async def _forecast(app: OllamaTuiApp, name: str, shown: str) -> Forecast | None:
    forecast = await _look(app, name, shown)
    if forecast is not None:
        app.forecasts = {**app.forecasts, shown: forecast}
    return forecast


async def _look(app: OllamaTuiApp, name: str, shown: str) -> Forecast | None:
    if app.preflight is None:
        return None
    forecast = await app.preflight.look_ahead(parse_name(name))
    if forecast is not None:
        others = (pull for pull in app.pulls if pull.is_awaited and pull.name != shown)
        promised = sum(max(0, pull.total - pull.completed) for pull in others)
        forecast = replace(forecast, promised=promised)
    return forecast


async def _pull(app: OllamaTuiApp, name: str, shown: str) -> None:
    await _begin(app, shown, app.downloads.start(name))


async def _begin(app: OllamaTuiApp, shown: str, beginning: Awaitable[object]) -> None:
    app.told = app.told.begun(shown)
    try:
        await beginning
    except OllamaTuiError as error:
        app.tell_failure(str(error))
        _close_progress(app, shown)
        return
    take(app, app.downloads.pulls)
    if (screen := _progress_in_front(app, shown)) is not None:
        screen.begin()


def _close_progress(app: OllamaTuiApp, shown: str) -> bool:
    """Close the download's dialog; whether it was in front."""
    screen = _progress_in_front(app, shown)
    if screen is not None:
        screen.dismiss(None)
    return screen is not None


def _progress_in_front(app: OllamaTuiApp, shown: str) -> PullingScreen | None:
    from ollama_tui.tui.screens.pulling import PullingScreen

    screen = app.screen
    return screen if isinstance(screen, PullingScreen) and screen.pulled == shown else None


async def _ask_though_it_does_not_fit(app: OllamaTuiApp, name: str, forecast: Forecast) -> None:
    from ollama_tui.tui.screens.confirm import ConfirmScreen
    from ollama_tui.tui.screens.pulling import forecast_lines

    shown = str(parse_name(name))

    def answered(is_yes: bool | None) -> None:
        if is_yes:
            open_progress(app, shown, app.run_worker(_pull(app, name, shown)))

    facts = (line(shown), (), *forecast_lines(forecast))
    await app.push_screen(
        ConfirmScreen("Pull it though the disk is too full?", facts, "pull"), answered
    )
