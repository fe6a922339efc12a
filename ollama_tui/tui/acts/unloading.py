"""The other model that is to go, where a row of Running names one as the remedy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ollama_tui.core.acts import Panel
from ollama_tui.core.models import RunningModel
from ollama_tui.tui.lines import line, loud

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp


def in_the_way_of(app: OllamaTuiApp, running: RunningModel | None) -> RunningModel | None:
    """The other model that the row of a loaded one says to unload; None if it names none."""
    if running is None or app.situation.panel is not Panel.RUNNING:
        return None
    why = app.insights.why(running)
    if why is None or why.act != "model.unload" or running.name in app.unloading:
        return None
    others = (one for one in app.running or () if one.name == why.subject)
    return next((one for one in others if one.name not in {running.name, *app.unloading}), None)


async def ask_which_goes(
    app: OllamaTuiApp,
    in_the_way: RunningModel,
    running: RunningModel,
    unload: Callable[[RunningModel], None],
) -> None:
    """Ask whether the one that is in the way is to go, or the one under the cursor itself."""
    from ollama_tui.tui.screens.asking import NO
    from ollama_tui.tui.screens.confirm import QuestionScreen

    def answered(one: RunningModel | None) -> None:
        if one is not None:
            unload(one)

    why = app.insights.why(running)
    partly = "" if running.gpu_share == 0 else "partly "
    facts = (
        line(loud(running.name), f" is {partly}on the CPU:"),
        line(why.words if why else ""),
    )
    offers = (("n", NO, None), ("y", in_the_way.name, in_the_way), ("u", running.name, running))
    screen: QuestionScreen[RunningModel] = QuestionScreen("Unload which?", facts, offers)
    await app.push_screen(screen, answered)
