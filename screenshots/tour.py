"""The pictures of the README's tour, for which the demo's GPUs and disk are looked at, too.

They may differ by a figure from run to run, so no test compares them.
"""

from __future__ import annotations

from textual.pilot import Pilot

from ollama_tui.core.memory.verdict import Verdict
from ollama_tui.demo.emulator import Emulator
from ollama_tui.tui.app import OllamaTuiApp
from ollama_tui.tui.screens.main import MainScreen
from screenshots.states import CURRENT, State, as_it_is, until

_SIZE = (120, 40)


async def gpus(app: OllamaTuiApp, pilot: Pilot[None], emulator: Emulator) -> None:
    """Models, what is loaded, and the GPUs with who holds their memory."""
    await as_it_is(app, pilot, emulator)
    await until(pilot, lambda: app.gpus is not None and app.fits)


async def contexts(app: OllamaTuiApp, pilot: Pilot[None], emulator: Emulator) -> None:
    """What each context of a model takes, once the largest of the others is unloaded."""
    await gpus(app, pilot, emulator)
    screen = app.screen
    assert isinstance(screen, MainScreen)
    screen.models.move_to("gemma3:27b")
    await pilot.press("u")
    await until(pilot, lambda: len(app.running or ()) == 2)
    screen.models.move_to(CURRENT)
    app.gpu_pacer.hurry()
    await until(pilot, lambda: app.fit is not None and app.fit.verdict is Verdict.FITS)
    await pilot.press("m")
    await until(pilot, lambda: len(app.screen_stack) > 1)


async def disk(app: OllamaTuiApp, pilot: Pilot[None], emulator: Emulator) -> None:
    """What fills the disk."""
    await gpus(app, pilot, emulator)
    await pilot.press("D")
    await until(pilot, lambda: len(app.screen_stack) > 1)


async def deleting(app: OllamaTuiApp, pilot: Pilot[None], emulator: Emulator) -> None:
    """The question before a model is deleted."""
    await gpus(app, pilot, emulator)
    await pilot.press("d")
    await until(pilot, lambda: len(app.screen_stack) > 1)


TOUR = tuple(
    State(f"{name}-{_SIZE[0]}", _SIZE, step)
    for name, step in (
        ("gpus", gpus),
        ("contexts", contexts),
        ("disk", disk),
        ("delete", deleting),
    )
)
