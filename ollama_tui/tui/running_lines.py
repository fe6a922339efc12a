"""How many lines the rows of Running take."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ollama_tui.core.insights import Insights
from ollama_tui.core.models import RunningModel
from ollama_tui.core.pins import Pins

LOST_ROW = 2
"""Lines of a pinned model that is not loaded any more."""


def lines_of(
    running: Sequence[RunningModel],
    unloading: Collection[str] = (),
    pins: Pins = Pins(),  # noqa: B008
    loading: Collection[str] = (),
    insights: Insights = Insights(),  # noqa: B008
) -> int:
    """How many lines the rows of Running take, without the headings.

    Args:
        running: what is loaded.
        unloading: the names of those that are to go.
        pins: what is to stay.
        loading: the names of what is being loaded.
        insights: what is known of them beyond that.
    """
    rows = sum(lines_of_row(model, unloading, pins, insights) for model in running)
    return max(1, rows + len(loading) + LOST_ROW * len(pins.lost(running, loading)))


def lines_of_row(
    model: RunningModel, unloading: Collection[str], pins: Pins, insights: Insights
) -> int:
    """How many lines a loaded model takes: one more for each thing that one should know of it."""
    if model.name in unloading:
        return 2
    pin = pins.of(model)
    lines = 1 + (pin is not None and pin.broken is not None)
    if insights.is_gone(model):
        return lines + 1
    return lines + insights.truly(model).is_spilled + insights.is_more(model)
