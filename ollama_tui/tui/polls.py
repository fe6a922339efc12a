"""The questions that the dashboard keeps asking, and what an answer changes in the store."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from ollama_tui.core.daemon import in_daemon
from ollama_tui.core.errors import OllamaTuiError, TooOld
from ollama_tui.core.models import ServerState
from ollama_tui.core.pins import Look
from ollama_tui.core.start_log import KEPT_FOR
from ollama_tui.core.units import space
from ollama_tui.tui.acts.downloads import settle
from ollama_tui.tui.acts.models import follow_change, load_details
from ollama_tui.tui.acts.pins import renew_unasked
from ollama_tui.tui.acts.running import settle_unloading
from ollama_tui.tui.beneath import look_beneath
from ollama_tui.tui.recall import keep_library

if TYPE_CHECKING:
    from ollama_tui.core.gpus.reader import GpuReader
    from ollama_tui.core.shortage import Disk
    from ollama_tui.tui.app import OllamaTuiApp

LIBRARY_SECONDS = 10.0
"""Between two looks at the installed models, unless the loaded ones are looked at less often."""
PROGRESS_SECONDS = 0.25
"""Between two looks at the downloads: four repaints a second at most."""
GPU_SECONDS = 2.0
"""Between two readings of the GPUs."""
GPU_PATIENCE = 4.0
"""From which a reading that does not come makes the one before an old one."""
FIT_SECONDS = 0.05
"""From a change to the look at which models fit."""
_FIRST_LOOK_SECONDS = 1.0
"""How long GPUs and the rest wait for the models, which a server may not tell."""
UNWATCHED_SECONDS = 10.0
"""The least pause while the terminal does not have the focus."""


async def _run_poll_of_running(app: OllamaTuiApp) -> None:
    while True:
        await poll_running(app)
        await app.running_pacer.pause(pause_between(app, app.settings.poll_seconds))


async def _run_poll_of_library(app: OllamaTuiApp) -> None:
    while True:
        await poll_library(app)
        app.call_after_refresh(app.has_looked.set)
        await look_at_disk(app)
        seconds = max(LIBRARY_SECONDS, app.settings.poll_seconds)
        await app.library_pacer.pause(pause_between(app, seconds))


async def _follow_cursor(app: OllamaTuiApp) -> None:
    # One worker for all moves: to start one at each key would take as long as the key does.
    while True:
        await app.details_pacer.pause(LIBRARY_SECONDS)
        await load_details(app)


async def _follow_running(app: OllamaTuiApp) -> None:
    # Apart from the poll: a log may take seconds to read.
    while True:
        await app.insights_pacer.pause(UNWATCHED_SECONDS)
        await look_beneath(app)


async def _follow_start(app: OllamaTuiApp) -> None:
    while True:
        # Not before the server has answered; then each time that it was away.
        await app.start_pacer.pause(KEPT_FOR)
        await in_daemon(app.start_log.read)
        from ollama_tui.tui.fitting import settle_context

        settle_context(app)


async def _follow_fits(app: OllamaTuiApp) -> None:
    # What works it out need not be there before the first frame.
    from ollama_tui.tui.fitting import DEPENDS_ON, judge_models

    for name in DEPENDS_ON:
        app.watch(app, name, app.fits_pacer.hurry, init=False)
    while True:
        await judge_models(app)
        await app.fits_pacer.pause(LIBRARY_SECONDS)
        # What a key leads to is drawn first.
        await asyncio.sleep(FIT_SECONDS)


async def _follow_downloads(app: OllamaTuiApp) -> None:
    async with app.downloads, aclosing(app.downloads.watch()) as changes:
        async for pulls in changes:
            settle(app, pulls)
            await asyncio.sleep(PROGRESS_SECONDS)


async def _follow_gpus(app: OllamaTuiApp) -> None:
    while app.gpu_reader is not None:
        await poll_gpus(app, app.gpu_reader)
        await app.gpu_pacer.pause(GPU_SECONDS if app.is_watched else UNWATCHED_SECONDS)


POLLS: Mapping[str, Callable[[OllamaTuiApp], Coroutine[Any, Any, None]]] = {
    "running": _run_poll_of_running,
    "library": _run_poll_of_library,
    "downloads": _follow_downloads,
    "details": _follow_cursor,
    "insights": _follow_running,
    "gpus": _follow_gpus,
    "fits": _follow_fits,
    "start": _follow_start,
}
"""What runs as long as the dashboard does, by the name of its workers' group."""


_AT_ONCE = ("running", "library", "downloads")
"""Without the last of them no download could begin."""


def begin(app: OllamaTuiApp) -> None:
    """Begin to ask; where no models are on screen yet, for them first."""
    for group, poll in POLLS.items():
        is_first = group in _AT_ONCE or app.library is not None
        app.run_worker(poll(app) if is_first else _begin_later(app, poll), group=group)


async def _begin_later(app: OllamaTuiApp, poll: Callable[[OllamaTuiApp], Awaitable[None]]) -> None:
    # What the others import would take the processor from the first answer for 0.2 s.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_FIRST_LOOK_SECONDS):
            await app.has_looked.wait()
    await poll(app)


async def poll_running(app: OllamaTuiApp) -> None:
    """Ask `ps`, by which the server is called alive or down; it fails apart from the library."""
    was_down = app.server.state in (ServerState.UNKNOWN, ServerState.DOWN)
    try:
        known = app.pin_file.read()
        running = await app.service.running()
    except TooOld as error:
        app.running, app.server = None, app.server.limited(error.what)
    except OllamaTuiError as error:
        app.server = app.server.failed(error.what, error.remedy, app.clock())
        app.running = None
    else:
        look = Look(running, app.clock(), app.running, app.server.is_down, known)
        app.pins = await app.pin_file.watch(look)
        app.running, app.server = running, app.server.answered()
        settle_unloading(app)
        await renew_unasked(app)
    app.insights_pacer.hurry()
    app.current = app.current_model.read()
    app.now = app.clock()
    if was_down and not app.server.is_down:
        app.library_pacer.hurry()
        app.start_log.forget()
        app.start_pacer.hurry()
        await _learn_version(app)


async def poll_library(app: OllamaTuiApp) -> None:
    """Ask for the installed models, and keep the list for the next start if it changed."""
    try:
        library = await app.service.library()
        if library.untold:
            # What works memory out is imported for it, which the first answer need not wait for.
            library = await app.fits.with_contexts(library)
    except OllamaTuiError as error:
        app.stale_as_of, app.library_failure = app.library_as_of, error.what
        return
    is_news = library is not app.library or app.stale_as_of is not None
    app.library_as_of = app.clock()
    app.library, app.stale_as_of, app.library_failure = library, None, ""
    if is_news:
        await asyncio.to_thread(keep_library, app)
    await follow_change(app, library)


async def look_at_disk(app: OllamaTuiApp) -> None:
    """Learn what is free for models; what would look the same changes nothing."""
    if app.library is not None:
        disk = await app.disk.free(app.library)
        if _shown(disk) != _shown(app.model_disk):
            app.model_disk = disk
        app.models_size = await app.disk.models_size(app.library)


def _shown(disk: Disk | None) -> tuple[str, bool] | None:
    return None if disk is None else (space(disk.free), disk.is_nearly_full)


async def poll_gpus(app: OllamaTuiApp, reader: GpuReader) -> None:
    """Read the GPUs; while the driver is silent, what was read before is shown as old."""
    from ollama_tui.core.gpus.watched import SILENT, Gpus
    from ollama_tui.tui.fitting import settle_context

    reading = await reader.read(GPU_PATIENCE)
    if reading is None:
        known = app.gpus if app.gpus_as_of else None
        app.gpus = known.grown_old(app.gpus_as_of) if known else Gpus(SILENT)
    else:
        reading = reading.naming(app.insights.names)
        gpus = (app.gpus or Gpus()).followed_by(reading, app.insights.present(app.running) or ())
        app.gpus, app.gpus_as_of = None if reading.is_empty else gpus, app.clock()
    app.free_vram = app.gpus.free if app.gpus else None
    settle_context(app)


def pause_between(app: OllamaTuiApp, seconds: float) -> float:
    """How long to wait for the next poll: longer unwatched, longer still while it is down."""
    least = seconds if app.is_watched else max(seconds, UNWATCHED_SECONDS)
    return max(least, app.server.next_try)


async def _learn_version(app: OllamaTuiApp) -> None:
    with contextlib.suppress(OllamaTuiError):
        app.server = app.server.named(await app.service.version())
