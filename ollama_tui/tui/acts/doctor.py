"""The act that looks for what is wrong."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from ollama_tui.tui.beneath import fresh_reading

if TYPE_CHECKING:
    from ollama_tui.core.doctor.gathering import Patient
    from ollama_tui.tui.app import OllamaTuiApp
    from ollama_tui.tui.screens.doctor import DoctorScreen


async def look_for_trouble(app: OllamaTuiApp) -> None:
    """Show what is wrong with the server, this machine and the terminal."""
    from ollama_tui.tui.screens.doctor import DoctorScreen

    async def left(is_again: bool | None) -> None:
        if is_again:
            await look_for_trouble(app)

    screen = DoctorScreen(app.settings.command("doctor --report"))
    await app.push_screen(screen, left)
    # It is given up with the dialog.
    screen.run_worker(_fill(app, screen))


async def _fill(app: OllamaTuiApp, screen: DoctorScreen) -> None:
    from ollama_tui.core.doctor.gathering import examine

    async for evidence in examine(patient(app), app.service):
        screen.tell(evidence)


def patient(app: OllamaTuiApp) -> Patient:
    """What is examined, in the terminal that is drawn on."""
    from ollama_tui.config.examined import patient_of
    from ollama_tui.core.doctor.driver import gpus_seen

    reading = fresh_reading(app)
    found = patient_of(app.settings, os.environ, app.current_model.read)
    width, height = app.size
    return replace(
        found,
        gpus=lambda: gpus_seen(reading),
        has_terminal=True,
        columns=width,
        lines=height,
    )
