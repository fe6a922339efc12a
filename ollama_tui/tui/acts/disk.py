"""The act that shows what fills the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_tui.core.library import Library

if TYPE_CHECKING:
    from ollama_tui.core.disk_usage import DiskUsage
    from ollama_tui.core.history import EndedPull
    from ollama_tui.core.model_store import Count
    from ollama_tui.core.pulls import Pull
    from ollama_tui.tui.app import OllamaTuiApp


async def show_usage(app: OllamaTuiApp) -> None:
    """Show what fills the disk of the models."""
    from ollama_tui.tui.screens.disk_usage import DiskUsageScreen

    async def read(count: Count) -> DiskUsage:
        pulls: tuple[Pull | EndedPull, ...] = (*app.pulls, *app.downloads.history)
        return await app.disk.usage(app.library or Library(), pulls, count)

    await app.push_screen(DiskUsageScreen(read, app.clock))
