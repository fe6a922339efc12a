"""How many lines the panels would take for what the store holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_tui.core.acts import Panel
from ollama_tui.tui.layout import GpuLines, Needs
from ollama_tui.tui.running_lines import lines_of
from ollama_tui.tui.widgets.download_list import lines_of_pull

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp

DEPENDS_ON = ("running", "insights", "loads", "unloading", "pins", "pulls", "server", "gpus")
"""What of the store it follows from, but for the folds."""


def needs_of(app: OllamaTuiApp) -> Needs:
    """What the panels have to show now."""
    rows, folded = _running_lines(app), app.view.folded
    return Needs(
        rows,
        sum(map(lines_of_pull, app.pulls)),
        has_running=rows > 1 or bool(app.running),
        folds_running=Panel.RUNNING in folded,
        folds_downloads=Panel.DOWNLOADS in folded,
        gpus=_gpu_lines(app, is_folded=Panel.GPUS in folded),
    )


def _running_lines(app: OllamaTuiApp) -> int:
    if app.server.is_down:
        return 1
    loading = [one.name for one in app.loads]
    # Until the server has answered, as many as last time: likely no second layout.
    if app.running is None:
        return app.running_lines + len(loading)
    return lines_of(app.running, app.unloading, app.pins, loading, app.insights)


def _gpu_lines(app: OllamaTuiApp, *, is_folded: bool) -> GpuLines | None:
    if app.gpus is None:
        return None
    # Many machines have no GPU, and none is known before the first frame.
    from ollama_tui.tui.widgets.gpu_rows import wanted

    return wanted(app.gpus, app.size.width, is_folded=is_folded)
